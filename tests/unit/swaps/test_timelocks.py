"""The ladder: its inequality holds for every plan, and unsafe figures are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swaps.evidence import ChainNow, ClaimOrder, Facts, LegFacts, Presence
from swaps.statuses import Status
from swaps.timelocks import (
    ChainFigures,
    LadderError,
    inequalities,
    latest_destination_expiry,
    margin_left,
    margins,
    plan,
    require,
    reveal_inequalities,
)

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


SLOW, QUICK = (
    ChainFigures(finality=60, inclusion=10, watcher_lag=5),
    ChainFigures(finality=3, inclusion=2, watcher_lag=1),
)
ROOM = {"clock_skew": 4, "reorg_allowance": 6}


@given(FIGURES, FIGURES, st.integers(1, 86_400), st.sampled_from(ClaimOrder))
def test_timelock_misorder_every_plan_fulfils_its_inequalities(
    source: ChainFigures, destination: ChainFigures, life: int, claims: ClaimOrder
) -> None:
    try:
        ladder = plan(source, destination, destination_seconds=life, slack=0, public_stage=1, claims=claims, **ROOM)
    except LadderError:
        return
    found = inequalities(source, destination, ladder, claims=claims, **ROOM)
    unmet = [item for item in found if not item.holds and item.name != "the maker can claim by himself"]
    assert not unmet


def test_with_the_source_first_the_destination_outlives_it() -> None:
    ladder = plan(SLOW, QUICK, destination_seconds=200, slack=0, public_stage=5, claims=ClaimOrder.SOURCE_FIRST, **ROOM)
    tail = SLOW.finality + SLOW.watcher_lag + QUICK.inclusion + QUICK.finality + 4
    assert ladder.margins.tail == tail
    assert ladder.margins.reveal == 3 * SLOW.inclusion + 6
    assert ladder.destination_cancellation == ladder.source_cancellation + tail


def test_a_plan_of_worse_figures_than_todays_is_named() -> None:
    ladder = plan(QUICK, QUICK, destination_seconds=60, slack=0, public_stage=5, **ROOM)
    require(inequalities(QUICK, QUICK, ladder, **ROOM))
    with pytest.raises(LadderError, match=r"the source outlives the destination.*the plan keeps today's tail"):
        require(inequalities(SLOW, SLOW, ladder, **ROOM))


def facts(claims: ClaimOrder, *, source_left: int, destination_left: int | None) -> Facts:
    lock = {"lock": Presence.FINAL}
    destination = LegFacts() if destination_left is None else LegFacts(**lock, expires_at=1000 + destination_left)
    return Facts(
        status=Status.SOURCE_LOCKED,
        source=LegFacts(**lock, expires_at=1000 + source_left),
        destination=destination,
        source_now=ChainNow(final=990, seen=998, wall=1000),
        destination_now=ChainNow(final=995, seen=999, wall=1000),
        margins=margins(SLOW, QUICK, claims=claims, **ROOM),
        expires_at=5000,
        claims=claims,
    )


def test_the_margin_left_is_what_the_gates_still_have() -> None:
    room = margins(SLOW, QUICK, **ROOM)
    waiting = margin_left(facts(ClaimOrder.DESTINATION_FIRST, source_left=400, destination_left=None))
    assert waiting.destination_lock == 400 - room.tail - room.destination_needs
    assert (waiting.reveal, waiting.destination_claim, waiting.source_claim) == (None, None, 400)
    locked = facts(ClaimOrder.DESTINATION_FIRST, source_left=400, destination_left=100)
    assert margin_left(locked).reveal == 100 - room.reveal - 1
    assert all(item.holds for item in reveal_inequalities(locked))


def test_with_the_source_first_the_margin_is_the_sources() -> None:
    room = margins(SLOW, QUICK, claims=ClaimOrder.SOURCE_FIRST, **ROOM)
    locked = facts(ClaimOrder.SOURCE_FIRST, source_left=100, destination_left=100)
    outlives = reveal_inequalities(locked)[1]
    assert margin_left(locked).reveal == 100 - room.reveal - 1
    assert (outlives.holds, outlives.slack) == (False, -room.tail)
