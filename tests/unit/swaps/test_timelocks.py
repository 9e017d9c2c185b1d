"""The ladder: its inequality holds for every plan, and unsafe figures are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swaps.timelocks import ChainFigures, LadderError, latest_destination_expiry, margins, plan

FIGURES = st.builds(
    ChainFigures,
    finality=st.integers(0, 2000),
    inclusion=st.integers(1, 300),
    watcher_lag=st.integers(0, 120),
)


@given(FIGURES, FIGURES, st.integers(1, 86_400), st.integers(0, 3600), st.integers(1, 3600))
def test_timelock_misorder_every_plan_obeys_the_ladder(
    source: ChainFigures, destination: ChainFigures, life: int, slack: int, public: int
) -> None:
    """TIMELOCK-MISORDER: destination expiry + tail <= source expiry, even when our lock is made at the last moment."""
    try:
        ladder = plan(
            source,
            destination,
            destination_seconds=life,
            slack=slack,
            public_stage=public,
            clock_skew=30,
            reorg_allowance=30,
        )
    except LadderError:
        return
    latest_lock = source.finality + source.watcher_lag + destination.inclusion
    tail = destination.finality + destination.watcher_lag + source.inclusion + source.finality + 30
    assert latest_lock + ladder.destination_cancellation + tail <= ladder.source_cancellation
    assert ladder.margins.source_tail == tail
    assert latest_destination_expiry(ladder.source_cancellation, ladder.margins) >= life


def test_a_destination_too_short_for_a_safe_reveal_is_refused() -> None:
    chain = ChainFigures(finality=6, inclusion=4, watcher_lag=2)
    needs = margins(chain, chain, clock_skew=2, reorg_allowance=2).destination_needs
    with pytest.raises(LadderError, match="too short"):
        plan(chain, chain, destination_seconds=needs, slack=0, public_stage=5, clock_skew=2, reorg_allowance=2)
    assert plan(chain, chain, destination_seconds=needs + 1, slack=0, public_stage=5, clock_skew=2, reorg_allowance=2)


def test_negative_figures_are_refused() -> None:
    with pytest.raises(LadderError):
        ChainFigures(finality=-1, inclusion=1, watcher_lag=1)
