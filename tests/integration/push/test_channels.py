"""What each channel of `/ws` tells, and to whom."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async

from swaps.locks import lock_session
from swaps.models import SessionTransition
from swaps.services.alerts import Trouble, alert_clear, alert_publish
from swaps.services.transitions import session_note
from tests.integration.push.clients import Socket, note, seq_of

pytestmark = pytest.mark.django_db(transaction=True)
HASHLOCKS = (f"0x{number:064x}" for number in range(10**6, 2 * 10**6))


@pytest.fixture
def new_session(session_id: str, post_session: Callable[..., Any]) -> Callable[[], Any]:
    def make() -> str:
        return str(post_session(hashlock=next(HASHLOCKS)).json()["sessionId"])

    return database_sync_to_async(make)


def told(socket: Socket) -> list[tuple[int, str, int]]:
    return [(one["position"], one["sessionId"], one["seq"]) for one in socket.of("session_update")]


async def test_seed_000s_messages_work_as_written(session_id: str) -> None:
    socket = await Socket(key="").open()
    assert (await socket.until("connected"))["requiresAuth"] is True
    await socket.wire.send_to('{"type": "auth", "apiKey": "test-bootstrap-key"}')
    assert await socket.until("authenticated") == {"type": "authenticated", "success": True, "method": "api_key"}
    await socket.wire.send_to(f'{{"type": "subscribe", "channel": "session", "sessionId": "{session_id}"}}')
    subscribed = await socket.until("subscribed")
    assert [message["type"] for message in socket.heard[-2:]] == ["session_snapshot", "subscribed"]
    assert (subscribed["channel"], subscribed["sessionId"]) == ("session", session_id)
    await note(session_id)
    update = await socket.until("session_update")
    assert (update["sessionId"], update["status"], update["data"]["progress"]) == (session_id, "initialized", 0)
    await socket.leave()


async def test_sessions_tells_of_all_own_sessions_and_of_new_ones(session_id: str, new_session: Any) -> None:
    socket = await Socket().open()
    subscribed = await socket.subscribe("sessions")
    [snapshot] = socket.of("sessions_snapshot")
    assert [(one["sessionId"], one["seq"]) for one in snapshot["sessions"]] == [(session_id, await seq_of(session_id))]
    begin = snapshot["position"]
    assert subscribed["position"] == begin
    await note(session_id)
    later = await new_session()
    await note(later)
    await socket.until("session_update", number=begin + 3)
    first = await seq_of(session_id)
    assert told(socket)[:3] == [(begin + 1, session_id, first), (begin + 2, later, 1), (begin + 3, later, 2)]
    await socket.leave()


async def test_sessions_resumes_by_position_without_a_gap(session_id: str, new_session: Any) -> None:
    socket = await Socket().open()
    begin = (await socket.subscribe("sessions"))["position"]
    await note(session_id)
    await socket.until("session_update", number=begin + 1)
    await socket.leave()
    unseen = await new_session()
    await note(session_id, 2)

    again = await Socket().open()
    await again.subscribe("sessions", since=begin + 1)
    await again.until("session_update", number=begin + 4)
    last = await seq_of(session_id)
    assert told(again) == [(begin + 2, unseen, 1), (begin + 3, session_id, last - 1), (begin + 4, session_id, last)]
    await again.leave()


async def test_sessions_of_another_key_are_never_told(session_id: str, new_key: Callable[..., Any]) -> None:
    _, foreign = await database_sync_to_async(new_key)()
    socket = await Socket(foreign).open()
    assert (await socket.subscribe("sessions"))["position"] == 0
    assert (await socket.subscribe("session", sessionId=session_id))["code"] == "session_not_found"
    await note(session_id, 3)
    await socket.say("ping")
    await socket.until("pong")
    await asyncio.sleep(0.5)  # two looks at the rows
    await socket.say("ping")
    await socket.until("pong")
    assert not socket.of("session_update") and not socket.of("session_snapshot")
    await socket.leave()


async def test_positions_have_no_gap_while_a_slow_commit_is_overtaken(session_id: str, new_session: Any) -> None:
    """A row written first and committed last: who reads by the order of writing would pass over it for ever."""
    slow_one, quick_one = await new_session(), await new_session()
    socket = await Socket().open()
    begin = (await socket.subscribe("sessions"))["position"]
    written, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        from django.db import connections, transaction

        try:
            with transaction.atomic():
                session_note(lock_session(slow_one), cause="slow")
                written.set()
                assert go_on.wait(10)
        finally:
            connections.close_all()

    slow = asyncio.get_running_loop().run_in_executor(None, write_slowly)
    assert await asyncio.to_thread(written.wait, 10)
    await note(quick_one, 2)
    await socket.until("session_update", number=begin + 2)
    go_on.set()
    await slow
    await socket.until("session_update", number=begin + 3)
    assert [(position, owner) for position, owner, _ in told(socket)] == [
        (begin + 1, quick_one),
        (begin + 2, quick_one),
        (begin + 3, slow_one),
    ]
    await socket.leave()


async def test_positions_given_by_many_at_once_are_given_once(session_id: str) -> None:
    from swaps.services.feed import positions_assign

    await note(session_id, 50)
    numbered = await asyncio.gather(
        *[database_sync_to_async(positions_assign, thread_sensitive=False)(principal="bootstrap") for _ in range(8)]
    )
    rows = await database_sync_to_async(
        lambda: list(SessionTransition.objects.order_by("id").values_list("position", flat=True))
    )()
    assert rows == list(range(1, len(rows) + 1))
    assert sum(numbered) == len(rows)


async def test_prices_are_the_quotes_own_and_told_when_they_change(
    session_id: str, limits: Callable[..., None], settings: Any
) -> None:
    limits(price_seconds=0.1)
    settings.PRICES_USD = {"USDC": "1.00", "USDT": "0.999", "ETH": "3200"}
    socket = await Socket().open()
    assert (await socket.subscribe("prices", pairs=["ETH/USDC"]))["pairs"] == ["ETH/USDC"]
    first = await socket.until("price_update")
    assert (first["pair"], float(first["price"]), first["source"]) == ("ETH/USDC", 3200.0, "configured")
    settings.PRICES_USD = {**settings.PRICES_USD, "USDT": "0.99"}  # another pair's
    await asyncio.sleep(0.4)
    settings.PRICES_USD = {**settings.PRICES_USD, "ETH": "3300"}
    assert float((await socket.until("price_update"))["price"]) == 3300.0
    assert len(socket.of("price_update")) == 2
    assert (await socket.subscribe("prices", pairs=["ETH/GOLD"]))["code"] == "unknown_pair"
    await socket.leave()


async def test_alerts_begin_stand_and_end(session_id: str) -> None:
    publish, clear = database_sync_to_async(alert_publish), database_sync_to_async(alert_clear)
    trouble = Trouble("chain:base", "base is halted", action="look at base")
    await publish(trouble)
    socket = await Socket().open()
    await socket.subscribe("alerts")
    [snapshot] = socket.of("alerts_snapshot")
    assert [alert["key"] for alert in snapshot["alerts"]] == ["chain:base"]
    assert await publish(trouble) is None
    await clear("chain:base")
    over = await socket.until("alert")
    assert (over["seq"], over["state"], over["key"]) == (snapshot["seq"] + 1, "cleared", "chain:base")
    again = await Socket().open()
    await again.subscribe("alerts", since=0)
    await again.until("alert", number=over["seq"])
    assert [alert["seq"] for alert in again.of("alert")] == list(range(1, over["seq"] + 1))
    await socket.leave()
    await again.leave()


async def test_alerts_are_fed_by_what_is_wrong(session_id: str) -> None:
    """A look at the service finds the session that an operator should see, tells of it once, and tells when it is over."""
    from balancer.alarms import survey
    from swaps.models import Alert, SwapSession

    def standing() -> list[str]:
        return list(
            Alert.objects.filter(state="raised", cleared_at=None, session_id=session_id).values_list(
                "message", flat=True
            )
        )

    def attention(text: str) -> list[str]:
        SwapSession.objects.filter(pk=session_id).update(attention=text)
        survey()
        survey()
        return standing()

    look = database_sync_to_async(attention)
    assert await look("the lock of 5 is not 7") == ["the lock of 5 is not 7"]
    assert await look("the lock of 6 is not 7") == ["the lock of 5 is not 7"]  # the same, with another figure
    assert await look("") == []


@pytest.mark.parametrize(
    ("scopes", "channel", "answer"),
    [
        (("swaps:read",), "sessions", "subscribed"),
        (("swaps:read",), "prices", "insufficient_scope"),
        (("swaps:read",), "alerts", "insufficient_scope"),
        (("quotes:read",), "prices", "subscribed"),
        (("quotes:read",), "session", "insufficient_scope"),
        (("quotes:read",), "sessions", "insufficient_scope"),
        (("sessions:all",), "alerts", "subscribed"),
        (("*",), "alerts", "subscribed"),
        (("swaps:read",), "orders", "not_available"),
        (("swaps:read",), "everything", "unknown_channel"),
    ],
)
async def test_each_channel_needs_its_scope(
    session_id: str, new_key: Callable[..., Any], scopes: tuple[str, ...], channel: str, answer: str
) -> None:
    _, text = await database_sync_to_async(new_key)(*scopes)
    socket = await Socket(text).open()
    said = await socket.subscribe(channel, sessionId=session_id)
    assert said.get("code", said["type"]) == answer
    await socket.leave()


async def test_an_operator_may_follow_everybodys(session_id: str, new_key: Callable[..., Any]) -> None:
    _, text = await database_sync_to_async(new_key)("swaps:read", "sessions:all")
    socket = await Socket(text).open()
    assert (await socket.subscribe("session", sessionId=session_id))["type"] == "subscribed"
    await socket.leave()


async def test_after_unsubscribe_nothing_comes(session_id: str) -> None:
    socket = await Socket().open()
    for channel in ("session", "sessions", "prices", "alerts"):
        await socket.subscribe(channel, sessionId=session_id)
    for channel in ("session", "sessions", "prices", "alerts"):
        await socket.say("unsubscribe", channel=channel, sessionId=session_id)
        assert (await socket.until("unsubscribed"))["channel"] == channel
    heard = len(socket.heard)
    await note(session_id, 2)
    await socket.say("ping")
    await socket.until("pong")
    assert len(socket.heard) == heard + 1
    await socket.leave()
