"""Receipts and outcomes as nodes write them."""

import base64
import copy
from collections.abc import Sequence
from typing import Any

import base58
import pytest

from chains.clients.evm_types import log_entry, receipt_of
from chains.clients.near_types import access_key_of, block_ref, outcome_of
from chains.errors import CodecError, NodeMisbehaving
from tests.unit.chains.test_evm_events import raw_log

RECEIPT = {
    "transactionHash": "0x" + "7A" * 32,
    "status": "0x1",
    "blockNumber": "0x10",
    "blockHash": "0x" + "0b" * 32,
    "gasUsed": "0x5208",
    "effectiveGasPrice": "0x3b9aca00",
    "contractAddress": None,
    "logs": [raw_log("0x" + "12" * 32, b"")],
}


def test_a_receipt() -> None:
    receipt = receipt_of(RECEIPT)
    assert (receipt.status, receipt.block_height, receipt.gas_used) == (1, 16, 21000)
    assert receipt.tx_hash == "0x" + "7a" * 32
    assert (receipt.l1_fee, receipt.operator_fee) == (None, None)
    assert receipt.fee == 21000 * 10**9


@pytest.mark.parametrize(
    ("extra", "operator"),
    [
        ({}, None),
        ({"operatorFeeScalar": "0x3e8", "operatorFeeConstant": "0x7"}, 21000 * 1000 // 10**6 + 7),
        (
            {"operatorFeeScalar": "0x3e8", "operatorFeeConstant": "0x7", "daFootprintGasScalar": "0x190"},
            21000 * 1000 * 100 + 7,
        ),
    ],
    ids=["none", "Isthmus", "Jovian"],
)
def test_fees_of_op_chains(extra: dict[str, str], operator: int | None) -> None:
    receipt = receipt_of({**RECEIPT, "l1Fee": "0x64", **extra})
    assert (receipt.l1_fee, receipt.operator_fee) == (100, operator)
    assert receipt.fee == 21000 * 10**9 + 100 + (operator or 0)


@pytest.mark.parametrize(
    "damage", [{"status": "0x2"}, {"status": None}, {"blockHash": "0x12"}, {"logs": [{}]}, {"logs": None}]
)
def test_an_impossible_receipt(damage: dict[str, Any]) -> None:
    with pytest.raises((NodeMisbehaving, CodecError, KeyError, TypeError)):
        receipt_of({**RECEIPT, **damage})


@pytest.mark.parametrize(
    "damage", [{"address": "0x12"}, {"topics": ["0x12"]}, {"data": "12"}, {"logIndex": None}, {"blockHash": None}]
)
def test_an_impossible_log(damage: dict[str, Any]) -> None:
    with pytest.raises((NodeMisbehaving, CodecError)):
        log_entry({**raw_log("0x" + "12" * 32, b""), **damage})


HASH = base58.b58encode(b"\x01" * 32).decode()


def leaf(receipt: str, status: object, burnt: int, logs: Sequence[str] = ()) -> dict[str, Any]:
    outcome = {"logs": list(logs), "gas_burnt": burnt, "tokens_burnt": str(burnt * 10), "status": status}
    return {"id": receipt, "block_hash": HASH, "outcome": outcome}


def transaction(status: object, *receipts: dict[str, Any], stage: str = "FINAL") -> dict[str, Any]:
    return {
        "final_execution_status": stage,
        "status": status,
        "transaction_outcome": leaf("tx", {"SuccessReceiptId": "r1"}, 1),
        "receipts_outcome": list(receipts),
    }


VALUE = {"SuccessValue": base64.b64encode(b'"7"').decode()}
PANIC = {
    "Failure": {"ActionError": {"index": 0, "kind": {"FunctionCallError": {"ExecutionError": "panicked: ERR_EXPIRED"}}}}
}


def test_tokens_are_counted_over_all_outcomes() -> None:
    outcome = outcome_of(transaction(VALUE, leaf("r1", VALUE, 5, ["a"]), leaf("r2", VALUE, 7, ["b"])))
    assert (outcome.status, outcome.final, outcome.block_hash) == ("succeeded", True, HASH)
    assert (outcome.tokens_burnt, outcome.gas_burnt) == (130, 13)
    assert outcome.logs == ("a", "b")
    assert outcome.value == b'"7"'
    assert outcome.failed_receipts == ()


def test_reverted_tx_as_success_never() -> None:
    """Failure mode 8: FINAL is not success; and where a later receipt failed, it is named."""
    failed = outcome_of(transaction(PANIC, leaf("r1", PANIC, 5)))
    assert (failed.status, failed.final) == ("failed", True)
    assert failed.failure == "panicked: ERR_EXPIRED"
    partly = outcome_of(transaction(VALUE, leaf("r1", VALUE, 5), leaf("r2", PANIC, 5)))
    assert (partly.status, partly.failed_receipts) == ("succeeded", ("r2",))


@pytest.mark.parametrize("stage", ["INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED"])
def test_only_the_last_stage_is_final(stage: str) -> None:
    assert not outcome_of(transaction(VALUE, stage=stage)).final


def test_what_is_in_no_block_is_not_decided() -> None:
    assert outcome_of(transaction("Started", stage="INCLUDED")).status == "started"
    waiting = outcome_of(transaction("NotStarted", stage="NONE"))
    assert (waiting.status, waiting.final, waiting.block_hash) == ("started", False, "")
    assert outcome_of({"final_execution_status": "NONE"}).status == "unknown"
    with pytest.raises(NodeMisbehaving):
        outcome_of(transaction({"Perhaps": 1}))


def test_an_unreadable_failure_is_told_as_it_is() -> None:
    outcome = outcome_of(transaction({"Failure": {"InvalidTxError": "Expired"}}))
    assert outcome.failure == '{"InvalidTxError":"Expired"}'


HEADER = {"height": 7, "hash": HASH, "prev_hash": HASH, "timestamp_nanosec": "1700000000000000005", "timestamp": 1}


def test_a_blocks_time_keeps_its_nanoseconds() -> None:
    block = block_ref({"header": HEADER})
    assert (block.height, block.timestamp_ns, block.timestamp) == (7, 1_700_000_000_000_000_005, 1_700_000_000)


@pytest.mark.parametrize("damage", [{"hash": "0OIl"}, {"hash": "abc"}, {"hash": None}, {"height": -1}, {"height": "x"}])
def test_an_impossible_block(damage: dict[str, Any]) -> None:
    header = copy.deepcopy(HEADER) | damage
    with pytest.raises(NodeMisbehaving):
        block_ref({"header": header})


def test_access_keys() -> None:
    answer = {"nonce": 5, "permission": "FullAccess", "block_height": 7, "block_hash": HASH}
    assert access_key_of(answer).full_access
    limited = access_key_of({**answer, "permission": {"FunctionCall": {"receiver_id": "a.near"}}})
    assert not limited.full_access
    with pytest.raises(NodeMisbehaving):
        access_key_of({**answer, "permission": "Everything"})
