"""`/api/v1/sessions`: each view checks, calls one service or selector, and answers with a document."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import Principal, principal_of
from access.idempotency import idempotent
from access.permissions import HasScope
from chains.errors import ChainError
from swaps import selectors
from swaps.api import schema
from swaps.api.pagination import SessionPagination
from swaps.documents import Document, session_document, update_document
from swaps.errors import ChainUnreachable, InvalidSession
from swaps.models import SwapSession
from swaps.services import orders, sessions
from swaps.services.ladders import margins_document
from swaps.services.legs import family_of
from swaps.statuses import Status
from swaps.validation import Checker, body_of, session_request

MAX_SEQ_DIGITS = 9
ALL_SESSIONS = "sessions:all"


def visible_to(principal: Principal) -> str | None:
    """Whose sessions a caller may see: his own, or with the scope `sessions:all` (operators) everybody's."""
    return None if principal.has_scope(ALL_SESSIONS) else principal.id


def session_of(request: Request, session_id: str) -> SwapSession:
    """One of the caller's sessions. Raises `SessionNotFound`, also for one of somebody else's."""
    return selectors.session_get(session_id, principal=visible_to(principal_of(request)))


def _document(session: SwapSession, **more: Any) -> Document:
    fresh = selectors.session_get(session.pk)
    return {**session_document(fresh), **more}


class SessionsView(APIView):
    """All sessions of the caller, and new ones."""

    def get_permissions(self) -> list[Any]:
        return [HasScope("swaps:read" if self.request.method == "GET" else "swaps:write")()]

    @extend_schema(responses=schema.SESSION_PAGE, parameters=schema.LIST_PARAMETERS, operation_id="sessions_list")
    def get(self, request: Request) -> Response:
        status = request.query_params.get("status", "")
        if status and status not in set(Status):
            told = f"must be one of {', '.join(Status)}"
            raise InvalidSession("there is no such status", errors=[{"field": "status", "message": told}])
        found = selectors.sessions_visible(principal=visible_to(principal_of(request)), status=status)
        paginator = SessionPagination()
        page = paginator.paginate_queryset(found, request, view=self) or []
        return paginator.get_paginated_response([session_document(session) for session in page])

    @extend_schema(request=schema.CREATE, responses={201: schema.SESSION}, operation_id="sessions_create")
    @idempotent
    def post(self, request: Request) -> Response:
        session = sessions.session_create(request=session_request(request.data), principal=principal_of(request).id)
        return Response(_document(session, next=orders.next_steps(session)), status=201)


class SessionView(APIView):
    """One session."""

    permission_classes = (HasScope("swaps:read"),)

    @extend_schema(responses=schema.SESSION, operation_id="sessions_retrieve")
    def get(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        return Response({**session_document(session), "margins": margins_document(session)})


class SessionEventsView(APIView):
    """What happened to a session after `since`, in order and without a gap."""

    permission_classes = (HasScope("swaps:read"),)

    @extend_schema(responses=schema.EVENTS, parameters=schema.SINCE, operation_id="sessions_events")
    def get(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        since = request.query_params.get("since", "0")
        if not (since.isascii() and since.isdigit()) or len(since) > MAX_SEQ_DIGITS:
            raise InvalidSession(
                "since must be a seq that you have seen",
                errors=[{"field": "since", "message": "must be a whole number, 0 or more"}],
            )
        rows = selectors.transitions_after(session.pk, int(since))
        return Response({"sessionId": session.pk, "events": [update_document(session, row) for row in rows]})


class ExecuteView(APIView):
    """Start the swap: `{"sourceLock": "self"}`, or seed 000's signed limit order."""

    permission_classes = (HasScope("swaps:write"),)

    @extend_schema(request=schema.EXECUTE, responses={202: schema.SESSION}, operation_id="sessions_execute")
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        check = Checker(body_of(request.data))
        limit_order = check.body.get("limitOrder")
        mode = check.choice("sourceLock", ("self", "order"), "self" if limit_order is None else "order")
        level = (
            check.choice("confirmationLevel", ("fast", "normal", "secure"), "")
            if "confirmationLevel" in check.body
            else ""
        )
        if mode == "order" and not (isinstance(limit_order, dict) and {"order", "signature"} <= set(limit_order)):
            check.error(
                "limitOrder", "is required for this source lock: {order, signature}, extension where it is your own"
            )
        if mode == "self" and limit_order is not None:
            check.error("limitOrder", "goes with sourceLock order, and this is self")
        check.unknown({"sourceLock", "limitOrder", "confirmationLevel"})
        check.raise_errors()
        calls = _maker_calls(session) if mode == "self" else []
        session = sessions.session_execute(
            session_id=session.pk,
            actor=principal_of(request).id,
            source_lock=mode,
            limit_order=limit_order if mode == "order" else None,
            confirmation_level=level,
        )
        tracking = f"/api/v1/sessions/{session.pk}"
        return Response(
            _document(session, calls=calls, trackingUrl=tracking, requestWarnings=check.warnings), status=202
        )


def _maker_calls(session: SwapSession) -> list[Document]:
    leg = session.legs.get(side="source")
    try:
        return family_of(leg.chain_id).maker_calls(session, leg)
    except ChainError as error:
        raise ChainUnreachable(f"{leg.chain_id} does not answer: nothing was started") from error


class CancelView(APIView):
    """Call a swap off."""

    permission_classes = (HasScope("swaps:write"),)

    @extend_schema(request=None, responses={202: schema.SESSION}, operation_id="sessions_cancel")
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        session = sessions.session_cancel(session_id=session.pk, actor=principal_of(request).id)
        return Response(_document(session, refundAddress=session.maker), status=202)


class SecretView(APIView):
    """The maker hands over his secret."""

    permission_classes = (HasScope("swaps:write"),)

    @extend_schema(request=schema.SECRET, responses={202: schema.SESSION}, operation_id="sessions_secret")
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        check = Checker(body_of(request.data))
        secret = check.text("secret")
        check.raise_errors()
        session = sessions.session_secret(session_id=session.pk, actor=principal_of(request).id, secret=secret)
        return Response(_document(session), status=202)
