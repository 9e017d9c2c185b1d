"""What several providers' answers are worth together."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chains import errors
from chains.clients.evm_errors import rejection
from chains.clients.provider import Provider
from chains.clients.quorum import Quorum
from chains.config import ChainConfig
from chains.events import BlockRef
from tests.unit.chains.test_rpc import OK, Told


class Witness:
    """A client whose answers are told beforehand."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.providers = (Provider(Told("w", OK), rejection),)

    def each_provider(self) -> list["Witness"]:
        return [self]

    def head(self) -> BlockRef:
        found = self.say()
        assert isinstance(found, int)
        return BlockRef(found, "", "", 0)

    def say(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer() if callable(self.answer) else self.answer


class All:
    """A client of them all."""

    def __init__(self, *answers: Any) -> None:
        self.witnesses = [Witness(answer) for answer in answers]

    def each_provider(self) -> list[Witness]:
        return self.witnesses


def quorum(needed: int, *answers: Any) -> Any:
    return Quorum(All(*answers), needed, "base")  # type: ignore[type-var]


def ask(needed: int, *answers: Any) -> Any:
    return quorum(needed, *answers).ask("it", Witness.say)


LATE = errors.TimedOut("late")
UNKNOWN = errors.UnknownBlock("no such block")
REVERTED = errors.CallReverted("reverted")


@pytest.mark.parametrize("answers", [(1, 1), (1, 2, 1), (2, 1, 1), (1, 1, LATE), (UNKNOWN, 1, 1)])
def test_two_that_agree_are_enough(answers: tuple[Any, ...]) -> None:
    assert ask(2, *answers) == 1


@pytest.mark.parametrize("answers", [(1, LATE), (1, UNKNOWN), (LATE, LATE), (UNKNOWN, LATE)])
def test_too_few_are_no_quorum(answers: tuple[Any, ...]) -> None:
    with pytest.raises(errors.NoQuorum) as caught:
        ask(2, *answers)
    assert not isinstance(caught.value, errors.ProvidersDisagree)


@pytest.mark.parametrize("answers", [(1, 2), (1, 2, 3), (1, REVERTED)])
def test_a_contradiction_is_said_to_be_one(answers: tuple[Any, ...]) -> None:
    with pytest.raises(errors.ProvidersDisagree):
        ask(2, *answers)


def test_the_refusal_of_all_is_an_answer() -> None:
    with pytest.raises(errors.CallReverted):
        ask(2, REVERTED, REVERTED)
    with pytest.raises(errors.UnknownBlock):
        ask(2, UNKNOWN, UNKNOWN)


def test_who_contradicts_the_others_is_counted_until_he_agrees() -> None:
    asked = quorum(2, 1, 2, 1)
    asked.ask("it", Witness.say)
    liar = asked.witnesses[1]
    assert [one.providers[0].take_tally().disagreements for one in asked.witnesses] == [0, 1, 0]
    assert liar.providers[0].disagreed_at is not None
    liar.answer = 1
    asked.needed = 3
    asked.ask("it", Witness.say)
    assert liar.providers[0].disagreed_at is None


@pytest.mark.parametrize("kind", [errors.UnknownBlock, errors.Unexplained])
def test_a_laggard_contradicts_nobody_nor_one_whom_nobody_can_read(kind: type[errors.RpcRejected]) -> None:
    asked = quorum(2, 1, kind("no such block"), 1)
    asked.ask("it", Witness.say)
    assert asked.witnesses[1].providers[0].take_tally().disagreements == 0


@pytest.mark.parametrize(
    "answers", [([], ["lock"]) * 2, ([], [], ["lock"], ["lock"], ["other"]), (1, 1, REVERTED, REVERTED)]
)
def test_two_camps_that_are_both_large_enough_are_both_in_doubt(answers: tuple[Any, ...]) -> None:
    """Whoever was first proves nothing: two nodes that have not indexed a block would orphan a true lock."""
    asked = quorum(2, *answers)
    with pytest.raises(errors.ProvidersDisagree, match="different answers"):
        asked.ask("it", Witness.say)
    assert all(one.providers[0].take_tally().disagreements == 1 for one in asked.witnesses)
    assert all(one.providers[0].disagreed_at is not None for one in asked.witnesses)


@pytest.mark.parametrize("needed", [1, 2])
def test_below_a_majority_all_are_heard_that_could_contradict(needed: int, late: Callable[[Any], Any]) -> None:
    """Those that are slow are waited for as long as together they could be as many as those that were quick."""
    with pytest.raises(errors.ProvidersDisagree):
        ask(needed, [], [], late(["lock"]), late(["lock"]))


def test_below_a_majority_those_who_are_silent_contradict_nobody() -> None:
    assert ask(2, 1, 1, LATE, UNKNOWN) == 1
    assert ask(2, UNKNOWN, UNKNOWN, 1, 1) == 1
    assert ask(2, 1, 1, 1, 2) == 1


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], Any]]:
    """An answer that comes a while after the grace is over."""
    monkeypatch.setattr("chains.clients.quorum.GRACE_SECONDS", 0.0)
    release = threading.Event()
    timer = threading.Timer(0.3, release.set)
    timer.start()
    yield lambda answer: lambda: answer if release.wait(20) else None
    timer.cancel()
    release.set()


