"""Pictures of figures: what there is, is seen, and nothing leaves the frame."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from balancer.console.drawing import bars, spark

COUNTS = st.lists(st.integers(0, 10**9), min_size=2, max_size=30)


@given(COUNTS)
def test_a_line_stays_in_its_frame(values: list[int]) -> None:
    drawn = spark(values, width=120, height=28)
    assert drawn is not None
    points = [tuple(map(Fraction, point.split(","))) for point in drawn.line.split()]
    assert len(points) == len(values)
    assert all(0 <= x <= 120 and 0 <= y <= 28 for x, y in points)
    highest = min(y for _, y in points)
    assert points[values.index(max(values))][1] == highest


def test_a_line_needs_two_ends() -> None:
    assert spark([3]) is None


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=24))
def test_bars_show_whatever_there_is(columns: list[tuple[int, int]]) -> None:
    drawn = bars([[("good", good), ("bad", bad)] for good, bad in columns], width=480, height=96)
    for bar, (good, bad) in zip(drawn, columns, strict=True):
        assert [part.kind for part in bar.parts] == [kind for kind, count in (("good", good), ("bad", bad)) if count]
        assert all(Fraction(part.height) >= 1 and Fraction(part.y) >= 0 for part in bar.parts)


def test_the_highest_bar_fills_the_height() -> None:
    low, high = bars([[("good", 5)], [("good", 10)]], width=480, height=96)
    assert (low.parts[0].height, high.parts[0].height) == ("48", "96")
