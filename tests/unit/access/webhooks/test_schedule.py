"""When deliveries are tried, and what headers they bear: the specification's own figures."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.webhooks.events import PING, TYPES, EventType, types_add, types_of, wanted
from access.webhooks.schedule import (
    DELAYS,
    MAX_ATTEMPTS,
    QUIET_MOST,
    RETRY_AFTER_MOST,
    next_attempt,
    quiet_seconds,
    retry_after_seconds,
)
from access.webhooks.signatures import headers_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_schedule_is_the_specifications() -> None:
    """Its table's "time since start", up to the row that is past a day."""
    since, told = timedelta(), []
    for delay in DELAYS:
        since += timedelta(seconds=delay)
        told.append(int(since.total_seconds()))
    assert told == [0, 5, 305, 2105, 9305, 27305, 63305, 113705]
    assert timedelta(days=1) < since < timedelta(days=2)


@given(st.integers(1, MAX_ATTEMPTS - 1), st.floats(0, 1))
def test_jitter_puts_off_by_at_most_a_tenth(attempts: int, chance: float) -> None:
    at = next_attempt(attempts, NOW, chance=chance)
    assert at is not None
    assert 1 <= (at - NOW).total_seconds() / DELAYS[attempts] <= 1.1 + 1e-6


def test_after_the_last_attempt_there_is_none() -> None:
    assert next_attempt(MAX_ATTEMPTS, NOW, chance=0) is None
    assert next_attempt(MAX_ATTEMPTS + 5, NOW, chance=0) is None


def test_retry_after_puts_off_and_never_forward() -> None:
    assert next_attempt(1, NOW, chance=0, retry_after=60) == NOW + timedelta(seconds=60)
    assert next_attempt(5, NOW, chance=0, retry_after=60) == NOW + timedelta(seconds=DELAYS[5])


def test_the_pause_of_a_failing_endpoint_doubles_up_to_five_minutes() -> None:
    assert [quiet_seconds(failures) for failures in (1, 2, 3)] == [2, 4, 8]
    assert quiet_seconds(50) == quiet_seconds(10**6) == QUIET_MOST
    assert quiet_seconds(1, 900) == 900


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999999999", RETRY_AFTER_MOST),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60),
        ("Fri, 02 Jan 2026 03:05:05 -0000", 60),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0),
        ("Fri, 02 Jan 2099 00:00:00 GMT", RETRY_AFTER_MOST),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text(max_size=40))
def test_no_header_breaks_it(header: str) -> None:
    found = retry_after_seconds(header, NOW)
    assert found is None or 0 <= found <= RETRY_AFTER_MOST


def test_the_published_signature_vector() -> None:
    """That of the specification's libraries."""
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    headers = headers_of(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body='{"test": 2432232314}',
        at=at,
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TYPES, "a.b", EventType("a.b", "one"))
    monkeypatch.setitem(TYPES, "a.c", EventType("a.c", "another"))
    assert wanted([], "a.b")
    assert wanted(["a.b"], "a.b")
    assert wanted(["a.*"], "a.c")
    assert wanted(["a.c"], PING)
    assert not wanted(["a.b"], "a.c")
    assert not wanted(["a.*"], "ab.c")
    assert [one.name for one in types_of("a.*")] == ["a.b", "a.c"]
    assert types_of("nothing.*") == types_of("*") == types_of(PING) == []


def test_a_type_means_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TYPES, "a.b", EventType("a.b", "one"))
    types_add([EventType("a.b", "one")])
    with pytest.raises(ValueError, match=r"a\.b stands twice"):
        types_add([EventType("a.b", "another")])
