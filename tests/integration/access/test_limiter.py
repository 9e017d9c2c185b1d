"""Counting in Valkey: exact where limits are small, batches where they are large, and alone when Valkey is away."""

import threading
import uuid
from typing import Any

import pytest

from access.limits.limiter import RETRY_SECONDS, Limiter
from access.limits.policies import Bucket, Quota, headers_of
from access.limits.shared import SharedCount

AWAY = "redis://127.0.0.1:1/0"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def own_namespace(settings: Any) -> None:
    settings.RATE_LIMIT_NAMESPACE = f"test:{uuid.uuid4().hex}"


def bucket(limit: int, window_ms: int = 60_000, subject: str = "ada") -> Bucket:
    return Bucket("key", subject, limit, window_ms)


def passed(limiter: Limiter, one: Bucket, requests: int) -> int:
    return sum(quota.allowed for _ in range(requests) for quota in limiter.take(one))


def test_processes_share_one_limit_exactly_when_it_is_small() -> None:
    processes = [Limiter(SharedCount()) for _ in range(3)]
    assert sum(passed(process, bucket(10), 1) for _ in range(5) for process in processes) == 10
    quota = processes[0].take(bucket(10))[0]
    assert (quota.allowed, quota.remaining) == (False, 0) and 1 <= quota.reset_seconds <= 60


def test_a_large_limit_is_never_exceeded_and_costs_few_round_trips(monkeypatch: pytest.MonkeyPatch) -> None:
    trips: list[int] = []
    lease = SharedCount.lease

    def counted(self: SharedCount, wanted: Any) -> Any:
        trips.append(1)
        return lease(self, wanted)

    monkeypatch.setattr(SharedCount, "lease", counted)
    processes, one = [Limiter(SharedCount()) for _ in range(3)], bucket(3000)
    allowed = sum(passed(process, one, 40) for _ in range(30) for process in processes)
    allowed += sum(passed(process, one, 200) for process in processes)
    unused = sum(lease.granted for process in processes for lease in process._leases.values())
    assert allowed + unused == 3000 and unused <= 60
    assert len(trips) < 300


def test_of_simultaneous_requests_no_more_than_the_limit_pass() -> None:
    limiter, one, together = Limiter(SharedCount()), bucket(200), threading.Barrier(8)
    found: list[int] = []

    def run() -> None:
        together.wait(30)
        found.append(passed(limiter, one, 50))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(found) == 200


def test_an_empty_bucket_costs_no_round_trip_and_a_new_window_opens_it(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    clock = Clock()
    limiter, one = Limiter(SharedCount(), clock), bucket(2, 50_000)
    assert passed(limiter, one, 3) == 2
    with monkeypatch.context() as patch:
        patch.setattr(SharedCount, "lease", lambda *_: pytest.fail("it asked"))
        assert passed(limiter, one, 5) == 0
    limiter.client.delete(f"{settings.RATE_LIMIT_NAMESPACE}:{one.name}")  # what the end of the window is, over there
    clock.now += 51
    assert passed(limiter, one, 3) == 2


def test_two_buckets_are_one_round_trip_and_each_counts() -> None:
    limiter = Limiter(SharedCount())
    both = bucket(10), bucket(1, subject="eve")
    assert [quota.allowed for quota in limiter.take(*both)] == [True, True]
    assert [(quota.allowed, quota.remaining) for quota in limiter.take(*both)] == [(True, 8), (False, 0)]


def test_zero_is_no_limit() -> None:
    assert Limiter(SharedCount()).take(bucket(0)) == [] and headers_of([]) == {}


def test_while_valkey_is_away_each_process_counts_alone_and_says_so_once(settings: Any, log_lines: Any) -> None:
    good, clock = settings.REDIS_URL, Clock()
    settings.REDIS_URL = AWAY
    shared = SharedCount()
    limiter, one = Limiter(shared, clock), bucket(5)
    assert passed(limiter, one, 3) == 3
    clock.now += RETRY_SECONDS + 1
    assert passed(limiter, one, 4) == 2  # the same window goes on
    assert limiter.is_away
    settings.REDIS_URL = good
    for name in ("client", "_script"):
        shared.__dict__.pop(name, None)
    assert passed(limiter, one, 1) == 0  # not asked again yet
    clock.now += RETRY_SECONDS + 1
    assert passed(limiter, one, 6) == 5 and not limiter.is_away
    assert [line["event"] for line in log_lines] == ["access.limits_local", "access.limits_shared"]


@pytest.fixture
def log_lines() -> Any:
    from structlog.testing import capture_logs

    with capture_logs() as lines:
        yield lines


def test_the_headers_are_the_drafts() -> None:
    """draft-ietf-httpapi-ratelimit-headers-10, 3 and 4: lists of items with parameters (RFC 9651)."""
    quotas = [
        Quota(Bucket("anonymous", "a", 100, 900_000), True, 50, 30),
        Quota(Bucket("wrong-key", "a", 20, 1500), True, 3, 2),
    ]
    assert headers_of(quotas) == {
        "RateLimit": '"anonymous";r=50;t=30, "wrong-key";r=3;t=2',
        "RateLimit-Policy": '"anonymous";q=100;w=900, "wrong-key";q=20;w=2',
    }
