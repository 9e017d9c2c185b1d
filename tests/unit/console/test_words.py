"""Figures in words."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from balancer.console.words import dollars, moment_html, moments_fill, percent, plural, relative, span

AT = datetime(2026, 11, 21, 17, 45, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45.9, "45 s"), (60, "1 min"), (200, "3 min"), (3_600, "1 h"), (7_500, "2 h 5 min"), (39_000, "10 h"),
     (97_200, "1 d 3 h"), (86_400 * 12 + 7_200, "12 d"), (-5, "0 s")],
)  # fmt: skip
def test_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_fine_spans_have_seconds() -> None:
    assert span(165, fine=True) == "2 min 45 s"
    assert span(660, fine=True) == "11 min"


def test_what_was_and_what_is_to_come() -> None:
    assert relative(180) == "3 min ago"
    assert relative(-180) == "in 3 min"
    assert relative(0.4) == "now"


def test_a_time_is_complete_once_it_is_shown() -> None:
    html = moment_html(AT)
    assert 'title="2026-11-21 17:45:40 UTC"' in html
    assert moments_fill(html, AT.replace(minute=48)).endswith(">21 Nov 17:45:40 · 3 min ago</time>")
    short = moments_fill(moment_html(AT, clock=False), AT.replace(minute=44))
    assert short.endswith(">in 1 min</time>")


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (Fraction(0), "$0.00"), (Fraction(1, 1_000), "< $0.01"), (Fraction(1999, 1000), "$1.99"),
     (Fraction(9_876_543), "$9\u202f876\u202f543")],
)  # fmt: skip
def test_dollars(value: Fraction | None, words: str) -> None:
    assert dollars(value) == words


def test_nearly_all_is_not_all() -> None:
    assert percent(9_999, 10_000) == "99.9 %"
    assert percent(10, 10) == "100 %"
    assert percent(0, 0) == "–"


def test_plurals() -> None:
    assert (plural(1, "lock"), plural(2, "lock"), plural(0, "lock stands", "locks stand")) == (
        "1 lock",
        "2 locks",
        "0 locks stand",
    )
