"""`GET /api/v1/sessions/{id}/stream`: one session's updates as Server-Sent Events (WHATWG HTML, 9.2).

A bare ASGI application that stands before Django: Django would keep a thread for each answer that does not end. Each update is an
event `session_update` whose id is its `seq`, so that a browser's own `Last-Event-ID` resumes without a gap; a heartbeat is a
comment. Refusals are problem documents, as everywhere in the API.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import structlog
from django.conf import settings

from access.addresses import address_unit
from access.authentication import CHALLENGE
from access.errors import ApplicationError, InvalidCredentials
from access.masking import masked
from access.problems import MEDIA_TYPE, problem
from swaps.errors import SessionNotFound
from swaps.push import subscriptions
from swaps.push.errors import BadEventId, CredentialInUrl, Forbidden, TooManyStreams
from swaps.push.follower import Follower
from swaps.push.hub import Hub, hub
from swaps.push.identity import admission_of, credential_of, is_credential_in_url, principal_still
from swaps.push.instruments import CLOSED, CONNECTIONS, REFUSED, SUBSCRIPTIONS
from swaps.push.limits import places
from swaps.push.protocol import CHANNELS, Close
from swaps.push.reading import Snapshot

log = structlog.get_logger(__name__)
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RETRY_MS = 2_000
SCOPE = CHANNELS["session"].scope
LONGEST_ID = 10
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def stream_application(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI application of the stream; `scope["url_route"]["kwargs"]["session_id"]` says of which session."""
    stream = EventStream(hub(), scope, receive, send)
    try:
        await stream.serve()
    except ApplicationError as error:
        await stream.refuse(error)
    except Exception:
        log.exception("stream.failed")
        await stream.refuse(ApplicationError("the stream cannot be served now", code="service_unavailable", status=503))


