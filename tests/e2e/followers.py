"""Clients that follow, lose their connection, and come back with the last number that they have."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

RETRY_SECONDS = (0.05, 0.4)
CONNECT_SECONDS = 20.0
AWAY = (OSError, TimeoutError, EOFError, WebSocketException, httpx.HTTPError)


@dataclass
class Follower:
    """Follows from the first update until `ends` swaps are told to be cancelled. `numbers` are those of the updates, in order."""

    base_url: str
    api_key: str
    subject: str
    ends: int = 1
    ended: int = 0
    is_open: bool = False
    numbers: list[int] = field(default_factory=list)
    connections: int = 0
    refusals: list[str] = field(default_factory=list)
    name: ClassVar[str] = ""

    async def run(self) -> None:
        """Until the last update was told, through every break."""
        while not self.is_over:
            try:
                await self.follow_once()
            except AWAY:
                self.is_open = False
                await asyncio.sleep(random.uniform(*RETRY_SECONDS))
            self.is_open = False

    @property
    def seen(self) -> int:
        return self.numbers[-1] if self.numbers else 0

    @property
    def is_over(self) -> bool:
        return self.ended >= self.ends or len(self.refusals) > 20

    def take(self, number: int, message: dict[str, Any]) -> None:
        """An update."""
        self.numbers.append(number)
        self.ended += message["status"] == "cancelled"

    def fault(self, last: int) -> str:
        """What is wrong with what it was told, or "", when there were `last` updates."""
        if self.refusals:
            return f"{self.name} {self.subject} was refused: {self.refusals[:3]}"
        if self.numbers == list(range(1, last + 1)):
            return ""
        wrong = next((at for at, number in enumerate(self.numbers, 1) if at != number), len(self.numbers) + 1)
        return f"{self.name} {self.subject} of {last}: {wrong} is missing or doubled, {self.numbers[wrong - 3 : wrong + 3]}"

    async def follow_once(self) -> None:
        """One connection, until it breaks or all was told."""
        raise NotImplementedError


class SessionFollower(Follower):
    """One session over the WebSocket."""

    name = "session"

    async def follow_once(self) -> None:
        url = self.base_url.replace("http", "ws", 1) + "/ws"
        headers = {"X-API-Key": self.api_key}
        async with connect(url, additional_headers=headers, open_timeout=CONNECT_SECONDS, proxy=None) as socket:
            self.connections += 1
            await socket.send(json.dumps({"type": "subscribe", **self.subscription(), "since": self.seen}))
            async for text in socket:
                self.hear(json.loads(text))
                if self.is_over:
                    return

    def subscription(self) -> dict[str, Any]:
        return {"channel": "session", "sessionId": self.subject}

    def hear(self, message: dict[str, Any]) -> None:
        self.is_open = self.is_open or message["type"] == "subscribed"
        if message["type"] == "session_update":
            self.take(self.number(message), message)
        elif message["type"] == "subscription_error" and message["code"] != "unavailable":
            self.refusals.append(message["error"])

    def number(self, message: dict[str, Any]) -> int:
        assert message["sessionId"] == self.subject
        return int(message["seq"])


class OwnerFollower(SessionFollower):
    """All sessions of the key over the WebSocket, by position."""

    name = "sessions"

    def subscription(self) -> dict[str, Any]:
        return {"channel": "sessions"}

    def number(self, message: dict[str, Any]) -> int:
        return int(message["position"])


class EventFollower(Follower):
    """One session by Server-Sent Events."""

    name = "events"

    async def follow_once(self) -> None:
        headers = {"X-API-Key": self.api_key, "Last-Event-ID": str(self.seen)}
        path = f"{self.base_url}/api/v1/sessions/{self.subject}/stream"
        timeout = httpx.Timeout(CONNECT_SECONDS, read=60)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=timeout) as client,
            client.stream("GET", path, headers=headers) as answer,
        ):
            if answer.status_code >= 500:
                raise httpx.RemoteProtocolError(str(answer.status_code))
            if answer.status_code != 200:
                self.refusals.append((await answer.aread()).decode())
                return
            self.connections += 1
            self.is_open = True
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and (message := json.loads(line[6:])).get("type") == "session_update":
                    self.take(int(message["seq"]), message)
                if self.is_over:
                    return
