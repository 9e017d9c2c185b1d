"""`WS /ws`: seed 000's messages, with snapshots and gap-free updates.

In: auth, subscribe, unsubscribe, ping. Out: connected, authenticated, subscribed, unsubscribed, session_snapshot,
session_update, heartbeat, pong, error. Updates are read from the database past the last `seq` that was sent: hints and a
slow poll only say when to look.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils import timezone

from access.authentication import Principal, authenticate_credentials
from access.problems import ApplicationError
from access.strict_json import strict_json
from swaps import selectors
from swaps.documents import rfc3339, session_document, update_document
from swaps.hub import hub
from swaps.instruments import SOCKETS

log = structlog.get_logger(__name__)
HEARTBEAT_SECONDS = 20.0
MAX_SUBSCRIPTIONS = 200
MAX_MESSAGE = 16_384
ALL_SESSIONS = "sessions:all"
Message = dict[str, Any]


class SessionConsumer(AsyncWebsocketConsumer):
    """One client. A single pump task sends, so updates of a session never overtake each other."""

    channel_layer_alias = "unused"  # the hub listens for the whole process

    async def connect(self) -> None:
        self.principal: Principal | None = None
        self.sent: dict[str, int] = {}  # session id -> the last seq that was sent
        self.dirty: set[str] = set()
        self.wake = asyncio.Event()
        await self.accept()
        SOCKETS.inc()
        self.tasks = [asyncio.create_task(self._pump()), asyncio.create_task(self._beat())]
        await self._authenticate_by_headers()
        await self._send(
            "connected", message="Connected to 1Balancer", version="1.0.0", requiresAuth=not self.principal
        )

    async def disconnect(self, code: int) -> None:
        for session_id in list(self.sent):
            hub().leave(session_id, self._mark)
        for task in getattr(self, "tasks", []):
            task.cancel()
        if hasattr(self, "tasks"):
            SOCKETS.dec()

    # In

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = await self._parse(text_data)
        if message is None:
            return
        handler = self.HANDLERS.get(str(message.get("type")))
        if handler is None:
            await self._error("unknown_type", f"type must be one of {', '.join(self.HANDLERS)}")
        elif self.principal is None and handler not in (SessionConsumer._on_auth, SessionConsumer._on_ping):
            await self._error("not_authenticated", "Not authenticated: send {type: auth, apiKey} first")
        else:
            await handler(self, message)

    async def _parse(self, text: str | None) -> Message | None:
        if text is None or len(text) > MAX_MESSAGE:
            await self._error("bad_message", f"messages are JSON text of at most {MAX_MESSAGE} characters")
            return None
        try:
            message = strict_json(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            await self._error("bad_message", "messages are JSON objects with a type")
            return None
        return message

    async def _authenticate_by_headers(self) -> None:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in self.scope.get("headers", [])}
        raw = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if raw:
            with suppress(ApplicationError):
                self.principal = await database_sync_to_async(authenticate_credentials)(raw)

    async def _on_auth(self, message: Message) -> None:
        raw = message.get("apiKey") or message.get("token")
        try:
            self.principal = await database_sync_to_async(authenticate_credentials)(str(raw or ""))
        except ApplicationError as error:
            await self._send("authenticated", success=False, error=str(error.detail))
            await self.close(code=4401)
            return
        await self._send("authenticated", success=True, method=self.principal.kind)

    async def _on_ping(self, message: Message) -> None:
        await self._send("pong", at=rfc3339(timezone.now()))

    async def _on_subscribe(self, message: Message) -> None:
        if message.get("channel") != "session":
            await self._error("unknown_channel", "channel must be session")
            return
        session_id, since = str(message.get("sessionId", "")), message.get("since")
        if since is not None and (isinstance(since, bool) or not isinstance(since, int) or since < 0):
            await self._error("bad_since", "since must be a seq that you have seen")
            return
        if len(self.sent) >= MAX_SUBSCRIPTIONS and session_id not in self.sent:
            await self._error("too_many_subscriptions", f"one connection may follow {MAX_SUBSCRIPTIONS} sessions")
            return
        await self._follow(session_id, since)

    async def _follow(self, session_id: str, since: int | None) -> None:
        """Join first and read then, so that nothing falls between the two."""
        hub().join(session_id, self._mark)
        try:
            snapshot = await database_sync_to_async(self._snapshot)(session_id)
        except ApplicationError:
            if session_id not in self.sent:
                hub().leave(session_id, self._mark)
            await self._send("subscription_error", channel="session", sessionId=session_id, error="Session not found")
            return
        await self._send("session_snapshot", **snapshot)
        await self._send("subscribed", channel="session", sessionId=session_id, seq=snapshot["seq"])
        self.sent[session_id] = snapshot["seq"] if since is None else min(since, snapshot["seq"])
        self._mark(session_id)

    def _snapshot(self, session_id: str) -> Message:
        assert self.principal is not None
        visible = None if self.principal.has_scope(ALL_SESSIONS) else str(self.principal.id)
        return session_document(selectors.session_get(session_id, principal=visible))

    async def _on_unsubscribe(self, message: Message) -> None:
        session_id = str(message.get("sessionId", ""))
        if self.sent.pop(session_id, None) is not None:
            hub().leave(session_id, self._mark)
        await self._send("unsubscribed", channel="session", sessionId=session_id)

    HANDLERS = {"auth": _on_auth, "subscribe": _on_subscribe, "unsubscribe": _on_unsubscribe, "ping": _on_ping}

    # Out

    def _mark(self, session_id: str) -> None:
        self.dirty.add(session_id)
        self.wake.set()

    async def _pump(self) -> None:
        """Send what is new for the sessions that were marked; mark all of them when nothing was heard for a while."""
        while True:
            try:
                await asyncio.wait_for(self.wake.wait(), timeout=settings.SOCKET_POLL_SECONDS)
            except TimeoutError:
                self.dirty.update(self.sent)
            self.wake.clear()
            marked, self.dirty = self.dirty, set()
            for session_id in marked:
                try:
                    await self._send_new(session_id)
                except Exception:
                    log.exception("socket.pump_failed", session=session_id)

    async def _send_new(self, session_id: str) -> None:
        last = self.sent.get(session_id)
        if last is None:
            return
        for update in await database_sync_to_async(self._updates)(session_id, last):
            await self.send(json.dumps(update))
            self.sent[session_id] = update["seq"]

    @staticmethod
    def _updates(session_id: str, last: int) -> list[Message]:
        rows = list(selectors.transitions_after(session_id, last))
        if not rows:
            return []
        session = selectors.session_get(session_id)
        return [update_document(session, row) for row in rows]

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self._send("heartbeat", at=rfc3339(timezone.now()))

    async def _send(self, kind: str, **fields: Any) -> None:
        await self.send(json.dumps({"type": kind, **fields}))

    async def _error(self, code: str, message: str) -> None:
        await self._send("error", code=code, message=message)
