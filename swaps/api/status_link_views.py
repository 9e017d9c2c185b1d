"""`/api/v1/sessions/{id}/status-link`: the public page of a swap, for its maker."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import principal_of
from access.changes import audited
from access.idempotency import idempotent
from access.openapi import operation
from access.permissions import HasScope
from swaps.api import examples
from swaps.api.views import ONE, SESSIONS, session_of
from swaps.models import SwapSession
from swaps.services.status_links import status_link_renew, status_link_withdraw
from swaps.shapes.status_link import StatusLinkDocument
from swaps.status_page.reading import status_link_state
from swaps.times import rfc3339


class StatusLinkView(APIView):
    """The link, another one, or none."""

    def get_permissions(self) -> list[Any]:
        return [HasScope("swaps:read" if self.request.method in ("GET", "HEAD") else "swaps:write")()]

    @operation(
        id="sessions_status_link",
        tag=SESSIONS,
        summary="Get the link to the maker's page",
        description="A page for people, live, that needs no key: where the swap stands, what the maker should do, and how he "
        "settles it without us. Give the link to the maker alone.",
        answers={200: StatusLinkDocument},
        answer_examples={"link": (200, examples.STATUS_LINK)},
        parameters=[ONE],
        problems=["session_not_found"],
    )
    def get(self, request: Request, session_id: str) -> Response:
        return Response(_document(session_of(request, session_id)))

    @operation(
        id="sessions_status_link_renew",
        tag=SESSIONS,
        summary="Replace the link to the maker's page",
        description="From now on a new link opens the page, and no earlier one does; also after it was withdrawn.",
        answers={201: StatusLinkDocument},
        answer_examples={"link": (201, examples.STATUS_LINK)},
        parameters=[ONE],
        problems=["session_not_found"],
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        status_link_renew(session_id=session.pk, actor=principal_of(request).id)
        return Response(_document(session), status=201)

    @operation(
        id="sessions_status_link_withdraw",
        tag=SESSIONS,
        summary="Withdraw the link to the maker's page",
        description="From now on no link opens the page. Withdrawn twice, it stays withdrawn.",
        answers={200: StatusLinkDocument},
        answer_examples={"withdrawn": (200, {**examples.STATUS_LINK, "url": None})},
        parameters=[ONE],
        problems=["session_not_found"],
    )
    @audited
    def delete(self, request: Request, session_id: str) -> Response:
        session = session_of(request, session_id)
        status_link_withdraw(session_id=session.pk, actor=principal_of(request).id)
        return Response(_document(session))


def _document(session: SwapSession) -> StatusLinkDocument:
    link = status_link_state(session)
    return {
        "sessionId": session.pk,
        "url": link.url,
        "number": link.number,
        "expiresAt": rfc3339(link.expires_at),
    }
