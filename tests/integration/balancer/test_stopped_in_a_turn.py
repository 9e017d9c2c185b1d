"""A process that is stopped in the middle of its turn holds up no other one for good: each transaction of a turn is ended by the
server once it says nothing, whatever rows it holds."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from balancer.conditions.readings import Probe, Reading
from balancer.conditions.survey import survey
from balancer.metrics.tallies import tallies_advance
from balancer.models import Notice, TallyMark, Watch
from balancer.notices.targets import targets
from balancer.notices.writing import notices_write
from swaps.models import Alert
from swaps.services.alerts import Trouble, alert_clear, alert_publish
from tests.integration.balancer.test_metrics import chains, moved, session

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["chains"]
WAIT = 20.0  # seconds, for what comes within one on a machine that does nothing else
DISKS: list[float] = []
DISK = (Probe(("disk_low",), lambda: [Reading("disk_low", "disk", disk, "one") for disk in DISKS]),)


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who waits in vain fails instead of waiting for good."""
    monkeypatch.setattr("access.transactions.PATIENCE_MS", 1_000)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '6s'")
        yield
        cursor.execute("RESET lock_timeout")


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Runs work in a thread of its own that stands still for good as soon as it calls what is named."""
    there, over = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def stop(point: str, work: Callable[[], object]) -> None:
        def hang(*_: Any, **__: Any) -> None:
            there.set()
            over.wait(WAIT)
            raise RuntimeError("it was let go")

        def run() -> None:
            try:
                work()
            except (RuntimeError, DatabaseError):
                pass  # the server has ended its transaction meanwhile
            finally:
                connection.close()

        with monkeypatch.context() as patch:
            patch.setattr(point, hang)
            threads.append(threading.Thread(target=run))
            threads[0].start()
            assert there.wait(WAIT)

    yield stop
    over.set()
    for thread in threads:
        thread.join(WAIT)


def within_patience(work: Callable[[], int]) -> int:
    """What it gives as soon as it gives anything."""
    until = time.monotonic() + WAIT / 2
    while not (found := work()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def test_in_the_counting(stopped: Any, chains: Any) -> None:
    moved(session(1), 1, "", "initialized", timezone.now() - timedelta(minutes=1))
    TallyMark.objects.create(metric="transitions")
    stopped("balancer.metrics.tallies.reactions", tallies_advance)
    assert tallies_advance() == 0, "the row is another's, and nobody waits for it"
    assert within_patience(tallies_advance) == 1


def test_in_the_messages(stopped: Any, settings: Any) -> None:
    settings.ALERTS = {**settings.ALERTS, "urls": ["json://127.0.0.1:1/"]}
    alert_publish(Trouble("redis_down", "away", Alert.Severity.ERROR, rule="redis_down"))
    assert targets(), "what reads addresses is loaded before the clock runs"
    stopped("balancer.notices.writing.notice_send", notices_write)
    assert alert_clear("redis_down") is not None, "the alert's row is locked by the one that hangs"
    assert within_patience(lambda: int(notices_write() is not None)) == 1 and Notice.objects.count() == 1


def test_in_the_memory_of_the_rules(stopped: Any) -> None:
    DISKS[:] = [1.0]
    assert survey(DISK) == 1
    DISKS[:] = []
    stopped("django.db.models.query.QuerySet.bulk_create", lambda: survey(DISK))
    DISKS[:] = [9_000.0]
    survey(DISK)
    assert not Watch.objects.exists()
