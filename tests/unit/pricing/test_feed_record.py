"""When a feed is asked again, and what is kept of what it said: without a clock."""

from fractions import Fraction

import msgspec
import pytest

from pricing.feeds.base import Answer, Said
from pricing.feeds.record import Asked, FeedRecord, after_answer, after_failure

T = 1_800_000_000_000


def said(price: str, at: int = 0) -> Answer:
    return Answer({"ETH": Said(Fraction(price), at)})


def test_an_answer_holds_for_the_cache() -> None:
    record = after_answer(FeedRecord(), said("3200.5"), Asked(T, T + 80), 30_000)
    assert not record.is_due(T + 29_999)
    assert record.is_due(T + 30_000)
    assert (record.state, record.requests, record.errors, record.answered_ms) == ("closed", 1, 0, T + 80)
    assert record.prices["ETH"].observed_ms == T + 80, "a source without a moment of its own: when it answered"
    assert after_answer(record, said("1", T - 5), Asked(T, T), 1).prices["ETH"].observed_ms == T - 5


def test_a_price_that_stands_still_keeps_the_moment_at_which_it_last_moved() -> None:
    first = after_answer(FeedRecord(), said("3200.5"), Asked(T, T), 30_000)
    same = after_answer(first, said("3200.50"), Asked(T + 30_000, T + 30_000), 30_000)
    moved = after_answer(same, said("3200.51"), Asked(T + 60_000, T + 60_000), 30_000)
    assert [one.prices["ETH"].changed_ms - T for one in (first, same, moved)] == [0, 0, 60_000]


def test_what_a_feed_keeps_silent_about_stays_as_it_was() -> None:
    first = after_answer(FeedRecord(), said("3200.5"), Asked(T, T), 30_000)
    second = after_answer(first, Answer({"NEAR": Said(Fraction(2))}, {"ETH": "nan"}), Asked(T + 1, T + 1), 30_000)
    assert set(second.prices) == {"ETH", "NEAR"}
    assert second.prices["ETH"] == first.prices["ETH"]
    assert second.faults == {"ETH": "nan"}


def test_pauses_double_up_to_five_minutes() -> None:
    record, pauses = FeedRecord(), []
    for _ in range(9):
        record = after_failure(record, "HTTP 500", Asked(T, T), 0.0, 0.0)
        pauses.append((record.next_ms - T) / 1000)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert (record.state, record.failures, record.errors, record.error) == ("open", 9, 9, "HTTP 500")
    assert after_answer(record, said("1"), Asked(T, T), 1).state == "closed"


@pytest.mark.parametrize(("asked", "seconds"), [(77.0, 77), (1.0, 5), (1e9, 3600)])
def test_retry_after_is_heeded_within_reason(asked: float, seconds: int) -> None:
    assert after_failure(FeedRecord(), "429", Asked(T, T), asked, 0.0).next_ms == T + seconds * 1000


def test_a_failure_keeps_the_prices_and_jitter_only_adds() -> None:
    first = after_answer(FeedRecord(), said("3200.5"), Asked(T, T), 30_000)
    failed = after_failure(first, "HTTP 500", Asked(T, T), 0.0, 1.0)
    assert failed.prices == first.prices
    assert failed.next_ms == T + 5_500


def test_a_record_survives_the_board() -> None:
    first = after_answer(FeedRecord(), said("3200.123456789012345678"), Asked(T, T), 30_000)
    again = msgspec.json.decode(msgspec.json.encode(first), type=FeedRecord)
    assert again == first
    assert Fraction(again.prices["ETH"].price) == Fraction("3200.123456789012345678")


def test_a_clock_that_ran_ahead_holds_nobody_back() -> None:
    hour = 3_600_000
    record = after_answer(FeedRecord(), said("3200.5"), Asked(T + hour, T + hour), 30_000)
    assert record.is_due(T)
    assert not record.is_due(T + hour)
    assert not record.is_due(T + hour - 59_000)
