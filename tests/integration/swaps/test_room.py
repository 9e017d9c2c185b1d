"""However many make sessions at once, there are never more than allowed; and far from the limit nobody waits for another."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from chains.models import Chain
from swaps.errors import TooManySessions
from swaps.models import SwapSession
from swaps.services.sessions import session_create
from swaps.validation import session_request
from tests.integration.swaps.conftest import SEED_BODY
from tests.threads import giving_back

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 30.0
AT_ONCE = 8


@pytest.fixture(autouse=True)
def watched(transactional_db: None, chains: dict[str, Chain]) -> None:
    """The chains that a session needs."""


def most_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int")
        return int(cursor.fetchone()[0])


def make(principal: str = "key:a") -> str:
    return str(session_create(request=session_request(SEED_BODY), principal=principal).pk)


def make_or_not(principal: str) -> bool:
    try:
        make(principal)
    except TooManySessions:
        return False
    else:
        return True
    finally:
        connections.close_all()


def make_at_once(count: int, principals: tuple[str, ...]) -> int:
    """How many of `count` were made, by several threads."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(make_or_not, [principals[at % len(principals)] for at in range(count)]))


@contextmanager
def uncommitted() -> Iterator[None]:
    """Meanwhile another transaction has made a session, and has not committed it."""
    made, go_on = threading.Event(), threading.Event()

    @giving_back
    def hold() -> None:
        with transaction.atomic():
            make("key:other")
            made.set()
            assert go_on.wait(WAIT)

    with ThreadPoolExecutor(1) as pool:
        held: Future[None] = pool.submit(hold)
        assert made.wait(WAIT)
        try:
            yield
        finally:
            go_on.set()
            held.result(WAIT)


def test_too_many_at_once_of_one_key(settings: Any) -> None:
    """Near the limit from the first on."""
    settings.MAX_ACTIVE_SESSIONS_PER_KEY = 5
    assert make_at_once(40, ("key:a", "key:b")) == 10
    assert SwapSession.objects.filter(principal="key:a").count() == 5


def test_too_many_at_once_in_all__coming_from_afar(settings: Any) -> None:
    """The first of them share the lock; towards the limit they take turns."""
    settings.MAX_ACTIVE_SESSIONS = most_connections() + 10
    wanted = settings.MAX_ACTIVE_SESSIONS + 20
    assert make_at_once(wanted, ("key:a", "key:b", "key:c")) == settings.MAX_ACTIVE_SESSIONS
    assert SwapSession.objects.count() == settings.MAX_ACTIVE_SESSIONS


def test_far_from_the_limit_nobody_waits(settings: Any) -> None:
    settings.MAX_ACTIVE_SESSIONS = settings.MAX_ACTIVE_SESSIONS_PER_KEY = most_connections() + 2
    with uncommitted(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(make_or_not, "key:a").result(WAIT)


def test_near_the_limit_one_waits_for_what_the_other_makes(settings: Any) -> None:
    """The one room left is the other's, who came first, though nobody sees his session yet."""
    settings.MAX_ACTIVE_SESSIONS = 1
    with ThreadPoolExecutor(1) as pool:
        with uncommitted():
            late = pool.submit(make_or_not, "key:a")
            with pytest.raises(TimeoutError):
                late.result(0.3)
        assert not late.result(WAIT)
    assert SwapSession.objects.count() == 1


def test_a_sharer_who_came_first_is_waited_for(settings: Any) -> None:
    """The other shares the lock, for his limit is far; this one's is near: he sees the other's session before he counts."""
    settings.MAX_ACTIVE_SESSIONS = settings.MAX_ACTIVE_SESSIONS_PER_KEY = most_connections() + 2
    with ThreadPoolExecutor(1) as pool:
        with uncommitted():
            settings.MAX_ACTIVE_SESSIONS = 1
            late = pool.submit(make_or_not, "key:a")
            with pytest.raises(TimeoutError):
                late.result(0.3)
        assert not late.result(WAIT)


def test_a_refusal_lets_go_of_the_lock(settings: Any) -> None:
    settings.MAX_ACTIVE_SESSIONS = 1
    make()
    assert not make_or_not("key:a")
    settings.MAX_ACTIVE_SESSIONS = 2
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(make_or_not, "key:a").result(WAIT)


def test_finished_sessions_do_not_count(settings: Any) -> None:
    settings.MAX_ACTIVE_SESSIONS = settings.MAX_ACTIVE_SESSIONS_PER_KEY = 1
    first = make()
    SwapSession.objects.filter(pk=first).update(status="cancelled", finished_at=timezone.now())
    make()
