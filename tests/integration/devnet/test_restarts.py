"""The restart policy: what ends comes back by itself, ever more slowly, and is given up in the end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from balancer.embedded import ensure, release, status
from devnet import restarts
from devnet.restarts import Restarts, Ward, children
from devnet.supervisor import Supervisor

SLEEPER = ["-c", "import time; print('here', flush=True); time.sleep(60)"]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor({}, tmp_path / "log", tmp_path) as running:
        yield running


def eventually(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_a_killed_child_comes_back(supervisor: Supervisor) -> None:
    supervisor.start("sleeper", SLEEPER)
    first = supervisor.processes["sleeper"].pid
    with Restarts(children(supervisor, ["sleeper"])) as policy:
        supervisor.kill9("sleeper")
        assert eventually(lambda: supervisor.is_running("sleeper"))
        assert supervisor.processes["sleeper"].pid != first
        assert eventually(lambda: policy.counts["sleeper"] == 1)


def test_what_never_lasts_is_given_up_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "BACKOFF_SECONDS", (0.0,))
    monkeypatch.setattr(restarts, "GIVE_UP_SECONDS", 0.3)

    def refuse() -> None:
        raise OSError("no room left")

    with Restarts([Ward("disk", lambda: False, refuse)]) as policy:
        assert eventually(lambda: policy.trouble is not None)
    assert "disk" in str(policy.trouble)
    assert "no room left" in str(policy.trouble)


def test_what_ends_at_once_is_started_ever_more_slowly() -> None:
    starts: list[float] = []
    with Restarts([Ward("hasty", lambda: False, lambda: starts.append(time.monotonic()))]):
        assert eventually(lambda: len(starts) == 3)
    assert starts[1] - starts[0] > 0.4
    assert starts[2] - starts[1] > 0.9


def test_no_start_happens_after_the_end(supervisor: Supervisor) -> None:
    supervisor.start("sleeper", SLEEPER)
    with Restarts(children(supervisor, ["sleeper"])):
        pass
    supervisor.kill9("sleeper")
    assert not supervisor.is_running("sleeper")


def test_killed_servers_come_back_at_their_addresses_with_what_was_committed(tmp_path: Path) -> None:
    import psutil
    import psycopg

    folder = tmp_path / "services"
    services = ensure(folder, own=True)
    try:
        with psycopg.connect(services.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (what text)")
            connection.execute("INSERT INTO kept VALUES ('committed')")
        for pid in status(folder).values():
            psutil.Process(pid).kill()
        assert eventually(lambda: not any(status(folder).values()))
        assert ensure(folder, own=True) == services
        with psycopg.connect(services.database_url) as connection:
            assert connection.execute("SELECT what FROM kept").fetchone() == ("committed",)
    finally:
        release(folder)
