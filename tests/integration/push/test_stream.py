"""`GET /api/v1/sessions/{id}/stream`: Server-Sent Events."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async

from access.services import api_key_revoke
from swaps.push import reading
from tests.integration.push.clients import Stream, note, seq_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_snapshot_and_then_every_update(session_id: str) -> None:
    before = await seq_of(session_id)
    stream = Stream(session_id)
    assert await stream.open() == 200
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "ratelimit" in stream.headers
    await stream.until("session_snapshot")
    await note(session_id, 3)
    events = await stream.events(before + 3)
    assert [(name, number) for name, number, _ in events] == [
        ("session_snapshot", before),
        *[("session_update", before + more) for more in (1, 2, 3)],
    ]
    assert all(data["seq"] == number and data["sessionId"] == session_id for _, number, data in events)
    await stream.leave()


@pytest.mark.parametrize("how", ["header", "query"])
async def test_it_resumes_after_the_last_event_id(session_id: str, how: str) -> None:
    before = await seq_of(session_id)
    await note(session_id, 2)
    sent: dict[str, Any] = {"last_event_id": str(before + 1)} if how == "header" else {"query": f"since={before + 1}"}
    stream = Stream(session_id, **sent)
    assert await stream.open() == 200
    events = await stream.events(before + 2)
    assert [number for _, number, _ in events] == [before + 2]
    await stream.leave()


async def test_a_resume_from_the_first_event_reads_all_of_a_long_history(session_id: str) -> None:
    await note(session_id, 600)
    last = await seq_of(session_id)
    stream = Stream(session_id, query="since=0")
    assert await stream.open() == 200
    assert [number for _, number, _ in await stream.events(last)] == list(range(1, last + 1))
    await stream.leave()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": ""}, 401, "not_authenticated"),
        ({"key": "1b_000000000000_nonsense"}, 401, "invalid_credentials"),
        ({"query": "api_key=test-bootstrap-key", "key": ""}, 400, "credential_in_url"),
        ({"last_event_id": "x"}, 400, "validation_error"),
        ({"last_event_id": "99999"}, 400, "validation_error"),
        ({"last_event_id": "-1"}, 400, "validation_error"),
    ],
)
async def test_refusals_are_problem_documents(session_id: str, changes: dict[str, Any], status: int, code: str) -> None:
    stream = Stream(session_id, **changes)
    assert await stream.open() == status
    assert stream.headers["content-type"] == "application/problem+json"
    assert json.loads(stream.text)["code"] == code
    assert ("www-authenticate" in stream.headers) == (status == 401)


async def test_a_session_of_somebody_else_is_not_there(session_id: str, new_key: Callable[..., Any]) -> None:
    _, foreign = await database_sync_to_async(new_key)()
    for asked, key in ((session_id, foreign), ("sess_nothing", foreign), ("%00", foreign)):
        stream = Stream(asked, key)
        assert await stream.open() == 404
        assert json.loads(stream.text)["code"] == "session_not_found"


async def test_a_key_without_the_scope_is_refused(session_id: str, new_key: Callable[..., Any]) -> None:
    _, poor = await database_sync_to_async(new_key)("quotes:read")
    stream = Stream(session_id, poor)
    assert await stream.open() == 403
    assert json.loads(stream.text)["code"] == "insufficient_scope"


async def test_a_revoked_key_ends_its_streams(
    session_id: str, new_key: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, text = await database_sync_to_async(new_key)("*")
    stream = Stream(session_id, text)
    assert await stream.open() == 200
    await stream.until("session_snapshot")
    await database_sync_to_async(api_key_revoke)(prefix=key.prefix, actor_kind="command", actor_id="test")
    await stream.until('event: error\ndata: {"code": "not_authenticated"}')
    await stream.leave()


async def test_a_browser_of_an_allowed_origin_may_read_it(session_id: str, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://wallet.example"]
    told = []
    for origin in ("https://wallet.example", "https://evil.example"):
        stream = Stream(session_id, origin=origin)
        assert await stream.open() == 200
        told.append(stream.headers.get("access-control-allow-origin"))
        await stream.leave()
    assert told == ["https://wallet.example", None]


async def test_no_follower_holds_a_thread(session_id: str) -> None:
    """A Django view would: its middleware alone has a thread for as long as the answer lasts."""
    streams = [Stream(session_id) for _ in range(60)]
    before = threading.active_count()
    for stream in streams:
        assert await stream.open() == 200
        await stream.until("session_snapshot")
    assert threading.active_count() - before <= reading.THREADS
    for stream in streams:
        await stream.leave()


async def test_more_streams_than_allowed_are_told_to_wait(session_id: str, limits: Callable[..., None]) -> None:
    limits(connections_per_key=2)
    first, second, third = (Stream(session_id) for _ in range(3))
    assert [await stream.open() for stream in (first, second, third)] == [200, 200, 429]
    assert third.headers["retry-after"] == "5"
    await first.leave()
    fourth = Stream(session_id)
    assert await fourth.open() == 200
    await second.leave()
    await fourth.leave()


async def test_heartbeats_keep_the_connection(session_id: str, limits: Callable[..., None]) -> None:
    limits(heartbeat_seconds=0.1)
    stream = Stream(session_id)
    assert await stream.open() == 200
    await stream.until(": heartbeat\n\n")
    await stream.leave()


def test_a_server_of_wsgi_sends_followers_on(session_id: str, api: Any) -> None:
    answer = api.get(f"/api/v1/sessions/{session_id}/stream", HTTP_ACCEPT="text/event-stream")
    assert (answer.status_code, answer.json()["code"]) == (421, "misdirected_request")
