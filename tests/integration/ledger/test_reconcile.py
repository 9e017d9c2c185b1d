"""The books against real chains: nothing differs after swaps of every kind, and each planted difference is found."""

import pytest

from tests.integration.ledger.desk import Desk, told


def test_after_swaps_in_both_directions_nothing_differs(books: Desk) -> None:
    report = books.look()
    assert [one.to_json() for one in report.differences] == []
    assert not report.unreadable
    assert report.locks == 12
    assert {(line.chain, line.account, line.symbol): line.difference for line in report.balances} == {
        ("base", "inventory", "ETH"): 0,
        ("base", "inventory", "USDC"): 0,
        ("base", "gas", "ETH"): 0,
        ("near", "inventory", "NEAR"): 0,
        ("near", "inventory", "USDT"): 0,
        ("near", "storage", "NEAR"): 0,
    }
    assert told(report) == []
