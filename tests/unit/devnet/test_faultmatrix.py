"""The fault matrix as data, and as a table."""

from collections import Counter

from devnet.faults import Kind
from devnet.proofs.faultmatrix.cells import FAULTS, METHODS, NOT_CALLED, ONE, THREE, Cell, cells, reduced, scenarios
from devnet.proofs.faultmatrix.report import failures, tables, totals
from devnet.proofs.faultmatrix.stage import Verdict


def verdict(cell: Cell, *problems: str, hits: int = 3, end: str = "completed") -> Verdict:
    return Verdict(cell, problems, ("post: initialized",), end, hits, 1.25)


def test_every_method_meets_every_fault_that_its_answer_can_suffer() -> None:
    everything = list(cells())
    assert {cell.method for cell in everything} == {name for methods in METHODS.values() for name in methods}
    assert {cell.fault for cell in everything} == set(FAULTS) == set(Kind) - {Kind.LAG}
    assert {cell.scenario.source for cell in everything} == {"base", "near"}
    assert max(Counter(cell.name for cell in everything).values()) == 1


def test_the_reduced_form_has_every_kind_of_fault_and_fits_into_a_minute() -> None:
    chosen = reduced()
    assert {cell.fault for cell in chosen} == set(FAULTS)
    assert {cell.setting.providers for cell in chosen} == {1, 3}
    assert {cell.scenario.source for cell in chosen} == {"base", "near"}
    assert len(chosen) <= 12


def test_the_table_shows_seconds_failures_and_what_was_not_reached() -> None:
    scenario = scenarios()[0]
    found = [
        verdict(Cell("base", "eth_getLogs", Kind.EMPTY, ONE, scenario)),
        verdict(Cell("base", "eth_getLogs", Kind.STALE, ONE, scenario), "money: gone"),
        verdict(Cell("base", "eth_getCode", Kind.ERROR, ONE, scenario), hits=0),
        verdict(Cell("base", "eth_getCode", Kind.ERROR, THREE, scenario)),
        verdict(Cell("base", "eth_getCode", Kind.STALE, ONE, scenario), end="refunded"),
    ]
    text = tables([one for one in found if one.cell.setting is ONE])
    logs = next(line for line in text.splitlines() if line.startswith("eth_getLogs")).split()
    code = next(line for line in text.splitlines() if line.startswith("eth_getCode")).split()
    assert (logs[7], logs[8]) == ("1.2!", "1.2")
    assert (code[1], code[7]) == ("-", "1.2r")
    assert "4 of them struck by 12 faults, 3 ended whole (75.0 %)" in totals(found, 4)
    (told,) = failures(found)
    assert "money: gone" in told
    assert f'--cell "{scenario.name} 1 eth_getLogs stale"' in told


def test_a_fault_that_strikes_in_no_swap_proves_nothing() -> None:
    """A method that is called no more, or under another name, is not shown to be safe."""
    scenario, other = scenarios()[:2]
    silent = [
        verdict(Cell("base", "eth_getCode", Kind.ERROR, ONE, scenario), hits=0),
        verdict(Cell("base", "eth_getCode", Kind.ERROR, THREE, other), hits=0),
        verdict(Cell("base", "eth_getCode", Kind.STALE, ONE, scenario)),
    ]
    (told,) = failures(silent)
    assert told.startswith("base eth_getCode error struck in no swap")
    assert failures([*silent, verdict(Cell("base", "eth_getCode", Kind.ERROR, ONE, other), hits=1)]) == []


def test_a_method_that_such_swaps_do_not_call_is_excused_by_name_alone() -> None:
    (method, ending), *more = NOT_CALLED
    assert all(reason for reason in NOT_CALLED.values())
    assert {name for _, name in [(method, ending), *more]} <= {one.ending.name for one in scenarios()}
    excused, other = (
        verdict(Cell("base", method, Kind.ERROR, ONE, scenario), hits=0, end="refunded" if is_end else "completed")
        for is_end in (True, False)
        for scenario in [next(one for one in scenarios() if (one.ending.name == ending) is is_end)]
    )
    assert failures([excused]) == []
    assert len(failures([excused, other])) == 1


def test_a_run_in_which_every_swap_goes_back_proves_no_swap() -> None:
    completing, _, going_back, _ = scenarios()
    back = [
        verdict(Cell("base", "eth_getCode", Kind.ERROR, ONE, scenario), end="refunded")
        for scenario in (completing, going_back)
    ]
    (told,) = failures(back)
    assert told.startswith("no swap completed, of 1")
    assert failures(back[1:]) == []
    assert failures([*back, verdict(Cell("base", "eth_getCode", Kind.STALE, ONE, completing))]) == []
