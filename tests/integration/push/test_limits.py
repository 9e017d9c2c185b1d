"""Who is let in, how long he stays, and how much he may ask."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async

from access.services import api_key_revoke
from access.tokens import LIFE_SECONDS
from swaps.push.limits import places
from swaps.push.protocol import SUBPROTOCOL, Close
from tests.integration.push.clients import API_KEY, Socket, note, seq_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_who_does_not_authenticate_is_closed(session_id: str, limits: Callable[..., None]) -> None:
    limits(auth_seconds=0.1)
    socket = await Socket(key="").open()
    assert await socket.closed() == Close.AUTH_TIMEOUT


async def test_nothing_but_auth_and_ping_before_auth(session_id: str) -> None:
    socket = await Socket(key="").open()
    await socket.say("subscribe", channel="session", sessionId=session_id)
    assert (await socket.until("error"))["code"] == "not_authenticated"
    await socket.say("ping")
    await socket.until("pong")
    await socket.leave()


@pytest.mark.parametrize("how", ["header", "message"])
async def test_bad_credentials_are_told_and_closed(session_id: str, how: str) -> None:
    socket = await Socket(key="wrong" if how == "header" else "").open()
    if how == "message":
        await socket.say("auth", apiKey="wrong")
    assert await socket.closed() == Close.NOT_AUTHENTICATED
    assert [message["success"] for message in socket.of("authenticated")] == [False]


async def test_a_credential_in_the_url_is_refused(session_id: str) -> None:
    socket = await Socket(key="", path=f"/ws?apiKey={API_KEY}").open()
    assert await socket.closed() == Close.CREDENTIAL_IN_URL


async def test_a_revoked_key_ends_its_socket(session_id: str, new_key: Callable[..., Any]) -> None:
    key, text = await database_sync_to_async(new_key)()
    socket = await Socket(text).open()
    await socket.subscribe("sessions")
    await database_sync_to_async(api_key_revoke)(prefix=key.prefix, actor_kind="command", actor_id="test")
    assert await socket.closed() == Close.NOT_AUTHENTICATED


async def test_an_expired_token_ends_its_socket_and_a_new_one_keeps_it(
    session_id: str, new_key: Callable[..., Any], limits: Callable[..., None]
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from access.authentication import authenticate_credentials
    from access.tokens import token_issue

    _, text = await database_sync_to_async(new_key)()
    principal = await database_sync_to_async(authenticate_credentials)(text)

    def token(seconds_left: float) -> str:
        made = timezone.now() - timedelta(seconds=LIFE_SECONDS - seconds_left)
        return token_issue(subject=principal.id, scopes=principal.scopes, now=made, key=principal.key)[0]

    short_one, renewed = await Socket(token(3)).open(), await Socket(token(3)).open()
    await renewed.say("auth", token=token(600))
    assert (await renewed.until("authenticated"))["method"] == "jwt"
    assert await short_one.closed() == Close.NOT_AUTHENTICATED
    await renewed.say("ping")
    await renewed.until("pong")
    await renewed.leave()


async def test_a_key_with_a_list_of_addresses_is_refused_from_others(
    session_id: str, new_key: Callable[..., Any]
) -> None:
    _, text = await database_sync_to_async(new_key)("swaps:read", allowed_addresses=["203.0.113.0/24"])
    socket = await Socket(text).open()
    assert await socket.closed() == Close.NOT_AUTHENTICATED


@pytest.mark.parametrize("what", ["connections", "connections_per_key", "connections_per_address"])
async def test_there_are_so_many_connections_and_no_more(
    session_id: str, limits: Callable[..., None], what: str
) -> None:
    limits(**{what: 2})
    one, two = await Socket().open(), await Socket().open()
    for socket in (one, two):
        await socket.until("connected")
    three = await Socket().open()
    assert await three.closed() == Close.TOO_MANY_CONNECTIONS
    await one.leave()
    four = await Socket().open()
    assert (await four.until("connected"))["requiresAuth"] is False
    await four.leave()
    await two.leave()
    assert places().taken("process", "") == 0


async def test_a_message_may_be_so_long(session_id: str, limits: Callable[..., None]) -> None:
    limits(message_bytes=200)
    socket = await Socket().open()
    await socket.say("ping", padding="x" * 100)
    await socket.until("pong")
    await socket.say("ping", padding="x" * 200)
    assert await socket.closed() == Close.MESSAGE_TOO_BIG


async def test_messages_may_come_so_fast(session_id: str, limits: Callable[..., None]) -> None:
    limits(messages_per_second=0.001, messages_burst=3)
    socket = await Socket().open()
    for _ in range(4):
        await socket.say("ping")
    assert await socket.closed() == Close.TOO_MANY_MESSAGES
    assert len(socket.of("pong")) == 3


async def test_there_are_so_many_subscriptions(session_id: str, limits: Callable[..., None]) -> None:
    limits(subscriptions=1)
    socket = await Socket().open()
    assert (await socket.subscribe("session", sessionId=session_id))["type"] == "subscribed"
    assert (await socket.subscribe("session", sessionId=session_id))["type"] == "subscribed"  # the same one again
    assert (await socket.subscribe("sessions"))["code"] == "too_many_subscriptions"
    await socket.leave()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" ", "bad_message"),
        ("{", "bad_message"),
        ("[]", "bad_message"),
        ("null", "bad_message"),
        ('{"type": NaN}', "bad_message"),
        ('{"type": "ping", "type": "ping"}', "bad_message"),
        ("[" * 5000, "bad_message"),
        ("{}", "unknown_type"),
        ('{"type": ["auth"]}', "unknown_type"),
        ('{"type": "__class__"}', "unknown_type"),
        ('{"type": "subscribe"}', "unknown_channel"),
        ('{"type": "subscribe", "channel": {"a": 1}}', "unknown_channel"),
        ('{"type": "subscribe", "channel": "session"}', "session_not_found"),
        ('{"type": "subscribe", "channel": "session", "sessionId": 7}', "session_not_found"),
        ('{"type": "subscribe", "channel": "session", "sessionId": "a\\u0000b"}', "bad_message"),
        ('{"type": "subscribe", "channel": "sessions", "since": true}', "bad_since"),
        ('{"type": "subscribe", "channel": "sessions", "since": -1}', "bad_since"),
        ('{"type": "subscribe", "channel": "sessions", "since": 1e400}', "bad_message"),
        ('{"type": "subscribe", "channel": "sessions", "since": 99999999999999999999}', "bad_since"),
        ('{"type": "subscribe", "channel": "sessions", "since": 9999}', "bad_since"),
        ('{"type": "subscribe", "channel": "prices", "pairs": "ETH/USDC"}', "unknown_pair"),
        ('{"type": "subscribe", "channel": "prices", "pairs": [[]]}', "unknown_pair"),
    ],
)
async def test_nonsense_is_refused_and_harms_nothing(session_id: str, text: str, code: str) -> None:
    socket = await Socket().open()
    await socket.until("connected")
    await socket.wire.send_to(text)
    assert (await socket.until("error", "subscription_error"))["code"] == code
    await socket.subscribe("session", sessionId=session_id)
    await note(session_id)
    await socket.until("session_update", number=await seq_of(session_id))
    await socket.leave()


async def test_a_client_that_offers_our_subprotocol_gets_it(session_id: str) -> None:
    socket = await Socket(subprotocols=["other", SUBPROTOCOL]).open()
    assert socket.subprotocol == SUBPROTOCOL
    await socket.leave()


async def test_heartbeats(session_id: str, limits: Callable[..., None]) -> None:
    limits(heartbeat_seconds=0.1)
    socket = await Socket().open()
    await socket.until("heartbeat")
    await asyncio.sleep(0)
    await socket.leave()
