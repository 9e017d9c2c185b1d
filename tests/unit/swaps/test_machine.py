"""The machine decides from facts: each row of the design, and laws over random facts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swaps.machine import (
    TERMINAL,
    TRANSITIONS,
    ChainNow,
    Facts,
    IllegalTransition,
    LegFacts,
    Margins,
    Payout,
    Presence,
    Sending,
    Status,
    Step,
    check_transition,
    decide,
)

ABSENT, SEEN, FINAL = Presence.ABSENT, Presence.SEEN, Presence.FINAL
NOW = 1_000_000
MARGINS = Margins(reveal=14, source_tail=20, destination_needs=40)
SOURCE = LegFacts(lock=FINAL, claim_from=NOW - 50, expires_at=NOW + 300, refund_from=NOW + 300)
DESTINATION = LegFacts(lock=FINAL, claim_from=NOW - 10, expires_at=NOW + 120, refund_from=NOW + 120)


def at(seconds: int = 0) -> ChainNow:
    return ChainNow(final=NOW + seconds - 3, seen=NOW + seconds - 1, wall=NOW + seconds)


def facts(
    status: Status, source: LegFacts = LegFacts(), destination: LegFacts = LegFacts(), **changes: object
) -> Facts:
    base = Facts(
        status=status,
        source=source,
        destination=destination,
        source_now=at(),
        destination_now=at(),
        margins=MARGINS,
        expires_at=NOW + 7200,
        executed=True,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def later(base: Facts, seconds: int) -> Facts:
    return replace(base, source_now=at(seconds), destination_now=at(seconds))


BOTH = {"source": replace(SOURCE, verified=True), "destination": replace(DESTINATION, verified=True)}


class TestTheHappyWay:
    def test_waits_for_execute(self) -> None:
        assert decide(facts(Status.INITIALIZED, executed=False)).status is Status.INITIALIZED

    def test_execute_waits_for_the_makers_lock(self) -> None:
        decision = decide(facts(Status.INITIALIZED))
        assert (decision.status, decision.steps) == (Status.EXECUTING, ())

    def test_an_order_is_filled_by_us(self) -> None:
        decision = decide(facts(Status.EXECUTING, order_mode=True))
        assert (decision.status, decision.steps) == (Status.SOURCE_LOCKING, (Step.SOURCE_LOCK,))

    def test_an_unfinal_source_lock_moves_nothing(self) -> None:
        decision = decide(facts(Status.EXECUTING, replace(SOURCE, lock=SEEN)))
        assert (decision.status, decision.steps) == (Status.SOURCE_LOCKING, ())

    def test_a_final_source_lock_is_answered(self) -> None:
        locked = decide(facts(Status.SOURCE_LOCKING, SOURCE))
        answered = decide(facts(Status.SOURCE_LOCKED, SOURCE))
        assert locked.status is Status.SOURCE_LOCKED
        assert (answered.status, answered.steps) == (Status.DESTINATION_LOCKING, (Step.DESTINATION_LOCK,))

    def test_the_lock_is_ordered_once(self) -> None:
        sending = {Step.DESTINATION_LOCK: Sending.IN_FLIGHT}
        assert decide(facts(Status.DESTINATION_LOCKING, SOURCE, sending=sending)).steps == ()

    def test_both_locks_wait_for_the_secret(self) -> None:
        decision = decide(facts(Status.BOTH_LOCKED, **BOTH))
        assert (decision.status, decision.steps) == (Status.BOTH_LOCKED, ())

    def test_the_locks_are_read_again_before_the_reveal(self) -> None:
        decision = decide(facts(Status.BOTH_LOCKED, SOURCE, DESTINATION, secret_held=True))
        assert decision.verify and decision.steps == ()

    def test_the_reveal_is_the_claim(self) -> None:
        decision = decide(facts(Status.BOTH_LOCKED, **BOTH, secret_held=True))
        assert (decision.status, decision.steps) == (Status.REVEALING_SECRET, (Step.DESTINATION_CLAIM,))

    def test_the_source_is_claimed_after_a_final_destination_claim_only(self) -> None:
        sending = {Step.DESTINATION_CLAIM: Sending.IN_FLIGHT}
        revealed = facts(
            Status.REVEALING_SECRET, SOURCE, replace(DESTINATION, claim=SEEN), revealed=True, sending=sending
        )
        assert decide(revealed).steps == ()
        final = replace(revealed, destination=replace(DESTINATION, claim=FINAL, payout=Payout.PAID))
        assert decide(final).steps == (Step.SOURCE_CLAIM,)

    def test_completed_when_both_are_claimed_and_paid(self) -> None:
        claimed = {"claim": FINAL, "payout": Payout.PAID}
        done = facts(
            Status.REVEALING_SECRET, replace(SOURCE, **claimed), replace(DESTINATION, **claimed), revealed=True
        )
        assert decide(done).status is Status.COMPLETED
        unpaid = replace(done, destination=replace(done.destination, payout=Payout.FAILED))
        assert decide(unpaid).status is Status.REVEALING_SECRET
        assert decide(unpaid).steps == (Step.DESTINATION_PAY,)


class TestTooLate:
    def test_claim_too_late_no_reveal_within_the_margin(self) -> None:
        """CLAIM-TOO-LATE: the gate is closed when the time left is the margin or less."""
        base = facts(Status.BOTH_LOCKED, **BOTH, secret_held=True)
        left = DESTINATION.expires_at - NOW
        assert decide(later(base, left - MARGINS.reveal - 1)).status is Status.REVEALING_SECRET
        assert decide(later(base, left - MARGINS.reveal)).status is Status.TIMEOUT

    def test_a_stale_head_does_not_open_the_gate(self) -> None:
        base = facts(Status.BOTH_LOCKED, **BOTH, secret_held=True)
        stale = ChainNow(final=NOW - 500, seen=NOW - 400, wall=NOW + 119)
        assert decide(replace(base, destination_now=stale)).status is Status.TIMEOUT

    def test_no_destination_lock_when_it_could_not_be_claimed_in_time(self) -> None:
        base = facts(Status.SOURCE_LOCKED, SOURCE)
        last = SOURCE.expires_at - NOW - MARGINS.source_tail - MARGINS.destination_needs
        assert decide(later(base, last)).status is Status.DESTINATION_LOCKING
        assert decide(later(base, last + 1)).status is Status.TIMEOUT

    def test_a_source_that_does_not_outlive_the_destination_stops_the_reveal(self) -> None:
        short = replace(BOTH["source"], expires_at=DESTINATION.expires_at + MARGINS.source_tail - 1)
        decision = decide(facts(Status.BOTH_LOCKED, short, BOTH["destination"], secret_held=True))
        assert decision.status is Status.TIMEOUT

    def test_expired_is_judged_by_the_final_head(self) -> None:
        base = facts(Status.REFUNDING, SOURCE, DESTINATION)
        early = ChainNow(
            final=DESTINATION.expires_at - 1, seen=DESTINATION.expires_at + 9, wall=DESTINATION.expires_at + 9
        )
        assert decide(replace(base, destination_now=early)).steps == ()
        due = replace(early, final=DESTINATION.expires_at)
        assert decide(replace(base, destination_now=due)).steps == (Step.DESTINATION_REFUND,)


class TestGoingBack:
    def test_the_destination_goes_back_before_the_source(self) -> None:
        base = later(facts(Status.REFUNDING, SOURCE, DESTINATION), 400)
        assert decide(base).steps == (Step.DESTINATION_REFUND,)
        returned = replace(base, destination=replace(DESTINATION, refund=FINAL, payout=Payout.PAID))
        assert decide(returned).steps == (Step.SOURCE_REFUND,)
        both = replace(returned, source=replace(SOURCE, refund=FINAL, payout=Payout.PAID))
        assert decide(both).status is Status.REFUNDED

    def test_a_destination_lock_in_flight_holds_the_source_back(self) -> None:
        sending = {Step.DESTINATION_LOCK: Sending.IN_FLIGHT}
        base = later(facts(Status.REFUNDING, SOURCE, sending=sending), 400)
        assert decide(base).steps == ()
        dead = replace(base, sending={Step.DESTINATION_LOCK: Sending.REVERTED})
        assert decide(dead).steps == (Step.SOURCE_REFUND,)

    def test_cancel_with_a_lock_waits_for_its_window(self) -> None:
        base = facts(Status.SOURCE_LOCKED, SOURCE, cancel_requested=True)
        assert decide(base).status is Status.CANCELLING
        waiting = replace(base, status=Status.CANCELLING)
        assert decide(waiting).status is Status.CANCELLING
        assert decide(later(waiting, 400)).status is Status.REFUNDING

    def test_cancel_before_a_lock_ends_at_once(self) -> None:
        assert decide(facts(Status.EXECUTING, cancel_requested=True)).status is Status.CANCELLED

    def test_cancel_waits_for_our_fill_in_flight(self) -> None:
        sending = {Step.SOURCE_LOCK: Sending.IN_FLIGHT}
        base = facts(Status.SOURCE_LOCKING, cancel_requested=True, order_mode=True, sending=sending)
        assert decide(base).status is Status.SOURCE_LOCKING
        assert decide(replace(base, sending={Step.SOURCE_LOCK: Sending.REVERTED})).status is Status.CANCELLED

    def test_refund_races_claim(self) -> None:
        """REFUND-RACES-CLAIM: a claim that lands while we go back makes the source ours."""
        claimed = replace(DESTINATION, claim=FINAL, payout=Payout.PAID)
        assert decide(facts(Status.REFUNDING, SOURCE, claimed)).status is Status.REVEALING_SECRET

    def test_after_a_reveal_that_expired_the_source_is_never_claimed(self) -> None:
        base = later(facts(Status.REVEALING_SECRET, SOURCE, DESTINATION, revealed=True), 200)
        assert decide(base).status is Status.TIMEOUT
        refunding = replace(base, status=Status.REFUNDING)
        assert decide(refunding).steps == (Step.DESTINATION_REFUND,)

    @pytest.mark.parametrize("status", [Status.CANCELLED, Status.FAILED])
    def test_a_late_lock_goes_back(self, status: Status) -> None:
        assert decide(facts(status, SOURCE)).status is Status.REFUNDING


class TestTheTable:
    def test_every_status_has_a_row(self) -> None:
        assert set(TRANSITIONS) == set(Status)

    def test_an_illegal_move_raises(self) -> None:
        with pytest.raises(IllegalTransition):
            check_transition(Status.COMPLETED, Status.REFUNDING)

    def test_an_end_is_reachable_from_everywhere(self) -> None:
        for start in Status:
            reached, todo = {start}, [start]
            while todo:
                new = set(TRANSITIONS[todo.pop()]) - reached
                reached |= new
                todo += new
            assert reached & TERMINAL, start


presences = st.sampled_from(Presence)
legs = st.builds(
    LegFacts,
    lock=presences,
    claim=presences,
    refund=presences,
    payout=st.sampled_from(Payout),
    claim_from=st.integers(NOW - 100, NOW + 100),
    expires_at=st.integers(NOW - 200, NOW + 400),
    refund_from=st.integers(NOW - 200, NOW + 400),
    verified=st.sampled_from([None, True, False]),
).map(lambda leg: possible(leg))  # noqa: PLW0108  (defined below)
times = st.integers(-300, 500).flatmap(
    lambda base: st.builds(
        ChainNow,
        final=st.just(NOW + base - 5),
        seen=st.just(NOW + base),
        wall=st.integers(NOW + base - 3, NOW + base + 3),
        open=st.booleans(),
    )
)
worlds = st.builds(
    Facts,
    status=st.sampled_from(Status),
    source=legs,
    destination=legs,
    source_now=times,
    destination_now=times,
    margins=st.just(MARGINS),
    expires_at=st.integers(NOW - 100, NOW + 100),
    order_mode=st.booleans(),
    executed=st.booleans(),
    cancel_requested=st.booleans(),
    secret_held=st.booleans(),
    revealed=st.booleans(),
    sending=st.dictionaries(st.sampled_from(Step), st.sampled_from(Sending)),
).map(lambda world: consistent(world))  # noqa: PLW0108  (defined below)

REVEALED = {Status.REVEALING_SECRET, Status.TIMEOUT, Status.REFUNDING, Status.COMPLETED, Status.REFUNDED, Status.FAILED}
ANSWERED = set(Status) - {Status.INITIALIZED, Status.EXECUTING, Status.SOURCE_LOCKING, Status.CANCELLED}


def possible(leg: LegFacts) -> LegFacts:
    """The nearest lock that a contract can have made: settled at most one way, and not more surely than it was locked."""
    if not leg.lock:
        return LegFacts()
    refund = ABSENT if leg.claim else leg.refund
    return replace(leg, refund=refund, lock=max(leg.lock, leg.claim, refund))


def consistent(world: Facts) -> Facts:
    """The nearest world that can be: a reveal is written together with its status, and nothing of ours is on the
    destination before we answered a final source lock. The chain's own facts stay as wild as they were drawn."""
    if world.status not in REVEALED:
        world = replace(world, revealed=False)
    if world.status is Status.REVEALING_SECRET:
        world = replace(world, revealed=True)
    if world.status not in ANSWERED:
        world = replace(world, destination=LegFacts(), sending={Step.SOURCE_LOCK: world.state(Step.SOURCE_LOCK)})
    return world


