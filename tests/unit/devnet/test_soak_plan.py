"""The plan of a soak: one seed, one plan; all kinds of everything."""

from collections import Counter

import pytest

from devnet.proofs.soak.checks import session_faults
from devnet.proofs.soak.maker import Record
from devnet.proofs.soak.plan import VICTIMS, WEIGHTS, Fate, Kills, swaps


def test_a_seed_stands_for_one_plan() -> None:
    assert swaps(5, 40) == swaps(5, 40)
    assert swaps(5, 40) != swaps(6, 40)
    first, again = Kills(5, 3.0), Kills(5, 3.0)
    assert [first.next() for _ in range(50)] == [again.next() for _ in range(50)]


def test_every_fate_comes_in_its_share_in_both_directions() -> None:
    plan = swaps(1, 500)
    counts = Counter(swap.fate for swap in plan)
    assert {fate: counts[fate] for fate in Fate} == {fate: 5 * weight for fate, weight in WEIGHTS.items()}
    assert len({swap.forth for swap in plan if swap.fate is Fate.SILENT}) == 2
    assert len({(swap.custody, swap.source_lock) for swap in plan if swap.fate is Fate.COMPLETE}) == 4


def test_amounts_tell_swaps_apart() -> None:
    assert len({swap.amount for swap in swaps(1, 500)}) == 500


def test_only_who_has_the_secret_claims_or_stays_silent() -> None:
    assert all(swap.custody == "maker" for swap in swaps(2, 500) if swap.fate in (Fate.SELF_CLAIM, Fate.SILENT))


def test_an_order_is_only_signed_where_there_is_a_protocol_for_it() -> None:
    assert all(swap.forth for swap in swaps(3, 500) if swap.source_lock == "order")


def test_the_first_kills_take_each_kind_once() -> None:
    kills = Kills(9, 3.0)
    assert {kills.next().victim for _ in VICTIMS} == set(VICTIMS)


def test_kills_can_be_kept_to_some_kinds() -> None:
    kills = Kills(9, 3.0, ("worker", "near"))
    assert {kills.next().victim for _ in range(30)} == {"worker", "near"}
    with pytest.raises(ValueError, match="unknown victims"):
        Kills(9, 3.0, ("workers",))


def test_a_swap_that_cost_us_money_is_legal_in_no_case() -> None:
    """Not even where its order might have failed."""
    plan = next(swap for swap in swaps(3, 100) if swap.source_lock == "order")
    record = Record(plan, status="failed", document={"reason": "source_refunded_after_destination_claim"})
    assert [fault for _, fault in session_faults([record])] == [
        f"ended failed (source_refunded_after_destination_claim), which is legal for {plan.fate} in no case"
    ]
    record.document = {"reason": "order_rejected"}
    assert session_faults([record]) == []


def test_a_call_that_was_made_twice_is_a_fault() -> None:
    sent = [{"step": "destination_lock", "state": "succeeded"}] * 2
    record = Record(swaps(3, 1)[0], status="completed", document={"transactions": sent})
    assert [fault for _, fault in session_faults([record])] == ["destination_lock was made 2 times"]
