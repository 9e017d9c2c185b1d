"""The limit that sockets are measured against: an ASGI application that does nothing but send a text to everybody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

TEXT = (
    '{"type":"session_update","sessionId":"sess_aaaaaaaaaaaaaaaaaaaaaaaa","seq":100,"status":"initialized","data":{"phase":'
    '"initialization","progress":0,"cause":"bench_000","at":"2026-01-01T00:00:00.000000Z"}}'
)
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
_everybody: list[Send] = []
_sending: list[asyncio.Task[None]] = []


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Accepts whoever comes; at the message `go ROUNDS` it sends so many texts to each."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    _everybody.append(send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            if event["text"].startswith("go "):
                _sending.append(asyncio.create_task(_send_all(int(event["text"][3:]))))
    finally:
        _everybody.remove(send)


async def _send_all(rounds: int) -> None:
    for _ in range(rounds):
        for send in _everybody:
            await send({"type": "websocket.send", "text": TEXT})
        await asyncio.sleep(0)
