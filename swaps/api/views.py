"""`/api/v1/sessions`: each view checks, calls one service or selector, and answers with a document."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.answers import Answer
from access.authentication import Principal, principal_of
from access.changes import change_entry
from access.idempotency import idempotent, replayed
from access.openapi import operation
from access.permissions import HasScope
from chains.errors import ChainError
from swaps import selectors
from swaps.api import examples
from swaps.api.filters import LIST_PARAMETERS, session_filter
from swaps.api.pagination import SessionPagination
from swaps.api.tags import is_known, tag_of
from swaps.clock import clock_document, margins_of
from swaps.documents import Document, document_of, session_document, session_documents, update_document
from swaps.errors import ChainUnreachable, InvalidSession
from swaps.models import SwapSession
from swaps.services import sessions
from swaps.services.legs import family_of
from swaps.shapes.events import SessionEvents
from swaps.shapes.requests import CancelSession, CreateSession, ExecuteSession, HandOverSecret
from swaps.shapes.session import CancelAnswer, ExecuteAnswer, SecretAnswer, SessionAnswer, SessionDocument, SessionPage
from swaps.shapes.words import SESSION_ID
from swaps.standing import standing_of
from swaps.validation import cancel_warnings, execute_request, secret_request, session_request

MAX_SEQ_DIGITS = 9
ALL_SESSIONS = "sessions:all"
SESSIONS, SWAPPING = "Sessions", "Swapping"
ONE = OpenApiParameter(
    "session_id",
    {"type": "string", "minLength": 1, "examples": ["sess_4k7zq2f3w5x6y7a2b3c4d5e6"], "pattern": SESSION_ID},
    OpenApiParameter.PATH,
    description="the session's id",
)
SINCE = OpenApiParameter(
    "since",
    {"type": "integer", "minimum": 0, "maximum": 10**MAX_SEQ_DIGITS - 1, "default": 0},
    description="the last seq that you have seen",
)
FOLLOWING = {
    f"sessions_{call}": {"session_id": "$response.body#/sessionId"}
    for call in ("retrieve", "events", "execute", "cancel", "secret", "receipt", "rescue")
}
KNOWN_TAG = OpenApiParameter(
    "If-None-Match",
    {"type": "string"},
    OpenApiParameter.HEADER,
    description="tags that you have: 304 when the session still is as one of them",
)


def visible_to(principal: Principal) -> str | None:
    """Whose sessions a caller may see: his own, or with the scope `sessions:all` (operators) everybody's."""
    return None if principal.has_scope(ALL_SESSIONS) else principal.id


def session_of(request: Request, session_id: str) -> SwapSession:
    """One of the caller's sessions. Raises `SessionNotFound`, also for one of somebody else's."""
    return selectors.session_get(session_id, principal=visible_to(principal_of(request)))


def _document(session: SwapSession, **more: Any) -> Document:
    return {**session_document(selectors.session_get(session.pk), in_full=True), **more}


class SessionsView(APIView):
    """All sessions of the caller, and new ones."""

    def get_permissions(self) -> list[Any]:
        return [HasScope("swaps:read" if self.request.method in ("GET", "HEAD") else "swaps:write")()]

    @operation(
        id="sessions_list",
        tag=SESSIONS,
        summary="List, filter and look up sessions",
        description="Your sessions, newest first. Filters narrow the list together. `ids` gives the state of many at once; "
        "`hashlock` and `transaction` find the session that either belongs to.",
        answers={200: SessionPage},
        answer_examples={"one of them": (200, examples.ANSWERS["page"])},
        parameters=LIST_PARAMETERS,
        problems=["validation_error"],
    )
    def get(self, request: Request) -> Response:
        only = session_filter(request.query_params)
        found = selectors.sessions_visible(principal=visible_to(principal_of(request)), only=only)
        paginator = SessionPagination()
        page = paginator.paginate_queryset(found, request, view=self) or []
        return paginator.get_paginated_response(session_documents(page))

    @operation(
        id="sessions_create",
        tag=SWAPPING,
        summary="Make a session",
        description="Plans a swap: both locks, their times, and what is agreed. Nothing is locked or reserved yet. Send a "
        "`hashlock` to keep the secret yourself; without one we make it, and are trusted from the source lock on. The answer's "
        "`next` says what to sign or send.",
        body=CreateSession,
        answers={201: SessionDocument},
        answer_examples={"planned": (201, examples.ANSWERS["created"])},
        problems=[
            "route_unavailable",
            "token_not_swapped",
            "slippage_exceeded",
            "too_many_active_sessions",
            "swaps_paused",
            "quote_not_found",
            "quote_expired",
            "quote_used",
            "quote_tampered",
            "price_stale",
            "price_spread",
            "network_fee_unknown",
            "presets_unreadable",
        ],
        examples=examples.CREATE_REQUESTS,
        links=FOLLOWING,
        idempotent=True,
    )
    @replayed
    def post(self, request: Request) -> Answer:
        wanted, entry = session_request(request.data), change_entry(request, target="", status=201)
        session = sessions.session_create(request=wanted, principal=principal_of(request).id, entry=entry)
        return Answer(session_document(session, in_full=True), status=201)


