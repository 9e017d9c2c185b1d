"""The console's feed: for whom it opens, what it says and when, and that it ends with the operator's session."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from balancer.asgi import application
from balancer.console import feed as feeds
from balancer.console.operators import is_own_page, session_key
from swaps.models import SwapSession
from tests.browser import log_in, person_make, sessions_end
from tests.crowd import crowd_make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("chains", "quick")]
OWN = "http://testserver"
PATIENCE = 10


@pytest.fixture(scope="module", autouse=True)
def connections_end(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Channels' communicator keeps the threads' connections open, which the service itself gives back."""
    yield
    with django_db_blocker.unblock():
        sessions_end()


@pytest.fixture
def quick(settings: Any) -> None:
    settings.CONSOLE = {
        **settings.CONSOLE, "push_seconds": 0.05, "survey_seconds": 0.01, "recheck_seconds": 0.1, "heartbeat_seconds": 0.2,
    }  # fmt: skip


@pytest.fixture
def cookie(transactional_db: None) -> Callable[..., str]:
    """The cookie of somebody who is logged in."""

    def make(role: str = "viewer", **fields: Any) -> str:
        client = log_in(person_make(role, **fields))
        return f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"

    return make


@asynccontextmanager
async def opened(cookie: str = "", *, origin: str = OWN, have: str = "") -> AsyncIterator[WebsocketCommunicator]:
    headers = [(b"host", b"testserver"), (b"cookie", cookie.encode())]
    headers += [(b"origin", origin.encode())] if origin else []
    socket = WebsocketCommunicator(application, f"/ws/console?have={have}", headers=headers)
    accepted, _ = await socket.connect(timeout=PATIENCE)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect(timeout=PATIENCE)


async def code_of(socket: WebsocketCommunicator) -> int:
    """With what it closes."""
    while (said := await socket.receive_output(timeout=PATIENCE))["type"] != "websocket.close":
        pass
    return int(said["code"])


async def figures(socket: WebsocketCommunicator) -> dict[str, Any]:
    """The next message that has figures."""
    while (said := await socket.receive_json_from(timeout=PATIENCE))["type"] != "figures":
        pass
    found: dict[str, Any] = said
    return found


async def test_a_viewer_is_told_everything_at_first(cookie: Callable[..., str]) -> None:
    async with opened(await database_sync_to_async(cookie)()) as socket:
        said = await figures(socket)
    assert {one["name"] for one in said["sections"]} == {"now", "strip", "active", "recent", "money", "chain", "moved"}


async def test_nobody_is_told_nothing(cookie: Callable[..., str]) -> None:
    for wrong in ("", "sessionid=made-up", "sessionid"):
        async with opened(wrong) as socket:
            assert await code_of(socket) == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "null", ""])
async def test_another_sites_page_is_told_nothing(cookie: Callable[..., str], origin: str) -> None:
    async with opened(await database_sync_to_async(cookie)(), origin=origin) as socket:
        assert await code_of(socket) == 4403


async def test_who_may_see_nothing_is_told_nothing(cookie: Callable[..., str]) -> None:
    def bare() -> str:
        made = cookie(username="newcomer")
        get_user_model().objects.get(username="newcomer").groups.clear()
        return made

    async with opened(await database_sync_to_async(bare)()) as socket:
        assert await code_of(socket) == 4403


async def test_only_what_changes_is_pushed(cookie: Callable[..., str]) -> None:
    crowd = await database_sync_to_async(crowd_make)(12, active=11)
    async with opened(await database_sync_to_async(cookie)()) as socket:
        first = await figures(socket)
        have = {one["name"]: one["digest"] for one in first["sections"]}
        # nothing has changed: it says that it lives, and nothing else
        assert [(await socket.receive_json_from(timeout=PATIENCE))["type"] for _ in range(2)] == ["alive", "alive"]
        await database_sync_to_async(SwapSession.objects.filter(pk=crowd.active[0]).update)(attention="look here")
        changed = await figures(socket)
        assert [one["name"] for one in changed["sections"]] == ["now"]
        assert "look here" in changed["sections"][0]["html"] and changed["sections"][0]["digest"] != have["now"]