class EventStream(Follower):
    """One client of one session's stream."""

    transport = "events"

    def __init__(self, its_hub: Hub, scope: Message, receive: Receive, send: Send) -> None:
        super().__init__(its_hub)
        self._receive, self._send = receive, send
        self._query: bytes = scope.get("query_string", b"")
        self._headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.session_id = str(scope["url_route"]["kwargs"]["session_id"])
        self.credential = credential_of(scope)
        self._told: list[tuple[bytes, bytes]] = []  # what is left of the caller's limits
        self._recheck_at = self._clock() + self.limits.recheck_seconds
        self._held: list[tuple[str, str]] = []
        self._is_answering = False

    async def serve(self) -> None:
        """From the request to the end. Raises `ApplicationError` before the answer has begun."""
        try:
            since, snapshot = await self._open()
            reason = await self._answer(since, snapshot)
        finally:
            for kind, name in self._held:
                places().give_back(kind, name)
        CLOSED.labels(self.transport, reason).inc()

    async def _open(self) -> tuple[int | None, Snapshot]:
        if is_credential_in_url(self._query):
            raise CredentialInUrl
        since = self._since()
        principal, admission = await self.hub.run("identity", admission_of, self.credential, "session-stream")
        self._told = _encoded(admission.headers)
        if not principal.has_scope(SCOPE):
            raise Forbidden(f"this key lacks the scope {SCOPE}")
        bounds = self.limits
        self._hold("process", "", bounds.connections)
        self._hold("address", address_unit(self.credential.address), bounds.connections_per_address)
        self._hold("key", principal.id, bounds.connections_per_key)
        snapshot = await subscriptions.visible_snapshot(self.hub, self.session_id, principal)
        if snapshot is None:
            raise SessionNotFound(f"there is no session {masked(self.session_id)!r}")
        if since is not None and since > snapshot.seq:
            raise BadEventId(f"the last event id is {since}, and the newest is {snapshot.seq}")
        return since, snapshot

    def _since(self) -> int | None:
        """`Last-Event-ID`, or `?since=` for who cannot set it the first time; None for neither."""
        query = parse_qs(self._query.decode("latin-1")).get("since", [""])[-1]
        text = self._headers.get("last-event-id", "").strip() or query
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) >= LONGEST_ID:
            raise BadEventId("the last event id must be the id of an event of this stream, or 0")
        return int(text)

    def _hold(self, kind: str, name: str, limit: int) -> None:
        if not places().take(kind, name, limit):
            raise TooManyStreams
        self._held.append((kind, name))

    # The answer

    async def _answer(self, since: int | None, snapshot: Snapshot) -> str:
        await self._begin(HTTPStatus.OK, [*HEADERS, *self._told])
        self.say(f"retry: {RETRY_MS}\n\n")
        if since is None:
            self.say(f"id: {snapshot.seq}\nevent: session_snapshot\ndata: {snapshot.text}\n\n")
        self.hub.enter(self)
        cursor = snapshot.seq if since is None else since
        self.hub.follow(self, ("session", self.session_id), cursor=cursor, newest=snapshot.seq)
        CONNECTIONS.labels(self.transport).inc()
        SUBSCRIPTIONS.labels("session").inc()
        try:
            return await self._end(await self.until_over(self._until_gone()))
        finally:
            SUBSCRIPTIONS.labels("session").dec()
            CONNECTIONS.labels(self.transport).dec()
            self.hub.leave(self)

    async def _end(self, why: Close | None) -> str:
        """End the answer if the client is still there; returns why it ends."""
        if why is None:
            return "client"
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self.write(f"event: error\ndata: {json.dumps({'code': why.name.lower()})}\n\n")
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        return why.name.lower()

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self._is_answering = True
        await self._send({"type": "http.response.start", "status": int(status), "headers": [*headers, *self._cors()]})

    def _cors(self) -> list[tuple[bytes, bytes]]:
        """What the CORS middleware says elsewhere; it answers the preflight of this path as well."""
        origin = self._headers.get("origin", "")
        if origin not in settings.CORS_ALLOWED_ORIGINS:
            return [(b"vary", b"origin")]
        return [(b"vary", b"origin"), (b"access-control-allow-origin", origin.encode("latin-1"))]

    async def refuse(self, error: ApplicationError) -> None:
        """Answer with a problem document, if no answer has begun."""
        if self._is_answering:
            return
        REFUSED.labels(error.code).inc()
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
        if isinstance(error, InvalidCredentials):
            challenge = CHALLENGE if not self.credential.raw else f'{CHALLENGE}, error="invalid_token"'
            headers.append((b"www-authenticate", challenge.encode()))
        headers += _encoded(error.headers) or self._told
        body = json.dumps(problem(error.status, error.code, error.detail, errors=error.errors)).encode()
        headers.append((b"content-length", str(len(body)).encode()))
        await self._begin(error.status, headers)
        await self._send({"type": "http.response.body", "body": body})

    # What a follower does

    def tick(self, now: float) -> None:
        super().tick(now)
        if now > self._recheck_at:
            self._recheck_at = float("inf")
            self._checking = asyncio.create_task(self._recheck(), name="stream-recheck")

    async def _recheck(self) -> None:
        """A key that was revoked, or a token that expired, ends its streams."""
        try:
            await self.hub.run("identity", principal_still, self.credential)
        except ApplicationError:
            self.end(Close.NOT_AUTHENTICATED)
        except Exception as error:  # the database is away: he stays until it says otherwise
            log.warning("stream.cannot_recheck", error=repr(error)[:200])
        self._recheck_at = self._clock() + self.limits.recheck_seconds

    async def write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def write_update(self, number: int, text: str) -> None:
        await self.write(f"id: {number}\nevent: session_update\ndata: {text}\n\n")

    async def write_lagging(self, seconds: float) -> None:
        await self.write(f": lagging, {seconds:.1f} s\n\n")

    def heartbeat(self) -> str:
        return ": heartbeat\n\n"


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
