"""Receipts on their way: block by block, joined, held back, and too many for one block."""

import base64
from typing import Any

import pytest

from devnet.near.parameters import CHUNK_GAS_LIMIT
from devnet.near.receipts import ActionReceipt, DataReceipt
from devnet.near.transactions import SignedTransaction, write_function_call, write_transfer
from tests.unit.devnet.near.contracts import MANY, wasm
from tests.unit.devnet.near.desk import ALICE, APP, BOB, NEAR, TGAS, Desk, failure_of


@pytest.fixture
def desk() -> Desk:
    """BOB has the contract too: APP asks, BOB answers."""
    return Desk({APP: wasm(MANY), BOB: wasm(MANY)})


@pytest.fixture
def slow(desk: Desk) -> Desk:
    """A chain that makes a block only when it is told to."""
    desk.chain.pause()
    return desk


def call(method: str, args: bytes = b"", deposit: int = 0, gas: int = 100 * TGAS) -> bytes:
    return write_function_call(method, args, gas, deposit)


def value(status: dict[str, Any]) -> bytes:
    return base64.b64decode(status["status"]["SuccessValue"])


def submit(desk: Desk, *actions: bytes, receiver: str = APP) -> SignedTransaction:
    transaction = desk.sign(ALICE, receiver, *actions)
    desk.chain.submit(transaction)
    return transaction


def test_a_promise_takes_one_block_for_each_step(slow: Desk) -> None:
    asked = submit(slow, call("ask", BOB.encode()))
    kinds: list[list[str]] = []
    for _ in range(5):
        block = slow.chain.produce()
        kinds.append(sorted(f"{type(each).__name__} to {each.receiver_id}" for each in block.receipts))
    action, data = ActionReceipt.__name__, DataReceipt.__name__
    assert kinds == [
        # the transaction alone
        [],
        [f"{action} to {APP}"],
        # the question, the callback that waits, and gas given back
        [f"{action} to {ALICE}", f"{action} to {APP}", f"{action} to {BOB}"],
        # the answer, and gas given back
        [f"{action} to {ALICE}", f"{data} to {APP}"],
        [f"{action} to {ALICE}"],
    ]
    assert value(slow.status(asked)) == b"pong"
    assert slow.missing_tokens() == 0


def test_a_receipt_to_oneself_is_executed_in_the_block_of_its_transaction(slow: Desk) -> None:
    transaction = slow.sign(ALICE, ALICE, write_transfer(1))
    slow.chain.submit(transaction)
    slow.chain.produce()
    assert slow.status(transaction)["status"] == {"SuccessValue": ""}


def test_a_callback_gets_what_the_promise_returned(desk: Desk) -> None:
    assert value(desk.send(ALICE, APP, call("ask", BOB.encode()))) == b"pong"


def test_a_callback_gets_that_the_promise_failed(desk: Desk) -> None:
    status = desk.send(ALICE, APP, call("ask_in_vain", BOB.encode()))
    assert value(status) == b"no!"
    failures = [each for each in status["receipts_outcome"] if "Failure" in each["outcome"]["status"]]
    assert [each["outcome"]["executor_id"] for each in failures] == [BOB]


def test_joined_promises_give_all_their_results(desk: Desk) -> None:
    assert value(desk.send(ALICE, APP, call("ask_twice", BOB.encode()))) == b"\x02"


def test_a_promise_to_nobody_fails_and_the_callback_learns_it(desk: Desk) -> None:
    assert value(desk.send(ALICE, APP, call("ask", b"nobody.near"))) == b"no!"


def test_a_promise_to_no_name_fails_the_call(desk: Desk) -> None:
    status = desk.send(ALICE, APP, call("ask", b"No Name"))
    assert failure_of(status) == {"NewReceiptValidationError": {"InvalidReceiverId": {"account_id": "No Name"}}}


def test_a_promised_payment_that_fails_comes_back_to_the_contract(desk: Desk) -> None:
    before = desk.amount(APP)
    desk.send(ALICE, APP, call("pay", b"nobody.near"))
    # its share of the gas that its code burnt is all that the contract gains
    assert 0 < desk.amount(APP) - before < NEAR // 1000
    assert desk.missing_tokens() == 0


def test_the_contract_earns_three_tenths_of_the_gas_its_code_burns(desk: Desk) -> None:
    before, burnt = desk.amount(APP), desk.chain.burnt
    status = desk.send(ALICE, APP, call("pong"))
    costs = [int(each["outcome"]["tokens_burnt"]) for each in status["receipts_outcome"]]
    costs.append(int(status["transaction_outcome"]["outcome"]["tokens_burnt"]))
    reward = desk.amount(APP) - before
    assert reward > 0
    assert desk.chain.burnt - burnt == sum(costs) - reward


def test_a_held_receipt_waits_until_it_is_released(desk: Desk) -> None:
    desk.chain.holds.hold(BOB, None)
    transaction = submit(desk, call("ask", BOB.encode()))
    assert desk.status(transaction)["status"] == "Started"
    assert len(desk.chain.holds) == 1
    desk.chain.ledger.incoming[:0] = desk.chain.holds.release(BOB)
    desk.chain.settle()
    assert value(desk.status(transaction)) == b"pong"


def test_a_delayed_receipt_comes_after_so_many_blocks(slow: Desk) -> None:
    slow.chain.holds.hold(APP, 3)
    transaction = submit(slow, call("pong"))
    for _ in range(4):
        slow.chain.produce()
        assert slow.status(transaction)["status"] == "Started"
    slow.chain.produce()
    assert value(slow.status(transaction)) == b"pong"


def test_receipts_beyond_the_gas_of_a_block_wait_for_the_next(slow: Desk) -> None:
    """Each loop burns 300 Tgas; a block takes no more than 1000 before it closes."""
    nonce = 1
    sent = []
    for _ in range(6):
        transaction = slow.sign(ALICE, APP, call("loop", gas=300 * TGAS), nonce=nonce)
        slow.chain.submit(transaction)
        sent.append(transaction)
        nonce += 1
    slow.chain.produce()
    first = slow.chain.produce()
    done = [each for each in sent if slow.status(each)["status"] != "Started"]
    assert len(done) == 4
    assert first.gas_used >= CHUNK_GAS_LIMIT
    slow.chain.produce()
    assert all(slow.status(each)["status"] != "Started" for each in sent)


def test_transactions_of_one_block_go_by_their_nonces(slow: Desk) -> None:
    later = slow.sign(ALICE, BOB, write_transfer(1), nonce=2)
    sooner = slow.sign(ALICE, BOB, write_transfer(1), nonce=1)
    for transaction in (later, sooner):
        slow.chain.submit(transaction)
    block = slow.chain.produce()
    assert [each.transaction.nonce for each in block.transactions] == [1, 2]


def test_a_promise_outlives_the_memory_of_its_block() -> None:
    desk = Desk({APP: wasm(MANY), BOB: wasm(MANY)}, state_history=5, block_history=8)
    desk.chain.holds.hold(BOB, None)
    submit(desk, call("ask", BOB.encode()))
    for _ in range(20):
        desk.chain.produce()
    desk.chain.ledger.incoming[:0] = desk.chain.holds.release(BOB)
    for _ in range(6):
        block = desk.chain.produce()
    assert len(desk.chain.ledger.postponed) == 0
    assert block.receipts == []
    assert desk.missing_tokens() == 0