async def test_what_the_page_shows_is_not_sent_again(cookie: Callable[..., str]) -> None:
    mine = await database_sync_to_async(cookie)()
    async with opened(mine) as socket:
        first = await figures(socket)
    have = ",".join(f"{one['name']}:{one['digest']}" for one in first["sections"] if one["name"] != "chain")
    async with opened(mine, have=have) as socket:
        assert [one["name"] for one in (await figures(socket))["sections"]] == ["chain"]


@pytest.mark.parametrize("end", ["logged out", "deactivated", "expired"])
async def test_it_ends_with_the_session(cookie: Callable[..., str], end: str) -> None:
    async with opened(await database_sync_to_async(cookie)()) as socket:
        await figures(socket)
        if end == "logged out":
            await database_sync_to_async(Session.objects.all().delete)()
        elif end == "deactivated":
            await database_sync_to_async(get_user_model().objects.update)(is_active=False)
        else:
            await database_sync_to_async(Session.objects.update)(expire_date="2020-01-01T00:00:00Z")
        assert await code_of(socket) == 4401


async def test_rights_that_are_taken_are_gone(cookie: Callable[..., str]) -> None:
    async with opened(await database_sync_to_async(cookie)()) as socket:
        await figures(socket)
        await database_sync_to_async(_take_rights)("viewer")
        assert await code_of(socket) == 4403


def _take_rights(username: str) -> None:
    get_user_model().objects.get(username=username).groups.clear()


async def test_many_who_look_on_cost_one_survey(cookie: Callable[..., str], monkeypatch: Any) -> None:
    taken, real = [], feeds.snapshot

    def counted() -> Any:
        taken.append(1)
        return real()

    monkeypatch.setattr(feeds, "snapshot", counted)
    mine = await database_sync_to_async(cookie)()
    async with opened(mine) as one, opened(mine) as two, opened(mine) as three:
        for socket in (one, two, three):
            await figures(socket)
        taken.clear()
        beats = [await socket.receive_json_from(timeout=PATIENCE) for socket in (one, two, three)]
        assert [beat["type"] for beat in beats] == ["alive"] * 3
        assert len(taken) <= 8  # one in 0.05 s, while 0.2 s passed: not three times as many
    assert not feeds.feed()._watchers and feeds.feed()._task is None, "nobody looks on, and it goes on reading"


async def test_figures_that_cannot_be_read_are_said_to_be_so(cookie: Callable[..., str], monkeypatch: Any) -> None:
    async with opened(await database_sync_to_async(cookie)()) as socket:
        await figures(socket)
        monkeypatch.setattr(feeds, "snapshot", _unreadable)
        async with asyncio.timeout(PATIENCE):
            while (await socket.receive_json_from(timeout=PATIENCE))["type"] != "blind":
                pass


def _unreadable() -> None:
    raise RuntimeError("the database is away")


def test_pages_of_our_own(settings: Any) -> None:
    def asked(origin: str, host: str) -> bool:
        return is_own_page([(b"Origin", origin.encode()), (b"Host", host.encode())])

    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["swaps.example", "127.0.0.1"], ["https://ops.example"]
    assert asked("https://swaps.example", "swaps.example")
    assert asked("http://127.0.0.1:8080", "127.0.0.1:8080")
    assert asked("https://ops.example", "swaps.example")
    assert not asked("http://127.0.0.1:8081", "127.0.0.1:8080")
    assert not asked("https://rebound.example", "rebound.example")
    assert not asked("file://swaps.example", "swaps.example")


def test_cookies_are_read_with_care() -> None:
    assert session_key([(b"Cookie", b"a=b; sessionid=xyz")]) == "xyz"
    assert session_key([(b"cookie", b"other=1")]) == ""
    assert session_key([]) == ""