class SessionView(APIView):
    """One session."""

    permission_classes = (HasScope("swaps:read"),)

    @operation(
        id="sessions_retrieve",
        tag=SESSIONS,
        summary="Read a session",
        description="The whole state of a session, and what ticks (`clock`, `margins`). The ETag names the state without what "
        "ticks: with `If-None-Match` an unchanged session answers 304, and a client counts the seconds on by itself.",
        answers={200: SessionAnswer, 304: None},
        answer_examples={"both locks are final": (200, examples.ANSWERS["session"])},
        parameters=[ONE, KNOWN_TAG],
        problems=["session_not_found"],
        headers={200: ("ETag",), 304: ("ETag",)},
    )
    def get(self, request: Request, session_id: str) -> Response | Answer:
        standing = standing_of(session_of(request, session_id))
        document, now = document_of(standing, in_full=True), timezone.now()
        headers = {"ETag": tag_of(document), "Cache-Control": "private, no-cache"}
        if is_known(request, headers["ETag"]):
            return Response(status=304, headers=headers)
        ticking = {"clock": clock_document(standing, now), "margins": margins_of(standing, now)}
        return Answer({**document, **ticking}, headers=headers)


class SessionEventsView(APIView):
    """What happened to a session after `since`, in order and without a gap."""

    permission_classes = (HasScope("swaps:read"),)

    @operation(
        id="sessions_events",
        tag=SESSIONS,
        summary="Read what happened to a session",
        description="Every event after `since`, in order and without a gap: the same that the socket and webhooks tell.",
        answers={200: SessionEvents},
        answer_examples={"after seq 3": (200, examples.ANSWERS["events"])},
        parameters=[ONE, SINCE],
        problems=["session_not_found", "validation_error"],
    )
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

    @operation(
        id="sessions_execute",
        tag=SWAPPING,
        summary="Start the swap",
        description="Reserves our liquidity and starts. With `sourceLock: self` the answer's `calls` are the maker's own lock; "
        "with a signed `limitOrder` we fill it, and the maker sends nothing but the allowance.",
        body=ExecuteSession,
        answers={202: ExecuteAnswer},
        answer_examples={"by the maker himself": (202, examples.ANSWERS["executed"])},
        parameters=[ONE],
        problems=[
            "session_not_found", "invalid_session_state", "route_unavailable", "swaps_paused", "ladder_infeasible",
            "insufficient_liquidity", "receiver_not_registered", "chain_unreachable", "swap_unprofitable", "profit_unknown",
        ],
        examples=examples.EXECUTE_REQUESTS,
        idempotent=True,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        wanted = execute_request(request.data)
        calls = _maker_calls(session) if wanted.source_lock == "self" else []
        session = sessions.session_execute(
            session_id=session.pk,
            actor=principal_of(request).id,
            source_lock=wanted.source_lock,
            limit_order=wanted.limit_order,
            confirmation_level=wanted.confirmation_level,
            maker_calls=calls,
        )
        tracking = f"/api/v1/sessions/{session.pk}"
        answer = _document(session, calls=calls, trackingUrl=tracking, requestWarnings=list(wanted.warnings))
        return Response(answer, status=202)


def _maker_calls(session: SwapSession) -> list[Document]:
    leg = session.legs.get(side="source")
    try:
        return family_of(leg.chain_id).maker_calls(session, leg)
    except ChainError as error:
        raise ChainUnreachable(f"{leg.chain_id} does not answer: nothing was started") from error


class CancelView(APIView):
    """Call a swap off."""

    permission_classes = (HasScope("swaps:write"),)

    @operation(
        id="sessions_cancel",
        tag=SWAPPING,
        summary="Call a swap off",
        description="Before a lock it ends at once; with a lock it waits for the refund; after the reveal it is refused. Asked "
        "twice, it says the same.",
        body=CancelSession,
        body_optional=True,
        answers={202: CancelAnswer},
        answer_examples={"before a lock": (202, examples.ANSWERS["cancelled"])},
        parameters=[ONE],
        problems=["session_not_found", "invalid_session_state"],
        examples=examples.CANCEL_REQUESTS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        warnings = cancel_warnings(request.data)
        session = sessions.session_cancel(session_id=session.pk, actor=principal_of(request).id)
        answer = _document(session, refundAddress=session.maker, requestWarnings=list(warnings))
        return Response(answer, status=202)


class SecretView(APIView):
    """The maker hands over his secret."""

    permission_classes = (HasScope("swaps:write"),)

    @operation(
        id="sessions_secret",
        tag=SWAPPING,
        summary="Hand over the secret",
        description="After both locks are final, and after you have checked both on their chains yourself. The same secret "
        "again is welcome; a wrong one, or one that comes too early, is refused and not kept.",
        body=HandOverSecret,
        answers={202: SecretAnswer},
        answer_examples={"taken": (202, examples.ANSWERS["secret"])},
        parameters=[ONE],
        problems=[
            "session_not_found",
            "secret_malformed",
            "secret_mismatch",
            "secret_too_early",
            "invalid_session_state",
        ],
        examples=examples.SECRET_REQUESTS,
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        wanted = secret_request(request.data)
        session = sessions.session_secret(session_id=session.pk, actor=principal_of(request).id, secret=wanted.secret)
        return Response(_document(session, requestWarnings=list(wanted.warnings)), status=202)