@pytest.mark.parametrize("well", [2, 3])
def test_one_that_hangs_keeps_nobody_waiting(well: int) -> None:
    """Two of three are a majority; with two of four, he could not be as many as the other three."""
    release = threading.Event()
    hangs: Callable[[], int] = lambda: 1 if release.wait(20) else 0  # noqa: E731
    try:
        assert ask(2, hangs, *[1] * well) == 1
        assert not release.is_set()
    finally:
        release.set()


def test_a_fault_of_ours_is_not_taken_for_a_provider_s() -> None:
    with pytest.raises(ZeroDivisionError):
        ask(2, 1, ZeroDivisionError())


@pytest.mark.parametrize(
    ("needed", "heights", "height"),
    [(1, (7, 5, 9), 9), (2, (7, 5, 9), 7), (3, (7, 5, 9), 5), (2, (7, LATE, 10**9), 7), (2, (4, 4), 4)],
)
def test_the_height_that_so_many_reach(needed: int, heights: tuple[Any, ...], height: int) -> None:
    """One that claims to be far ahead moves nothing."""
    assert quorum(needed, *heights).at_least("height", Witness.say) == height


def test_no_height_without_a_quorum() -> None:
    with pytest.raises(errors.NoQuorum):
        quorum(2, 7, LATE).at_least("height", Witness.say)


def test_stale_head__who_lags_is_known() -> None:
    asked = quorum(2, 100, 90, 101)
    asked.compare_heads()
    assert [one.providers[0].lag for one in asked.witnesses] == [0, 10, 0]


def test_a_lone_provider_s_word_counts_and_its_error_is_its_own() -> None:
    assert ask(1, 5) == 5
    with pytest.raises(errors.TimedOut):
        ask(1, LATE)


@pytest.mark.parametrize("needed", [0, 3])
def test_a_quorum_that_cannot_be_had(needed: int) -> None:
    with pytest.raises(ValueError, match="cannot be had from 2"):
        quorum(needed, 1, 1)


@pytest.mark.parametrize(
    ("providers", "configured", "needed"),
    [(1, None, 1), (2, None, 2), (3, None, 2), (4, None, 3), (5, None, 3), (5, 2, 2), (0, None, 1)],
)
def test_unless_it_is_configured_money_needs_more_than_half(
    providers: int, configured: int | None, needed: int
) -> None:
    chain = ChainConfig(
        name="base", family="evm", network_id="1", rpc_urls=tuple(str(n) for n in range(providers)), finality="finalized",
        block_seconds=1, finality_seconds=1, inclusion_seconds=1, watcher_lag_seconds=1, poll_ms=1, tokens=(), quorum=configured,
    )  # fmt: skip
    assert chain.providers_needed == needed
