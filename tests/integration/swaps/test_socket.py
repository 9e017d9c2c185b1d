"""`WS /ws` over the real bus: announcements may be lost, doubled or late, updates may not."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator

from balancer.asgi import application
from chains.models import Chain
from swaps.locks import lock_session
from swaps.machine import Status
from swaps.models import SwapSession
from swaps.notifications import GROUP, Announcement, announce
from swaps.push import reading
from swaps.services.transitions import session_move, session_note

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10.0
FLOOD = 400  # more than a tail keeps


@pytest.fixture
def session_id(transactional_db: None, post_session: Callable[..., Any], settings: Any) -> str:
    settings.SOCKETS = {**settings.SOCKETS, "poll_seconds": 0.2}
    return str(post_session().json()["sessionId"])


@pytest.fixture(autouse=True)
def nobody_reads_on() -> Iterator[None]:
    """A look at the rows that has begun must end before the database goes."""
    yield
    reading.threads().shutdown()
    reading.threads.cache_clear()


@database_sync_to_async
def note(session_id: str, count: int = 1) -> None:
    from django.db import transaction

    for number in range(count):
        with transaction.atomic():
            session_note(lock_session(session_id), cause=f"note {number}")


@database_sync_to_async
def cancel(session_id: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        session_move(lock_session(session_id), Status.CANCELLED, cause="cancel_requested")


class Socket:
    """A client that keeps what it was told."""

    def __init__(self) -> None:
        self.wire = WebsocketCommunicator(application, "/ws", headers=[(b"x-api-key", b"test-bootstrap-key")])
        self.updates: list[dict[str, Any]] = []

    async def open(self, session_id: str, since: int | None = None) -> "Socket":
        connected, _ = await self.wire.connect(timeout=PATIENCE)
        assert connected
        wanted: dict[str, Any] = {"type": "subscribe", "channel": "session", "sessionId": session_id}
        await self.wire.send_json_to(wanted if since is None else {**wanted, "since": since})
        await self.until("subscribed")
        return self

    async def until(self, kind: str, seq: int = 0) -> dict[str, Any]:
        """The next message of a kind (and of at least this seq); updates on the way are kept."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message: dict[str, Any] = await self.wire.receive_json_from(timeout=PATIENCE)
                if message["type"] == "session_update":
                    self.updates.append(message)
                if message["type"] == kind and message.get("seq", 0) >= seq:
                    return message

    @property
    def seqs(self) -> list[int]:
        return [update["seq"] for update in self.updates]


@database_sync_to_async
def seq_of(session_id: str) -> int:
    return SwapSession.objects.get(pk=session_id).seq


async def test_channels_drop__a_flood_that_the_layer_cannot_hold_loses_nothing(
    chains: dict[str, Chain], session_id: str
) -> None:
    """A Channels group drops the newest messages of a reader that lags; the rows are what is read."""
    socket = await Socket().open(session_id)
    before = await seq_of(session_id)
    await note(session_id, FLOOD)
    await cancel(session_id)
    last = before + FLOOD + 1
    final = await socket.until("session_update", last)
    assert final["status"] == "cancelled"
    assert socket.seqs == list(range(before + 1, last + 1))
    await socket.wire.disconnect()


async def test_channels_drop__hints_that_never_come_are_not_needed(
    chains: dict[str, Chain], session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await Socket().open(session_id)
    before = await seq_of(session_id)
    monkeypatch.setattr("swaps.notifications.announce", lambda *_: False)
    await note(session_id, 3)
    await socket.until("session_update", before + 3)
    assert socket.seqs == [before + 1, before + 2, before + 3]
    await socket.wire.disconnect()


async def test_channels_drop__hints_that_come_thrice_tell_once(chains: dict[str, Chain], session_id: str) -> None:
    socket = await Socket().open(session_id)
    before = await seq_of(session_id)
    await note(session_id)
    first = await socket.until("session_update", before + 1)
    for _ in range(3):
        announce(Announcement(before + 1, session_id, "bootstrap", json.dumps(first)))
    await note(session_id)
    await socket.until("session_update", before + 2)
    assert socket.seqs == [before + 1, before + 2]
    await socket.wire.disconnect()


async def test_whoever_joins_the_channel_layers_group_hears_an_update(
    chains: dict[str, Chain], session_id: str
) -> None:
    layer: Any = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    before = await seq_of(session_id)
    await note(session_id)
    async with asyncio.timeout(5):
        heard = await layer.receive(channel)
    assert (heard["type"], heard["session"], heard["seq"]) == ("announcement", session_id, before + 1)
    assert json.loads(heard["update"])["seq"] == before + 1


async def test_what_the_channel_layer_sends_to_the_group_reaches_followers(
    chains: dict[str, Chain], session_id: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SOCKETS = {**settings.SOCKETS, "poll_seconds": 60}
    socket = await Socket().open(session_id)
    before = await seq_of(session_id)
    monkeypatch.setattr("swaps.notifications.announce", lambda *_: False)
    await note(session_id)
    told = {"type": "session_update", "sessionId": session_id, "seq": before + 1, "status": "by the layer", "data": {}}
    message = {"type": "announcement", "seq": before + 1, "session": session_id, "update": json.dumps(told)}
    layer: Any = get_channel_layer()
    await layer.group_send(GROUP, {**message, "principal": "bootstrap"})
    assert (await socket.until("session_update", before + 1))["status"] == "by the layer"
    await socket.wire.disconnect()


async def test_client_misses_status_after_reconnect__the_end_comes_while_the_socket_is_cut(
    chains: dict[str, Chain], session_id: str
) -> None:
    socket = await Socket().open(session_id)
    before = await seq_of(session_id)
    await note(session_id)
    await socket.until("session_update", before + 1)
    await socket.wire.disconnect()
    await note(session_id)
    await cancel(session_id)

    again = await Socket().open(session_id, since=before + 1)
    last = await again.until("session_update", before + 3)
    assert last["status"] == "cancelled"
    assert again.seqs == [before + 2, before + 3]
    await again.wire.disconnect()


async def test_client_misses_status_after_reconnect__without_since_the_snapshot_tells(
    chains: dict[str, Chain], session_id: str
) -> None:
    await cancel(session_id)
    socket = Socket()
    connected, _ = await socket.wire.connect(timeout=PATIENCE)
    assert connected
    await socket.wire.send_json_to({"type": "subscribe", "channel": "session", "sessionId": session_id})
    snapshot = await socket.until("session_snapshot")
    assert (snapshot["status"], snapshot["seq"]) == ("cancelled", await seq_of(session_id))
    await socket.wire.disconnect()
