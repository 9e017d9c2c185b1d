"""Which points are chosen, what is planned, and how a table tells it: without a chain or a database."""

from random import Random

import pytest

from devnet.proofs.crashmatrix.checks import steps
from devnet.proofs.crashmatrix.matrix import Listing, Verdict, every_state, sample
from devnet.proofs.crashmatrix.points import Counter, Moment, Point
from devnet.proofs.crashmatrix.report import failures, table, totals
from devnet.proofs.crashmatrix.scenarios import Scenario, few, scenarios


def make_point(
    number: int, what: str = "commit", moment: Moment = Moment.BEFORE, left: str = "", status: str = "none"
) -> Point:
    return Point(number, what, moment, status, left or f"state{number}", "ending", "swaps/x.py:1 f")


def named(name: str) -> Scenario:
    return next(scenario for scenario in scenarios() if scenario.name == name)


POINTS = [
    make_point(1, left="a"),
    make_point(2, "query", left="a"),
    make_point(3, "query", Moment.ACCEPTED, left="a"),
    make_point(4, "commit", Moment.AFTER, left="b"),
    make_point(5, "query", left="b", status="initialized"),
    make_point(6, "commit", left="b", status="initialized"),
]


@pytest.mark.parametrize("seed", range(5))
def test_every_state_and_every_cell_is_died_in(seed: int) -> None:
    chosen = every_state(POINTS, Random(seed))
    assert {point.left for point in chosen} == {"a", "b"}
    assert {point.cell for point in chosen} == {point.cell for point in POINTS}
    assert [point.number for point in chosen] == sorted({point.number for point in chosen})


def test_a_sample_takes_what_changes_something_first() -> None:
    assert {point.what for point in sample(POINTS, Random(1), size=3)} == {"commit"}
    assert len(sample(POINTS, Random(1), size=99)) == 6


def test_a_point_is_described_where_it_is_passed() -> None:
    counter = Counter(observe=lambda: ("executing", "d1"), is_on=True, command=3, act="locking")
    counter.pass_by("send_tx", Moment.BEFORE)
    counter.pass_by("send_tx", Moment.ACCEPTED, sends=True)
    assert [point.left for point in counter.points] == ["d1:3:0", "d1:3:1"], "what a node took cannot be taken back"
    assert counter.points[0].cell == ("send_tx", "before", "executing")
    assert Point.from_json(counter.points[1].to_json()) == counter.points[1]


class Died(Exception):
    """In the place of the process's end."""


def die(words: dict[str, str]) -> None:
    raise Died(words["what"])


def pass_by(counter: Counter, names: tuple[str, ...]) -> None:
    for what in names:
        counter.pass_by(what, Moment.BEFORE)


@pytest.mark.parametrize("by_number", [False, True])
def test_a_place_is_found_again_though_something_else_was_passed_before_it(by_number: bool) -> None:
    listed = Counter(observe=lambda: ("executing", ""), is_on=True, act="locking")
    pass_by(listed, ("commit", "query", "commit", "query"))
    wanted = listed.points[3]
    assert (wanted.number, wanted.nth) == (4, 2)
    counter = Counter(kill_at=wanted.number if by_number else wanted.place, last_words=die, is_on=True, act="locking")
    passed = ("commit", "commit", "query", "commit", "query")
    with pytest.raises(Died, match="commit" if by_number else "query"):
        pass_by(counter, passed)
    assert counter.passed == (4 if by_number else 5)


def test_nothing_counts_before_the_service_is_up() -> None:
    counter = Counter(kill_at=1)
    counter.pass_by("commit", Moment.BEFORE)
    assert counter.passed == 0


def test_what_is_planned_follows_from_the_ending() -> None:
    assert steps(named("base-near/maker/self/completes")) == ["destination_lock", "destination_claim", "source_claim"]
    assert steps(named("base-near/maker/order/cancel")) == [
        "source_lock",
        "destination_lock",
        "destination_refund",
        "source_refund",
    ]
    assert steps(named("near-base/service/self/expires-after-source-lock")) == ["source_refund"]
    assert steps(named("near-base/service/self/cancel-early")) == []


def test_the_scenarios_are_every_route_custody_and_ending() -> None:
    every = scenarios()
    assert len({scenario.name for scenario in every}) == len(every) == 42
    kinds = {(scenario.source, scenario.custody, scenario.ending.name) for scenario in every}
    assert len(kinds) == 2 * 2 * 8


@pytest.mark.parametrize("seed", range(5))
def test_a_few_are_both_routes_and_both_custodies(seed: int) -> None:
    found = few(Random(seed))
    assert len({(scenario.source, scenario.custody) for scenario in found}) == 4
    assert {scenario.source for scenario in found if scenario.ending.swapped} == {"base", "near"}


def test_a_loss_is_seen_in_the_table_and_its_story_says_how_to_play_it_again() -> None:
    scenario = named("base-near/maker/self/completes")
    listing = Listing(scenario, tuple(POINTS), ())
    good = Verdict(scenario, POINTS[0], (), (), 1.0)
    bad = Verdict(scenario, POINTS[3], ("money: gone",), ("turn: executing",), 1.0)
    results = [(listing, [good, bad])]
    assert "0/1!" in table(results)
    assert "1/1" in table(results)
    assert "1 survived without a loss (50.0 %)" in totals(results, 3.0)
    (story,) = failures(results)
    assert "! money: gone" in story
    assert "manage.py crashmatrix --scenario base-near/maker/self/completes --only 4" in story
