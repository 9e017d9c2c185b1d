"""Readers that really stop reading: the kernel's buffers fill, the server waits, and nothing is lost."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from channels.db import database_sync_to_async
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from balancer.asgi import application
from swaps.models import SessionTransition, SwapSession
from swaps.push.hub import hub
from swaps.push.limits import places
from swaps.push.tail import KEEP
from tests.integration.push.clients import API_KEY, PATIENCE, seq_of

pytestmark = pytest.mark.django_db(transaction=True)
UPDATES = 1_500
PADDING = "x" * 8_192  # with it, far more than both kernels' buffers hold


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """uvicorn in this event loop; yields its port."""
    config = uvicorn.Config(
        application, port=0, log_level="warning", lifespan="off", ws="websockets-sansio", ws_per_message_deflate=False
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await running


@asynccontextmanager
async def follower(port: int, session_id: str, since: int) -> AsyncIterator[ClientConnection]:
    """A subscribed client with a small buffer, which stops reading when nobody takes its messages."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    more: dict[str, Any] = {"additional_headers": {"X-API-Key": API_KEY}, "ping_interval": None, "close_timeout": 1}
    async with connect(f"ws://127.0.0.1:{port}/ws", sock=sock, max_queue=2, proxy=None, **more) as wire:
        message = {"type": "subscribe", "channel": "session", "sessionId": session_id, "since": since}
        await wire.send(json.dumps(message))
        async with asyncio.timeout(PATIENCE):
            while json.loads(await wire.recv())["type"] != "subscribed":
                pass
        yield wire


@database_sync_to_async
def write_much(session_id: str) -> None:
    """Many long updates at once, announced to nobody."""
    session = SwapSession.objects.get(pk=session_id)
    SessionTransition.objects.bulk_create(
        SessionTransition(
            session=session,
            principal=session.principal,
            seq=session.seq + number,
            from_status=session.status,
            to_status=session.status,
            cause="note",
            data={"detail": PADDING},
        )
        for number in range(1, UPDATES + 1)
    )
    session.seq += UPDATES
    session.save(update_fields=["seq"])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  (what is waited for knows nothing of us)
            await asyncio.sleep(0.02)


def waits(session_id: str) -> bool:
    """Whether the follower of the session waits for its transport."""
    stream = hub().streams.get(("session", session_id))
    return stream is not None and any(one._waits_since is not None for one in stream.followers)


async def test_a_reader_that_stops_is_told_and_gets_everything(session_id: str, limits: Callable[..., None]) -> None:
    limits(lag_seconds=0.3)
    before = await seq_of(session_id)
    async with serving() as port, follower(port, session_id, before) as wire:
        await write_much(session_id)
        await until(lambda: waits(session_id))
        stream = hub().streams["session", session_id]
        [slow] = stream.followers
        stood_at = slow.cursors[stream]
        await asyncio.sleep(0.5)
        assert slow.cursors[stream] == stood_at < before + UPDATES, "it went on without waiting for the reader"
        assert len(stream.tail._texts) <= KEEP and len(slow._outbox) == 0, "the server keeps what it cannot send"

        numbers: list[int] = []
        lagging: list[dict[str, Any]] = []
        async with asyncio.timeout(3 * PATIENCE):
            while not numbers or numbers[-1] < before + UPDATES:
                message = json.loads(await wire.recv())
                if message["type"] == "session_update":
                    numbers.append(message["seq"])
                elif message["type"] == "lagging":
                    lagging.append(message | {"after": numbers[-1]})
    assert numbers == list(range(before + 1, before + UPDATES + 1))
    assert lagging and lagging[0]["waitedSeconds"] >= 0.3
    assert lagging[0]["behind"][0] | {"newest": 0} == {
        "channel": "session", "sessionId": session_id, "sent": lagging[0]["after"], "newest": 0,
    }  # fmt: skip


async def test_a_reader_that_never_comes_back_is_cut_off_and_resumes(
    session_id: str, limits: Callable[..., None]
) -> None:
    limits(lag_seconds=0.1, stall_seconds=0.5)
    before = await seq_of(session_id)
    numbers: list[int] = []
    async with serving() as port:
        async with follower(port, session_id, before) as wire:
            await write_much(session_id)
            await until(lambda: waits(session_id))
            await until(lambda: places().taken("process", "") == 0)
            assert not hub().followers
            await drain(wire, numbers)
        assert numbers and numbers[-1] < before + UPDATES
        limits(lag_seconds=1.0, stall_seconds=30.0)
        async with follower(port, session_id, numbers[-1]) as wire, asyncio.timeout(3 * PATIENCE):
            while numbers[-1] < before + UPDATES:
                take(json.loads(await wire.recv()), numbers)
    assert numbers == list(range(before + 1, before + UPDATES + 1))


async def drain(wire: ClientConnection, numbers: list[int]) -> None:
    """Read what is still on its way, up to the end of the connection."""
    try:
        async with asyncio.timeout(3 * PATIENCE):
            async for text in wire:
                take(json.loads(text), numbers)
    except ConnectionClosed:
        return


def take(message: dict[str, Any], numbers: list[int]) -> None:
    if message["type"] == "session_update":
        numbers.append(message["seq"])
