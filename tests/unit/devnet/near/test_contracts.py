"""The virtual machine by the smallest contracts: results, rollback, gas, and each way of failing."""

import base64
from typing import Any

import pytest

from devnet.near.parameters import ACTION_RECEIPT, FUNCTION_CALL, FUNCTION_CALL_BYTE, GAS_PRICE
from devnet.near.state import DATA, Key
from devnet.near.transactions import write_function_call
from devnet.near.vm.gas import OPERATION
from tests.unit.devnet.near.desk import ALICE, APP, BOB, NEAR, TGAS, Desk, failure_of
from tests.unit.devnet.near.wat import contract


@pytest.fixture
def desk() -> Desk:
    return Desk(contracts={APP: contract()})


def _call(desk: Desk, method: str, args: bytes = b"", gas: int = 50 * TGAS, deposit: int = 0) -> dict[str, Any]:
    return desk.send(ALICE, APP, write_function_call(method, args, gas, deposit))


def _value(status: dict[str, Any]) -> bytes:
    return base64.b64decode(status["status"]["SuccessValue"])


def test_records_are_kept_and_paid_for_by_the_byte(desk: Desk) -> None:
    before = desk.account(APP)
    _call(desk, "set")
    assert _value(_call(desk, "get")) == b"bob.near"
    after = desk.account(APP)
    assert before is not None and after is not None
    assert after.storage_usage - before.storage_usage == len(b"boom") + len(b"bob.near") + 40
    _call(desk, "unset")
    freed = desk.account(APP)
    assert freed is not None and freed.storage_usage == before.storage_usage


def test_arguments_come_as_they_were_sent(desk: Desk) -> None:
    assert _value(_call(desk, "echo", b'{"a": 1}')) == b'{"a": 1}'


def test_a_panic_undoes_everything_and_brings_the_deposit_back(desk: Desk) -> None:
    status = _call(desk, "fail", deposit=NEAR)
    assert failure_of(status) == {"FunctionCallError": {"ExecutionError": "Smart contract panicked: boom"}}
    assert status["receipts_outcome"][0]["outcome"]["logs"] == ["boom"]
    assert desk.state.get(Key(DATA, APP, b"boom")) is None
    assert desk.amount(ALICE) > 999 * NEAR
    assert desk.missing_tokens() == 0


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("trap", {"ExecutionError": "WebAssembly trap: An `unreachable` opcode was executed."}),
        ("beyond", {"ExecutionError": "Accessed memory outside the bounds."}),
        ("spin", {"ExecutionError": "Exceeded the prepaid gas."}),
        ("unknown", {"LinkError": {"msg": "unknown import: env::validator_secret"}}),
        ("returns", {"MethodResolveError": "MethodInvalidSignature"}),
        ("nothing", {"MethodResolveError": "MethodNotFound"}),
        ("memory", {"MethodResolveError": "MethodNotFound"}),
    ],
)
def test_each_failure_has_nearcores_name(desk: Desk, method: str, kind: Any) -> None:
    assert failure_of(_call(desk, method)) == {"FunctionCallError": kind}
    assert desk.missing_tokens() == 0


def test_an_endless_loop_burns_all_its_gas_and_no_more(desk: Desk) -> None:
    outcome = _call(desk, "spin", gas=5 * TGAS)["receipts_outcome"][0]["outcome"]
    assert 5 * TGAS < outcome["gas_burnt"] < 7 * TGAS


def test_a_promised_transfer_is_a_receipt_of_its_own(desk: Desk) -> None:
    before = desk.amount(BOB)
    status = _call(desk, "give")
    assert desk.amount(BOB) - before == 5
    assert [each["outcome"]["executor_id"] for each in status["receipts_outcome"]][:2] == [APP, BOB]
    assert desk.missing_tokens() == 0


def test_a_call_that_fails_sends_none_of_its_promises(desk: Desk) -> None:
    before = desk.amount(BOB)
    _call(desk, "give_and_fail")
    assert desk.amount(BOB) == before


def test_a_callback_learns_that_its_promise_failed_and_gives_the_result(desk: Desk) -> None:
    status = _call(desk, "chain")
    assert _value(status) == b"2"
    failed = [each for each in status["receipts_outcome"] if "Failure" in each["outcome"]["status"]]
    assert len(failed) == 1
    assert desk.state.get(Key(DATA, APP, b"boom")) is None
    assert desk.missing_tokens() == 0


def test_a_call_without_a_contract_fails(desk: Desk) -> None:
    status = desk.send(ALICE, BOB, write_function_call("set", b"", 10 * TGAS, 0))
    missing = {"CompilationError": {"CodeDoesNotExist": {"account_id": BOB}}}
    assert failure_of(status) == {"FunctionCallError": missing}


def test_the_contract_earns_three_tenths_of_the_gas_that_its_code_burnt(desk: Desk) -> None:
    before, burnt = desk.amount(APP), desk.chain.burnt
    status = _call(desk, "set")
    outcome = status["receipts_outcome"][0]["outcome"]
    fees = ACTION_RECEIPT.execution + FUNCTION_CALL.execution + FUNCTION_CALL_BYTE.execution * len("set")
    earned = (outcome["gas_burnt"] - fees) * 3 // 10 * GAS_PRICE
    assert desk.amount(APP) - before == earned > 0
    paid = int(outcome["tokens_burnt"]) + int(status["transaction_outcome"]["outcome"]["tokens_burnt"])
    assert desk.chain.burnt - burnt == paid - earned


def test_a_promise_of_a_receipt_that_fails_later_costs_nothing(desk: Desk) -> None:
    before, had = desk.amount(ALICE), desk.amount(APP)
    actions = [write_function_call(method, b"", 50 * TGAS, 0) for method in ("give", "trap")]
    status = desk.send(ALICE, APP, *actions)
    assert status["status"]["Failure"]["ActionError"]["index"] == 1
    outcomes = [status["transaction_outcome"], *status["receipts_outcome"]]
    assert before - desk.amount(ALICE) == sum(int(each["outcome"]["tokens_burnt"]) for each in outcomes)
    assert desk.amount(APP) >= had
    assert desk.missing_tokens() == 0


def test_more_operations_burn_more_gas(desk: Desk) -> None:
    burnt = {
        rounds: _call(desk, "count", rounds.to_bytes(8, "little"))["receipts_outcome"][0]["outcome"]["gas_burnt"]
        for rounds in (1_000, 2_000, 3_000)
    }
    assert burnt[2_000] - burnt[1_000] == burnt[3_000] - burnt[2_000] > 1_000 * OPERATION
