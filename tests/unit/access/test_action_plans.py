"""Plans and amounts of operators' actions: exact, and the same plan only while the same would be done."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.actions.errors import ActionRefused, ActionUnknown
from access.actions.kinds import Field
from access.actions.money import dollars_text, whole_text
from access.actions.plans import Call, Coins, Plan, Step
from access.actions.registry import registry

CALL = Call("near", "htlc.near", "refund", (("Lock", "ab"),))
STEP = Step("Source lock", call=CALL, moves=Coins(5, "NEAR", 24), goes_to="alice.near")
PLAN = Plan("It goes back.", (STEP,), state="s")


@given(st.integers(0, 10**40), st.integers(0, 30))
def test_whole_tokens_are_exact(amount: int, decimals: int) -> None:
    text = whole_text(amount, decimals).replace(",", "")
    whole, _, part = text.partition(".")
    assert int(whole) * 10**decimals + int(part.ljust(decimals, "0") or 0) == amount
    assert not part.endswith("0")


@pytest.mark.parametrize(
    ("usd", "text"), [("0", "$0.00"), ("0.001", "under $0.01"), ("1.001", "$1.01"), ("1234567.5", "$1,234,567.50")]
)
def test_dollars_are_never_told_too_low(usd: str, text: str) -> None:
    assert dollars_text(Decimal(usd)) == text


@pytest.mark.parametrize(
    "step",
    [
        replace(STEP, call=replace(CALL, method="claim")),
        replace(STEP, call=replace(CALL, contract="other.near")),
        replace(STEP, moves=Coins(6, "NEAR", 24)),
        replace(STEP, goes_to="mallory.near"),
        replace(STEP, why_not="it was claimed"),
    ],
)
def test_another_effect_is_another_plan(step: Step) -> None:
    assert replace(PLAN, steps=(step,)).digest != PLAN.digest


def test_what_ticks_changes_no_plan() -> None:
    dearer = replace(STEP, cost=Coins(1, "NEAR", 24), moves=replace(STEP.moves, usd=Decimal(9)))
    assert replace(PLAN, steps=(dearer,), value_usd=Decimal(9), effects=("other words",)).digest == PLAN.digest
    assert replace(PLAN, state="t").digest != PLAN.digest
    assert replace(PLAN, why_not="not now").digest != PLAN.digest


def test_what_is_not_known_is_said_so() -> None:
    document = replace(PLAN, value_usd=None, not_before=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)).document()
    assert (document["value"], document["isWorth"]) == (None, True)
    assert (document["notBefore"], document["notBeforeText"]) == ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05 UTC")


@pytest.mark.parametrize("typed", ["9" * 5000, "", "-1", "1.5", "1e3", "９", "9" * 30, "x"])
def test_a_height_is_a_whole_number(typed: str) -> None:
    with pytest.raises(ActionRefused, match="First block"):
        Field("first", "First block").clean(typed)


def test_every_kind_stands_in_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operators-actions.md").read_text()
    ours = [kind for name, kind in registry.kinds.items() if type(kind).__module__.startswith(("chains.", "swaps."))]
    assert ours
    assert not [kind.name for kind in ours if f"| `{kind.name}` | `{kind.permission}` |" not in page]


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(ActionUnknown, match=r"session\.refund"):
        registry.kind("nothing")