class TestLaws:
    @settings(max_examples=600, deadline=None)
    @given(worlds)
    def test_it_never_makes_an_illegal_move_and_settles(self, world: Facts) -> None:
        for _ in range(12):
            decision = decide(world)  # raises IllegalTransition for a move that the table has not
            if decision.status is world.status:
                return
            ordered = dict.fromkeys(decision.steps, Sending.IN_FLIGHT)
            revealed = world.revealed or Step.DESTINATION_CLAIM in decision.steps
            world = replace(world, status=decision.status, revealed=revealed, sending={**world.sending, **ordered})
        pytest.fail("the machine does not settle")

    @settings(max_examples=600, deadline=None)
    @given(worlds)
    def test_no_money_moves_on_an_unfinal_fact(self, world: Facts) -> None:
        steps = decide(world).steps
        if Step.DESTINATION_LOCK in steps:
            assert world.source.lock is FINAL
        if Step.DESTINATION_CLAIM in steps:
            assert world.source.lock is FINAL or world.revealed
        if Step.SOURCE_CLAIM in steps:
            assert world.destination.claim is FINAL
        if Step.SOURCE_REFUND in steps:
            assert world.destination.claim is not SEEN, (
                "after a final one it is what we came too late for, and nobody can claim"
            )
            assert world.source_now.final >= world.source.refund_from

    @settings(max_examples=600, deadline=None)
    @given(worlds)
    def test_no_terminal_status_while_funds_can_move(self, world: Facts) -> None:
        decision = decide(world)
        if decision.status in TERMINAL and decision.status is not world.status:
            for leg in (world.source, world.destination):
                assert leg.lock is ABSENT or leg.settled_and_paid
            assert world.state(Step.DESTINATION_LOCK) is not Sending.IN_FLIGHT or world.destination.lock

    @settings(max_examples=500, deadline=None)
    @given(worlds)
    def test_the_same_facts_give_the_same_decision(self, world: Facts) -> None:
        assert decide(world) == decide(world)
