"""What things cost, against published figures, and where gas goes that nobody used."""

import pytest

from devnet.near import parameters
from devnet.near.borsh import Writer
from devnet.near.errors import TransactionRejected
from devnet.near.keys import private_key_of, public_key_bytes, public_key_of
from devnet.near.transactions import write_function_call, write_transfer
from devnet.near.vm.context import CallContext, PromisedCall
from devnet.near.vm.errors import HostError
from devnet.near.vm.host.promise_actions import promise_batch_action_create_account
from devnet.near.vm.host.promises import promise_batch_create, promise_batch_then, promise_return
from devnet.near.vm.logic import U64_MAX, Logic
from devnet.near.vm.modules import ModuleCache
from devnet.near.vm.runner import Runner
from tests.unit.devnet.near.contracts import MANY, wasm
from tests.unit.devnet.near.delegates import delegate
from tests.unit.devnet.near.desk import ALICE, APP, BOB, NEAR, TGAS, Desk, failure_of

BATCH = """(module
  (import "env" "current_account_id" (func $current (param i64)))
  (import "env" "promise_batch_create" (func $create (param i64 i64) (result i64)))
  (import "env" "promise_batch_action_function_call_weight"
    (func $call (param i64 i64 i64 i64 i64 i64 i64 i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hear")
  (func $promise (param $weight i64)
    (call $call (call $create (i64.const -1) (i64.const 0)) (i64.const 4) (i64.const 0) (i64.const 0) (i64.const 0)
      (i64.const 16) (i64.const 1000000000000) (local.get $weight)))
  (func (export "share") (call $current (i64.const 0))
    (call $promise (i64.const 1)) (call $promise (i64.const 996)) (call $promise (i64.const 0)))
  (func (export "hear")))"""

CONTEXT = CallContext(
    current_account_id=APP,
    signer_account_id=ALICE,
    signer_public_key=bytes(33),
    predecessor_account_id=ALICE,
    input=b"",
    block_height=1,
    block_timestamp=1,
    epoch_height=1,
    account_balance=NEAR,
    account_locked=0,
    storage_usage=100,
    prepaid_gas=100 * TGAS,
)


class NoRecords:
    """A contract that stores nothing."""

    def get(self, key: bytes) -> bytes | None:
        return None

    def set(self, key: bytes, value: bytes) -> None:
        raise AssertionError

    def remove(self, key: bytes) -> None:
        raise AssertionError


def test_a_transfer_costs_what_it_costs_on_mainnet() -> None:
    """0.0000446365125 NEAR: 223,182,562,500 gas to send and as much to execute, at 10^8 yoctoNEAR."""
    status = Desk().send(ALICE, BOB, write_transfer(1))
    outcomes = [status["transaction_outcome"], *status["receipts_outcome"]]
    assert [each["outcome"]["gas_burnt"] for each in outcomes] == [223_182_562_500] * 2
    assert sum(int(each["outcome"]["tokens_burnt"]) for each in outcomes) == 44_636_512_500_000_000_000


def test_a_dependency_costs_its_data_receipt_at_once() -> None:
    """Source: nearcore `pay_gas_for_new_receipt`: sending and executing of data are burnt by who makes the promise."""
    vm = Logic(CONTEXT, NoRecords())
    vm.write_register(0, BOB.encode())

    def burnt_by(step: object) -> int:
        before = vm.gas.burnt
        assert callable(step)
        step()
        return vm.gas.burnt - before

    alone = burnt_by(lambda: promise_batch_create(vm, U64_MAX, 0))
    after = burnt_by(lambda: promise_batch_then(vm, 0, U64_MAX, 0))
    assert after - alone == parameters.DATA_RECEIPT.send_not_sir + parameters.DATA_RECEIPT.execution
    assert vm.gas.promised == 2 * parameters.ACTION_RECEIPT.execution


def test_unused_gas_is_shared_by_weight() -> None:
    """NEP-264: each gets its fixed gas and its share, the last with a weight also what cannot be divided."""
    outcome = Runner(ModuleCache()).run(wasm(BATCH), "share", CONTEXT, NoRecords())
    assert outcome.error is None
    assert outcome.used_gas == CONTEXT.prepaid_gas
    calls = [action for receipt in outcome.receipts for action in receipt.actions]
    first, second, without = (call.gas - TGAS for call in calls if isinstance(call, PromisedCall))
    fixed = parameters.ACTION_RECEIPT.execution + parameters.FUNCTION_CALL.execution + TGAS
    fixed += len("hear") * parameters.FUNCTION_CALL_BYTE.execution
    assert without == 0
    assert first + second == outcome.used_gas - outcome.burnt_gas - 3 * fixed > TGAS
    # 997 parts, so that something always remains
    assert (second - 996 * first, first > 0) == ((first + second) % 997, True)


