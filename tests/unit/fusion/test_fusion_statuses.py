"""Our statuses in 1inch's words: every one has a word, and the docs show the same tables."""

import re
from pathlib import Path

import pytest

from chains.events import EventKind
from swaps.errors import SwapError
from swaps.fusion import errors
from swaps.fusion.statuses import (
    ACTIONS,
    FAILED_REASONS,
    FILL_STATUS,
    ORDER_STATUS,
    FillStatus,
    OrderStatus,
    action_of,
    order_status,
)
from swaps.statuses import TERMINAL, Status

DOCS = Path(__file__).parents[3] / "docs" / "1inch.md"
SETTLED = {OrderStatus.EXECUTED, OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.REFUNDED}
MACHINE = Path(__file__).parents[3] / "swaps" / "machine.py"


def test_every_status_has_a_word() -> None:
    assert set(ORDER_STATUS) == set(Status)
    assert set(FILL_STATUS) == set(OrderStatus)
    assert set(FILL_STATUS.values()) == set(FillStatus)


@pytest.mark.parametrize("status", Status)
def test_an_order_has_ended_when_its_session_has(status: Status) -> None:
    assert (ORDER_STATUS[status] in SETTLED) is (status in TERMINAL)


def test_reasons_are_the_machines() -> None:
    given = set(re.findall(r'_S\.FAILED, reason="(\w+)"', MACHINE.read_text()))
    assert set(FAILED_REASONS) <= given
    for reason in given:
        assert order_status(Status.FAILED, reason) in SETTLED


def test_every_event_of_an_evm_escrow_has_a_word() -> None:
    on_near_alone = {EventKind.PAYOUT_SUCCEEDED, EventKind.PAYOUT_FAILED}
    assert set(ACTIONS) | {EventKind.LOCK_CREATED} == set(EventKind) - on_near_alone
    assert action_of(EventKind.LOCK_CREATED, "dst") == "dst_escrow_created"
    assert action_of(EventKind.PAYOUT_FAILED, "src") is None


def test_the_docs_show_the_table() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", DOCS.read_text(), re.MULTILINE))
    assert rows == {str(ours): str(theirs) for ours, theirs in ORDER_STATUS.items()}


def test_the_docs_show_the_codes() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", DOCS.read_text(), re.MULTILINE))
    own = [kind for kind in SwapError.__subclasses__() if kind.__module__ == errors.__name__]
    assert rows == {kind.code: str(kind.status) for kind in own if kind is not errors.BatchStopped}
