"""`WS /ws`: seed 000's messages over plain WebSocket JSON. The protocol is in docs/socket.md."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from channels.consumer import AsyncConsumer
from django.utils import timezone

from access.addresses import address_unit
from access.authentication import Principal
from access.errors import ApplicationError, RateLimited
from access.strict_json import strict_json
from swaps.documents import rfc3339
from swaps.push import subscriptions
from swaps.push.follower import Follower
from swaps.push.hub import Hub, hub
from swaps.push.identity import (
    Credential,
    admission_of,
    credential_of,
    is_credential_in_url,
    principal_still,
)
from swaps.push.instruments import CLOSED, CONNECTIONS, RECEIVED, REFUSED
from swaps.push.limits import Bucket, places
from swaps.push.protocol import CLOSES, REFUSALS, SUBPROTOCOL, VERSION, Close
from swaps.push.reading import encode

log = structlog.get_logger(__name__)
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
CLOSE_SECONDS = 2.0  # a closing frame that nobody takes


class SessionConsumer(AsyncConsumer):
    """The Channels consumer of `/ws`.

    It hears of updates by the hub, which has joined the channel layer's group once for the whole process, and it runs a loop
    of its own: Channels' `dispatch` asks for a database thread at every message, which costs more than the message.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        await Socket(hub(), scope, receive, send).serve()