def test_gas_set_aside_by_a_call_comes_back_when_a_later_action_fails() -> None:
    desk = Desk({APP: wasm(MANY), BOB: wasm(MANY)})
    good = write_function_call("ask", BOB.encode(), 100 * TGAS, 0)
    bad = write_function_call("fail", b"", 100 * TGAS, 0)
    before = desk.amount(ALICE)
    status = desk.send(ALICE, APP, good, bad)
    assert "FunctionCallError" in failure_of(status)
    outcomes = [status["transaction_outcome"], *status["receipts_outcome"]]
    assert before - desk.amount(ALICE) == sum(int(each["outcome"]["tokens_burnt"]) for each in outcomes)
    assert desk.missing_tokens() == 0


def test_all_the_gas_of_a_delegate_is_accounted_for() -> None:
    desk = Desk()
    status = desk.send(ALICE, BOB, delegate(desk))
    burnt = [each["outcome"]["gas_burnt"] for each in (status["transaction_outcome"], *status["receipts_outcome"])]
    transfer = parameters.ACTION_RECEIPT.execution + parameters.TRANSFER.execution
    outer = parameters.ACTION_RECEIPT.execution + parameters.DELEGATE.execution
    # the outer receipt also burns what sending the inner one costs; nothing is left to refund
    assert burnt[1:] == [outer + transfer, transfer]


def test_a_joined_promise_takes_no_actions_and_is_not_returned() -> None:
    vm = Logic(CONTEXT, NoRecords())
    vm.promises = [[0]]
    with pytest.raises(HostError, match="non-joint promise"):
        promise_batch_action_create_account(vm, 0)
    with pytest.raises(HostError, match="Returning joint promise"):
        promise_return(vm, 0)
    with pytest.raises(HostError, match="7 does not correspond to existing promises"):
        promise_return(vm, 7)


def test_a_nonce_too_far_ahead_is_refused() -> None:
    desk = Desk()
    bound = desk.chain.head.height * parameters.ACCESS_KEY_NONCE_RANGE
    with pytest.raises(TransactionRejected) as caught:
        desk.chain.submit(desk.sign(ALICE, BOB, write_transfer(1), nonce=bound))
    assert caught.value.reason == {"NonceTooLarge": {"tx_nonce": bound, "upper_bound": bound}}


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        (write_function_call("go", b"", 0, 0), "FunctionCallZeroAttachedGas"),
        (
            write_function_call("go", b"", 10**15 + 1, 0),
            {"TotalPrepaidGasExceeded": {"total_prepaid_gas": 10**15 + 1, "limit": 10**15}},
        ),
        (
            write_function_call("m" * 257, b"", TGAS, 0),
            {"FunctionCallMethodNameLengthExceeded": {"length": 257, "limit": 256}},
        ),
    ],
)
def test_actions_that_are_none(action: bytes, problem: object) -> None:
    desk = Desk()
    with pytest.raises(TransactionRejected) as caught:
        desk.chain.submit(desk.sign(ALICE, APP, action))
    assert caught.value.reason == {"ActionsValidation": problem}


def test_too_many_actions() -> None:
    desk = Desk()
    with pytest.raises(TransactionRejected) as caught:
        desk.chain.submit(desk.sign(ALICE, BOB, *[write_transfer(1)] * 101))
    counted = {"total_number_of_actions": 101, "limit": 100}
    assert caught.value.reason == {"ActionsValidation": {"TotalNumberOfActionsExceeded": counted}}


def test_staked_money_is_locked_and_keeps_the_account() -> None:
    desk = Desk()
    key = public_key_bytes(public_key_of(private_key_of(ALICE)))

    def stake(amount: int) -> bytes:
        return bytes(Writer().u8(4).u128(amount).raw(key))

    desk.send(ALICE, ALICE, stake(10 * NEAR))
    account = desk.account(ALICE)
    assert account is not None
    assert account.locked == 10 * NEAR
    delete = bytes(Writer().u8(7).text(BOB))
    assert failure_of(desk.send(ALICE, ALICE, delete)) == {"DeleteAccountStaking": {"account_id": ALICE}}
    assert "TriesToStake" in failure_of(desk.send(ALICE, ALICE, stake(10_000 * NEAR)))
    desk.send(ALICE, ALICE, stake(0))
    assert failure_of(desk.send(ALICE, ALICE, stake(0))) == {"TriesToUnstake": {"account_id": ALICE}}
    assert desk.missing_tokens() == 0
