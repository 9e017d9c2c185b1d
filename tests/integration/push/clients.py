"""Clients of `/ws` and of event streams that keep what they are told."""

import asyncio
import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from balancer.asgi import application
from swaps.locks import lock_session
from swaps.models import SwapSession
from swaps.services.transitions import session_note

API_KEY = "test-bootstrap-key"
PATIENCE = 30.0
Message = dict[str, Any]


class Socket:
    """A WebSocket client."""

    def __init__(self, key: str = API_KEY, path: str = "/ws", **more: Any) -> None:
        headers = [(b"x-api-key", key.encode())] if key else []
        self.wire = WebsocketCommunicator(application, path, headers=headers, **more)
        self.heard: list[Message] = []

    async def open(self) -> "Socket":
        connected, self.subprotocol = await self.wire.connect(timeout=PATIENCE)
        assert connected
        return self

    async def say(self, kind: str, **members: Any) -> None:
        await self.wire.send_json_to({"type": kind, **members})

    async def subscribe(self, channel: str, **members: Any) -> Message:
        """The answer: `subscribed` or `subscription_error`."""
        await self.say("subscribe", channel=channel, **members)
        return await self.until("subscribed", "subscription_error")

    async def until(self, *kinds: str, number: int = 0) -> Message:
        """The next message of one of these kinds, with at least this `position` or `seq`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message: Message = await self.wire.receive_json_from(timeout=PATIENCE)
                self.heard.append(message)
                if message["type"] in kinds and message.get("position", message.get("seq", number)) >= number:
                    return message

    async def closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event = await self.wire.receive_output(timeout=PATIENCE)
                if event["type"] == "websocket.close":
                    return int(event["code"])
                self.heard.append(json.loads(event["text"]))

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.heard if message["type"] == kind]

    async def leave(self) -> None:
        await self.wire.disconnect(timeout=PATIENCE)


class Stream:
    """A client of an event stream."""

    def __init__(self, session_id: str, key: str = API_KEY, query: str = "", **headers: str) -> None:
        sent = {"x-api-key": key} if key else {}
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/api/v1/sessions/{session_id}/stream",
            "query_string": query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in {**sent, **headers}.items()
            ],
            "client": ["127.0.0.1", 1],
        }
        self.wire = ApplicationCommunicator(application, scope)
        self.text = ""

    async def open(self) -> int:
        """The status; a refusal's body is read, too."""
        await self.wire.send_input({"type": "http.request"})
        start = await self.wire.receive_output(timeout=PATIENCE)
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        if start["status"] != 200:
            self.text = (await self.wire.receive_output(timeout=PATIENCE))["body"].decode()
        return int(start["status"])

    async def events(self, until: int) -> list[tuple[str, int, Message]]:
        """(name, id, data) of each event, up to the one with this id."""
        async with asyncio.timeout(PATIENCE):
            while f"id: {until}\n" not in self.text or not self.text.endswith("\n\n"):
                self.text += (await self.wire.receive_output(timeout=PATIENCE))["body"].decode()
        return [_event(part) for part in self.text.split("\n\n") if part.startswith("id: ")]

    async def until(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in self.text:
                self.text += (await self.wire.receive_output(timeout=PATIENCE))["body"].decode()

    async def leave(self) -> None:
        await self.wire.send_input({"type": "http.disconnect"})
        await self.wire.wait(timeout=PATIENCE)


def _event(part: str) -> tuple[str, int, Message]:
    lines = dict(line.split(": ", 1) for line in part.split("\n"))
    return lines["event"], int(lines["id"]), json.loads(lines["data"])


@database_sync_to_async
def note(session_id: str, count: int = 1) -> None:
    """So many updates, each in a transaction of its own."""
    from django.db import transaction

    for number in range(count):
        with transaction.atomic():
            session_note(lock_session(session_id), cause=f"note_{number}")


@database_sync_to_async
def seq_of(session_id: str) -> int:
    return SwapSession.objects.get(pk=session_id).seq