class Socket(Follower):
    """One WebSocket client."""

    transport = "websocket"

    def __init__(self, its_hub: Hub, scope: Message, receive: Receive, send: Send) -> None:
        super().__init__(its_hub)
        self._scope, self._receive, self._send = scope, receive, send
        self.credential = credential_of(scope)
        self.address = self.credential.address
        self.principal: Principal | None = None
        self.pairs: frozenset[str] = frozenset()
        self._auth_until = self._clock() + self.limits.auth_seconds
        self._recheck_at = 0.0
        self._bucket = Bucket(rate=self.limits.messages_per_second, burst=self.limits.messages_burst, now=self._clock())
        self._held: list[tuple[str, str]] = []

    # Its life

    async def serve(self) -> None:
        """From the handshake to the end."""
        if (await self._receive())["type"] != "websocket.connect":
            return
        offered = self._scope.get("subprotocols", [])
        await self._send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None})
        CONNECTIONS.labels(self.transport).inc()
        try:
            reason = await self._live()
        finally:
            subscriptions.forget(self)
            self.hub.leave(self)
            self._give_back()
            CONNECTIONS.labels(self.transport).dec()
        CLOSED.labels(self.transport, reason).inc()

    async def _live(self) -> str:
        """Serve the client until somebody ends it; returns why."""
        why = self._refused_at_the_door()
        if why is None:
            self.hub.enter(self)
            why = await self.until_over(self._listen())
        if why is None:
            return "client"
        await self._close(why)
        return why.name.lower()

    def _refused_at_the_door(self) -> Close | None:
        if is_credential_in_url(self._scope.get("query_string", b"")):
            return Close.CREDENTIAL_IN_URL
        if not self.hold("process", "", self.limits.connections):
            return Close.TOO_MANY_CONNECTIONS
        if not self.hold("address", address_unit(self.address), self.limits.connections_per_address):
            return Close.TOO_MANY_CONNECTIONS
        return None

    def hold(self, kind: str, name: str, limit: int) -> bool:
        """Take one of a limited number of places until the end."""
        if not places().take(kind, name, limit):
            return False
        self._held.append((kind, name))
        return True

    def _give_back(self) -> None:
        for kind, name in self._held:
            places().give_back(kind, name)

    async def _close(self, why: Close) -> None:
        happened, todo = CLOSES[why]
        told = encode({"type": "error", "code": why.name.lower(), "message": f"{happened}; {todo}"})
        with suppress(OSError, TimeoutError, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for text in (*self.unsaid(), told):
                    await self.write(text)
                await self._send({"type": "websocket.close", "code": int(why), "reason": why.name.lower()})

    def tick(self, now: float) -> None:
        super().tick(now)
        if self.principal is None and now > self._auth_until:
            self.end(Close.AUTH_TIMEOUT)
        elif self.principal is not None and now > self._recheck_at:
            self._recheck_at = float("inf")
            self._checking = asyncio.create_task(self._recheck(), name="socket-recheck")

    # Who it is

    async def authenticate(self, raw: str) -> str:
        """Take the caller in; returns the sentence with which he is refused, or ""."""
        credential = Credential(raw, self.address)
        try:
            principal, _ = await self.hub.run("identity", admission_of, credential, "socket")
        except RateLimited as error:
            self.end(Close.TOO_MANY_MESSAGES)
            return error.detail
        except ApplicationError as error:
            return error.detail
        if self.principal is not None and self.principal.id != principal.id:
            return "this connection is somebody else's already: open another one"
        if self.principal is None and not self.hold("key", principal.id, self.limits.connections_per_key):
            self.end(Close.TOO_MANY_CONNECTIONS)
            return "too many connections"
        self.credential, self.principal = credential, principal
        self._recheck_at = self._clock() + self.limits.recheck_seconds
        return ""

    async def _recheck(self) -> None:
        """A key that was revoked, or a token that expired, ends its connections."""
        try:
            self.principal = await self.hub.run("identity", principal_still, self.credential)
        except ApplicationError:
            self.end(Close.NOT_AUTHENTICATED)
        except Exception as error:  # the database is away: he stays until it says otherwise
            log.warning("socket.cannot_recheck", error=repr(error)[:200])
        self._recheck_at = self._clock() + self.limits.recheck_seconds

    # In

    async def _listen(self) -> None:
        raw = self.credential.raw
        refused = await self.authenticate(raw) if raw else ""
        self.tell("connected", message="Connected to 1Balancer", version=VERSION, requiresAuth=self.principal is None)
        if refused:
            self.refuse_login(refused)
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            await self.room()
            await self._take(event.get("text"), event.get("bytes"))

    async def _take(self, text: str | None, data: bytes | None) -> None:
        if not self._bucket.take(self._clock()):
            self.end(Close.TOO_MANY_MESSAGES)
        elif len(text or data or "") > self.limits.message_bytes:
            self.end(Close.MESSAGE_TOO_BIG)
        else:
            message = _parse(text)
            if message is None:
                self.refuse("bad_message")
            else:
                await self._handle(message)

    async def _handle(self, message: Message) -> None:
        kind = message.get("type")
        handler = HANDLERS.get(kind) if isinstance(kind, str) else None
        RECEIVED.labels(kind if handler else "unknown").inc()
        if handler is None:
            self.refuse("unknown_type", f"type must be one of {', '.join(HANDLERS)}")
        elif self.principal is None and kind not in ("auth", "ping"):
            self.refuse("not_authenticated", "Not authenticated: send {type: auth, apiKey} first")
        else:
            await handler(self, message)

    # Out

    async def write(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def write_update(self, number: int, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def write_lagging(self, seconds: float) -> None:
        await self.write(encode({"type": "lagging", "waitedSeconds": round(seconds, 1), "behind": self._behind()}))

    def _behind(self) -> list[Message]:
        """Where each stream that has more stands, in the words of `subscribe`."""
        return [
            {**subscriptions.named(stream.key), "sent": cursor, "newest": stream.tail.newest}
            for stream, cursor in self.cursors.items()
            if cursor < stream.tail.newest
        ]

    def heartbeat(self) -> str:
        return encode({"type": "heartbeat", "at": rfc3339(timezone.now())})

    def tell(self, kind: str, **members: Any) -> None:
        """Say a message of this type."""
        self.say(encode({"type": kind, **members}))

    def refuse(self, code: str, message: str = "") -> None:
        """Say that something was not accepted; the connection stays."""
        REFUSED.labels(code).inc()
        self.tell("error", code=code, message=message or REFUSALS[code])

    def refuse_login(self, sentence: str) -> None:
        """Say that the credentials are not good, and close."""
        self.tell("authenticated", success=False, error=sentence)
        self.end(Close.NOT_AUTHENTICATED)


def _parse(text: str | None) -> Message | None:
    try:
        message = strict_json(text) if text is not None else None
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


async def _auth(socket: Socket, message: Message) -> None:
    raw = message.get("apiKey") or message.get("token") or ""
    refused = await socket.authenticate(raw) if isinstance(raw, str) else "Invalid API key"
    if refused:
        socket.refuse_login(refused)
    elif socket.principal is not None:
        socket.tell("authenticated", success=True, method=socket.principal.kind)


async def _ping(socket: Socket, message: Message) -> None:
    socket.tell("pong", at=rfc3339(timezone.now()))


HANDLERS: dict[str, Callable[[Socket, Message], Awaitable[None]]] = {
    "auth": _auth,
    "subscribe": subscriptions.subscribe,
    "unsubscribe": subscriptions.unsubscribe,
    "ping": _ping,
}
