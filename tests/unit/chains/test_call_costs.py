"""What our calls cost: sums by hand, what is learned and what is guessed."""

import json

import pytest

from chains.costs import (
    ENOUGH,
    GUESSES,
    NEWEST,
    Expense,
    GasPrice,
    Sheet,
    Usage,
    Work,
    learn,
    lock_storage,
    sheet_document,
    sheet_of,
)

CLAIM, LOCK = (Work.CLAIM, False), (Work.LOCK, False)
PRICE = GasPrice(2_000_000_000, 1_700_000_000_000, 1_900_000_000)


def test_what_is_learned_is_the_median_of_the_newest_receipts() -> None:
    newest = [(CLAIM, gas, 7) for gas in (60_000, 58_000, 90_000)]
    assert learn(newest) == {CLAIM: Usage(60_000, 7, 3)}
    old = [(CLAIM, 1, 1)] * NEWEST
    assert learn(newest + old)[CLAIM].samples == NEWEST  # the newest count, however many there are
    assert learn([(CLAIM, 58_000, 0)] * NEWEST + [(CLAIM, 1, 0)] * NEWEST)[CLAIM].gas == 58_000


def test_too_few_receipts_teach_nothing() -> None:
    assert learn([(CLAIM, 60_000, 0)] * (ENOUGH - 1)) == {}


def test_an_expense_adds_gas_at_its_price_and_what_is_paid_besides_and_says_what_is_a_guess() -> None:
    sheet = Sheet(PRICE, {CLAIM: Usage(57_000, 40, 9)})
    parts = sheet.parts("evm", [Work.LOCK, Work.CLAIM], native=False, price=PRICE)
    spent = Expense("base", "ETH", 18, PRICE, parts, storage=3)
    assert [part.fee for part in parts] == [126_000 * 2_000_000_000, 57_000 * 2_000_000_000 + 40]
    assert (spent.gas, spent.spent) == (183_000 * 2_000_000_000 + 40, 183_000 * 2_000_000_000 + 43)
    assert [part.is_guess for part in parts] == [True, False]
    assert spent.is_guess
    assert not Expense("base", "ETH", 18, PRICE, parts[1:]).is_guess


def test_a_sheet_survives_json_beyond_what_json_numbers_hold() -> None:
    sheet = Sheet(GasPrice(10**30 + 1, 5, 10**25), {CLAIM: Usage(2**70, 2**80, 50), LOCK: Usage(1, 0, 3)})
    assert sheet_of(json.loads(json.dumps(sheet_document(sheet)))) == sheet
    assert sheet_of({}) == Sheet()


def test_nothing_is_known_of_a_call_that_we_do_not_make() -> None:
    with pytest.raises(KeyError):
        Sheet().usage("near", Work.FILL, native=False)


def test_every_guess_is_of_a_plausible_size() -> None:
    assert all(40_000 <= gas <= 250_000 for gas in GUESSES["evm"].values())
    assert all(10**12 <= gas <= 10**13 for gas in GUESSES["near"].values())


@pytest.mark.parametrize(("receiver", "token", "held"), [("x" * 64, None, 511), ("bob.near", "usdt.near", 468)])
def test_a_locks_record_is_paid_by_the_byte(receiver: str, token: str | None, held: int) -> None:
    assert lock_storage(receiver=receiver, token=token) == held * 10**19 + (1 if token else 0)
