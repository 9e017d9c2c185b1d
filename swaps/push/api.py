"""The event stream as the API's description knows it. `stream.py` serves it, before Django, where the server is ASGI; a
server of WSGI, which would give a thread to each follower, sends them on."""

from typing import Any, NoReturn

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from access.openapi import operation
from access.permissions import HasScope
from swaps.push.errors import NotServedHere
from swaps.push.protocol import CHANNELS
from swaps.shapes.words import SESSION_ID

ONE = OpenApiParameter("session_id", {"type": "string", "pattern": SESSION_ID}, OpenApiParameter.PATH)
NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
RESUME = OpenApiParameter(
    "Last-Event-ID",
    NUMBER,
    OpenApiParameter.HEADER,
    description="The id of the last event that was received: the stream goes on after it. Browsers send it by themselves.",
)
SINCE = OpenApiParameter(
    "since", NUMBER, OpenApiParameter.QUERY, description="The same, for a first request; the header goes before it."
)
DESCRIPTION = """The session's updates as Server-Sent Events, for clients without WebSockets. Served by the ASGI server.

- `session_snapshot`, once, unless the request resumes: `data` is the session, `id` its `seq`;
- `session_update` for every update after that: `data` is the same that the socket sends and `GET /events` lists, `id` its
  `seq`, without a gap;
- `error` before we end the stream: `data` is `{"code"}`, one of the socket's reasons to close;
- comments (`: heartbeat`) at least every 20 seconds.
"""
EXAMPLE = 'retry: 2000\n\nid: 4\nevent: session_update\ndata: {"type":"session_update","seq":4}\n\n'


class AnyForm(BaseContentNegotiation):
    """Whatever is accepted: the answer here is a problem document at most."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class SessionStreamView(APIView):
    """What a server of WSGI answers."""

    permission_classes = (HasScope(CHANNELS["session"].scope),)
    content_negotiation_class = AnyForm

    @extend_schema(responses={(200, "text/event-stream"): {"type": "string", "examples": [EXAMPLE]}})
    @operation(
        id="sessions_stream",
        tag="Sessions",
        summary="Follow a session by Server-Sent Events",
        description=DESCRIPTION,
        answers={200: str},
        parameters=[ONE, RESUME, SINCE],
        problems=["session_not_found", "validation_error", "credential_in_url", "misdirected_request"],
    )
    def get(self, request: Request, session_id: str) -> NoReturn:
        raise NotServedHere
