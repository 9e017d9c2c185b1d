"""The exploration finds what is wrong, tells it readably, and finds nothing in the machine that we run."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings

from devnet.proofs.model.explore import Explorer
from devnet.proofs.model.run import FULL, REDUCED, arenas
from devnet.proofs.model.story import told
from devnet.proofs.model.world import Arena
from swaps.evidence import ClaimOrder, Decision, Facts, Sending, Step
from swaps.machine import decide
from swaps.statuses import TRANSITIONS, Status
from tests.unit.swaps.test_machine import worlds

LEAN = Arena(custody="service", lean=True)


def careless(facts: Facts) -> Decision:
    """A machine that claims the source as soon as it reveals."""
    decision = decide(facts)
    if Step.DESTINATION_CLAIM in decision.steps and facts.state(Step.SOURCE_CLAIM) is Sending.ABSENT:
        return replace(decision, steps=(*decision.steps, Step.SOURCE_CLAIM))
    return decision


def sleepy(facts: Facts) -> Decision:
    """A machine that never takes its own lock back."""
    decision = decide(facts)
    return replace(decision, steps=tuple(step for step in decision.steps if step is not Step.DESTINATION_REFUND))


@pytest.mark.parametrize("custody", ["maker", "service"])
def test_the_machine_breaks_no_promise(custody: str) -> None:
    explorer = Explorer(Arena(custody=custody, lean=True), decide)
    result = explorer.run()
    assert result.violation is None, told(result.violation)
    assert result.whole and result.states > 1000


def test_terminal_state_with_funds__exhaustive_exploration() -> None:
    """TERMINAL-STATE-WITH-FUNDS: a terminal status while our own lock stands is found."""

    def hasty(facts: Facts) -> Decision:
        decision = decide(facts)
        early = decision.status is Status.REFUNDING and not facts.destination.refund
        return replace(decision, status=Status.REFUNDED) if early and facts.status is Status.REFUNDING else decision

    result = Explorer(LEAN, hasty).run()
    assert result.violation is not None
    assert result.violation.broken.endswith(("with nothing locked", "no terminal status with funds in it"))


def test_a_violation_is_told_as_a_story() -> None:
    result = Explorer(LEAN, careless).run()
    assert result.violation is not None
    story = told(result.violation)
    assert story.startswith("BROKEN: the second claim needs a final first claim")
    assert "0. a session is made" in story and "source locked (final" in story
    assert story.rstrip().splitlines()[-1].endswith("source_claim")


def test_a_swap_that_never_ends_is_found() -> None:
    result = Explorer(LEAN, sleepy).run()
    assert result.violation is not None and "to an end" in result.violation.broken


def test_a_depth_is_kept() -> None:
    result = Explorer(LEAN, decide).run(max_depth=4)
    assert (result.depth, result.whole) == (4, False)


def test_the_command_prints_what_it_explored() -> None:
    out = StringIO()
    call_command("model", "--reduced", "--depth", "5", "--order", "source_first", stdout=out)
    assert "source_first service evm->near" in out.getvalue() and "nothing broken" in out.getvalue()


def test_the_command_refuses_a_makers_secret_with_the_source_first() -> None:
    with pytest.raises(CommandError, match="must not hold the secret"):
        call_command("model", "--order", "source_first", "--custody", "maker", stdout=StringIO())


def test_every_kind_has_both_orders_both_custodies_and_both_families() -> None:
    for kind in (FULL, REDUCED):
        chosen = arenas(kind)
        assert {arena.claims for arena in chosen} == set(ClaimOrder)
        assert {arena.custody for arena in chosen} == {"maker", "service"}
        assert {family for arena in chosen for family in (arena.source, arena.destination)} == {"evm", "near"}


@settings(max_examples=300, deadline=None)
@given(worlds)
def test_whether_an_attempt_failed_or_was_never_made_matters_for_locks_alone(facts: Facts) -> None:
    """What lets the exploration keep one world for both."""
    fresh = {
        step: Sending.ABSENT if state is Sending.REVERTED and not step.endswith("_lock") else state
        for step, state in facts.sending.items()
    }
    assert decide(facts) == decide(replace(facts, sending=fresh))


@pytest.mark.slow
def test_the_reduced_exploration_takes_every_move_of_the_table() -> None:
    """And so no row of the table is dead, but for the one that waits for an event read after its transaction was given up."""
    taken = set()
    deep = Arena(custody="service", powers=frozenset({"deep"}), lean=True)
    for arena in (*arenas(REDUCED), deep):
        result = Explorer(arena, decide).run()
        assert result.violation is None, told(result.violation)
        taken |= result.edges
    table = {(old, new) for old, moves in TRANSITIONS.items() for new in moves}
    assert table - taken == {(Status.SOURCE_LOCKED, Status.REVEALING_SECRET)}
    assert taken <= table
