"""The RPC's answers and errors, in nearcore's shapes."""

import base64
import json
from typing import Any

import pytest

from devnet.near.keys import hash_bytes, private_key_of
from devnet.near.rpc import METHODS
from devnet.near.rpc.errors import RpcError
from devnet.near.rpc.registry import Call, Node
from devnet.near.transactions import (
    write_deploy_contract,
    write_function_call,
    write_signed_transaction,
    write_transfer,
)
from tests.unit.devnet.near.contracts import MANY, wasm
from tests.unit.devnet.near.desk import ALICE, APP, BOB, NEAR, TGAS, Desk

NO_HASH = "1" * 32


class Asker:
    """Asks a node that runs in this process."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.node = Node(desk.chain)

    def __call__(self, method: str, params: Any = None, behind: int = 0) -> Any:
        result = METHODS[method](Call(self.node, {} if params is None else params, behind))
        # what goes over the wire must be JSON
        return json.loads(json.dumps(result))

    def query(self, kind: str, account: str, **params: Any) -> Any:
        where = {} if "block_id" in params else {"finality": "optimistic"}
        return self("query", {"request_type": kind, "account_id": account, **where, **params})

    def error(self, method: str, params: Any = None) -> tuple[dict[str, Any], int]:
        with pytest.raises(RpcError) as caught:
            self(method, params)
        return caught.value.error, caught.value.http_status


@pytest.fixture
def ask() -> Asker:
    return Asker(Desk({APP: wasm(MANY)}, poll_timeout=0.05))


def call(method: str, args: bytes = b"") -> bytes:
    return write_function_call(method, args, 50 * TGAS, 0)


@pytest.mark.parametrize("reference", [999, NO_HASH])
@pytest.mark.parametrize("method", ["block", "EXPERIMENTAL_changes_in_block"])
def test_an_unknown_block(ask: Asker, method: str, reference: Any) -> None:
    error, status = ask.error(method, {"block_id": reference})
    assert (error["name"], error["cause"]) == ("HANDLER_ERROR", {"name": "UNKNOWN_BLOCK", "info": {}})
    assert (error["code"], error["message"], status) == (-32000, "Server error", 422)
    assert error["data"].startswith("DB Not Found Error: BLOCK H")


def test_an_unknown_account(ask: Asker) -> None:
    head = ask.desk.chain.head
    error, status = ask.error(
        "query", {"request_type": "view_account", "account_id": "no.near", "finality": "optimistic"}
    )
    info = {"requested_account_id": "no.near", "block_height": head.height, "block_hash": head.hash}
    assert error["cause"] == {"name": "UNKNOWN_ACCOUNT", "info": info}
    assert (error["data"], status) == ("account no.near does not exist while viewing", 200)


def test_an_unknown_key_is_a_result_of_query_and_an_error_of_its_own_method(ask: Asker) -> None:
    """Nearcore keeps `query` as it was before it had errors with names."""
    key = "ed25519:" + NO_HASH
    params = {"account_id": ALICE, "public_key": key, "finality": "final"}
    soft = ask("query", {"request_type": "view_access_key", **params})
    assert soft["error"] == f"access key {key} does not exist while viewing"
    error, _ = ask.error("EXPERIMENTAL_view_access_key", params)
    assert error["cause"]["name"] == "UNKNOWN_ACCESS_KEY"
    assert error["cause"]["info"]["public_key"] == key


def test_a_view_that_fails_likewise(ask: Asker) -> None:
    params = {"account_id": APP, "method_name": "fail", "args_base64": "", "finality": "final"}
    soft = ask("query", {"request_type": "call_function", **params})
    assert 'ProhibitedInView { method_name: "storage_write" }' in soft["error"]
    error, _ = ask.error("EXPERIMENTAL_call_function", params)
    assert error["cause"]["name"] == "CONTRACT_EXECUTION_ERROR"


def test_no_contract_to_show(ask: Asker) -> None:
    error, _ = ask.error("query", {"request_type": "view_code", "account_id": ALICE, "finality": "final"})
    assert error["cause"]["name"] == "NO_CONTRACT_CODE"


def test_state_that_is_forgotten(ask: Asker) -> None:
    old = ask.desk.chain.head.height
    asker = Asker(Desk(state_history=5, block_history=10))
    for _ in range(8):
        asker.desk.chain.produce()
    params = {"request_type": "view_account", "account_id": ALICE, "block_id": old}
    assert asker.error("query", params)[0]["cause"]["name"] == "GARBAGE_COLLECTED_BLOCK"
    for _ in range(8):
        asker.desk.chain.produce()
    assert asker.error("query", params)[0]["cause"]["name"] == "UNKNOWN_BLOCK"


def test_a_great_gap_of_heights_forgets_no_state(ask: Asker) -> None:
    """What is kept is counted in blocks."""
    ask("devnet_skip_heights", {"count": 100_000})
    ask.desk.chain.produce()
    final = ask("query", {"request_type": "view_account", "account_id": ALICE, "finality": "final"})
    assert final["block_height"] < ask.desk.chain.head.height - 100_000
    assert int(final["amount"]) == 1000 * NEAR


def test_each_finality_shows_its_own_state(ask: Asker) -> None:
    chain = ask.desk.chain
    chain.pause()
    chain.submit(ask.desk.sign(ALICE, BOB, write_transfer(NEAR)))
    chain.produce()
    chain.produce()
    seen = {}
    for finality in ("optimistic", "near-final", "final"):
        answer = ask("query", {"request_type": "view_account", "account_id": BOB, "finality": finality})
        seen[finality] = (int(answer["amount"]), answer["block_height"])
    head = chain.head.height
    assert seen == {
        "optimistic": (1001 * NEAR, head),
        "near-final": (1000 * NEAR, head - 1),
        "final": (1000 * NEAR, head - 2),
    }


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("block", {}),
        ("block", {"block_id": "not a hash"}),
        ("block", {"finality": "sometime"}),
        ("query", {"finality": "final"}),
        ("query", {"request_type": "view_nothing", "account_id": ALICE, "finality": "final"}),
        ("query", {"request_type": "view_account", "finality": "final"}),
        ("send_tx", {"signed_tx_base64": "AAAA"}),
        ("send_tx", {"signed_tx_base64": "%"}),
        ("tx", ["x"]),
        ("EXPERIMENTAL_changes", {"finality": "final", "changes_type": "all", "account_ids": []}),
        ("chunk", {}),
    ],
)
def test_senseless_parameters(ask: Asker, method: str, params: Any) -> None:
    error, status = ask.error(method, params)
    assert (error["name"], error["cause"]["name"]) == ("REQUEST_VALIDATION_ERROR", "PARSE_ERROR")
    assert (error["code"], status) == (-32700, 400)


def test_a_refused_transaction(ask: Asker) -> None:
    sent = ask.desk.sign(ALICE, BOB, write_transfer(1), nonce=5)
    ask.desk.chain.submit(sent)
    raw = encoded(ask.desk, nonce=5, amount=2)
    error, status = ask.error("send_tx", {"signed_tx_base64": raw})
    assert error["cause"] == {"name": "INVALID_TRANSACTION", "info": {}}
    nonces = {"InvalidNonce": {"tx_nonce": 5, "ak_nonce": 5}}
    assert error["data"] == {"TxExecutionError": {"InvalidTxError": nonces}}
    assert status == 200


def test_an_async_broadcast_tells_no_refusal(ask: Asker) -> None:
    ask.desk.send(ALICE, BOB, write_transfer(1))
    tx_hash = ask("broadcast_tx_async", [encoded(ask.desk, nonce=1, amount=2)])
    assert tx_hash not in ask.desk.chain.ledger.transactions


def test_a_transaction_nobody_knows(ask: Asker) -> None:
    """Asked for without waiting it is unknown; else the node waits in vain."""
    params = {"tx_hash": NO_HASH, "sender_account_id": ALICE}
    error, _ = ask.error("tx", {**params, "wait_until": "NONE"})
    assert error["cause"] == {"name": "UNKNOWN_TRANSACTION", "info": {"requested_transaction_hash": NO_HASH}}
    error, status = ask.error("tx", params)
    assert (error["cause"], error["data"], status) == ({"name": "TIMEOUT_ERROR"}, "Timeout", 408)


def test_a_receipt_by_its_id(ask: Asker) -> None:
    status = ask.desk.send(ALICE, BOB, write_transfer(7))
    receipt_id = status["transaction_outcome"]["outcome"]["receipt_ids"][0]
    found = ask("EXPERIMENTAL_receipt", {"receipt_id": receipt_id})
    assert found["receipt"]["Action"]["actions"] == [{"Transfer": {"deposit": "7"}}]
    error, _ = ask.error("EXPERIMENTAL_receipt", {"receipt_id": NO_HASH})
    assert error["cause"] == {"name": "UNKNOWN_RECEIPT", "info": {"receipt_id": NO_HASH}}


def test_the_levels_of_a_transaction_in_their_order(ask: Asker) -> None:
    desk = ask.desk
    desk.chain.pause()
    transaction = desk.sign(ALICE, APP, call("ask", BOB.encode()))
    desk.chain.submit(transaction)
    params = {"tx_hash": transaction.hash, "sender_account_id": ALICE, "wait_until": "INCLUDED"}
    levels = []
    for _ in range(8):
        desk.chain.produce()
        levels.append(ask("tx", params)["final_execution_status"])
    # the transaction's block is final after the third, the callback runs in the fourth, the last refund in the fifth
    assert levels == ["INCLUDED", "INCLUDED", "INCLUDED_FINAL", "EXECUTED", "EXECUTED", "EXECUTED", "FINAL", "FINAL"]


def test_what_is_executed_before_its_block_is_final(ask: Asker) -> None:
    desk = ask.desk
    desk.chain.pause()
    transaction = desk.sign(ALICE, ALICE, write_transfer(1))
    desk.chain.submit(transaction)
    desk.chain.produce()
    params = {"tx_hash": transaction.hash, "sender_account_id": ALICE}
    assert ask("tx", params)["final_execution_status"] == "EXECUTED_OPTIMISTIC"
    error, status = ask.error("tx", {**params, "wait_until": "FINAL"})
    assert (error["cause"]["name"], status) == ("TIMEOUT_ERROR", 408)
    desk.chain.produce()
    desk.chain.produce()
    assert ask("tx", {**params, "wait_until": "FINAL"})["final_execution_status"] == "FINAL"


def test_changes_name_their_receipt(ask: Asker) -> None:
    status = ask.desk.send(ALICE, APP, call("write", b"v"))
    receipt_id = status["transaction_outcome"]["outcome"]["receipt_ids"][0]
    block_id = status["receipts_outcome"][0]["block_hash"]
    params = {"block_id": block_id, "changes_type": "data_changes", "account_ids": [APP]}
    answer = ask("EXPERIMENTAL_changes", {**params, "key_prefix_base64": ""})
    change = {"account_id": APP, "key_base64": "aw==", "value_base64": "dg=="}
    cause = {"type": "receipt_processing", "receipt_hash": receipt_id}
    assert answer == {
        "block_hash": block_id,
        "changes": [{"cause": cause, "type": "data_update", "change": change}],
    }
    # another prefix, another account
    assert ask("changes", {**params, "key_prefix_base64": "eA=="})["changes"] == []
    assert ask("changes", {**params, "account_ids": [BOB], "key_prefix_base64": ""})["changes"] == []


def test_a_removed_record_is_a_deletion(ask: Asker) -> None:
    ask.desk.send(ALICE, APP, call("write", b"v"))
    status = ask.desk.send(ALICE, APP, call("remove"))
    params = {"changes_type": "data_changes", "account_ids": [APP], "key_prefix_base64": ""}
    answer = ask("changes", {"block_id": status["receipts_outcome"][0]["block_hash"], **params})
    assert [(each["type"], each["change"]) for each in answer["changes"]] == [
        ("data_deletion", {"account_id": APP, "key_base64": "aw=="})
    ]


def test_a_failed_call_changes_no_record(ask: Asker) -> None:
    status = ask.desk.send(ALICE, APP, call("fail", b"v"))
    params = {"changes_type": "data_changes", "account_ids": [APP], "key_prefix_base64": ""}
    assert ask("changes", {"block_id": status["receipts_outcome"][0]["block_hash"], **params})["changes"] == []


def test_keys_code_and_accounts_change_too(ask: Asker) -> None:
    status = ask.desk.send(BOB, BOB, write_deploy_contract(wasm(MANY)))
    block_id = status["receipts_outcome"][0]["block_hash"]

    def kinds(changes_type: str) -> list[tuple[str, str]]:
        params = {"block_id": block_id, "changes_type": changes_type, "account_ids": [BOB]}
        return [(each["type"], each["cause"]["type"]) for each in ask("changes", params)["changes"]]

    assert kinds("contract_code_changes") == [("contract_code_update", "receipt_processing")]
    assert kinds("all_access_key_changes") == [("access_key_update", "transaction_processing")]
    assert kinds("account_changes") == [
        ("account_update", "transaction_processing"),
        ("account_update", "receipt_processing"),
    ]
    touched = ask("EXPERIMENTAL_changes_in_block", {"block_id": block_id})["changes"]
    assert {each["type"] for each in touched} == {"account_touched", "access_key_touched", "contract_code_touched"}


def test_a_lagging_answer_hides_the_newest_blocks(ask: Asker) -> None:
    chain = ask.desk.chain
    for _ in range(6):
        chain.produce()
    assert ask("status", behind=4)["sync_info"]["latest_block_height"] == chain.head.height - 4
    assert ask("block", {"finality": "optimistic"}, behind=4)["header"]["height"] == chain.head.height - 4
    with pytest.raises(RpcError):
        ask("block", {"block_id": chain.head.height}, behind=4)


def test_state_by_force(ask: Asker) -> None:
    supply = ask("devnet_state")["total_supply"]
    records = [
        {"Account": {"account_id": "new.near", "account": {"amount": str(7 * NEAR), "locked": "0"}}},
        {"Contract": {"account_id": "new.near", "code": base64.b64encode(wasm(MANY)).decode()}},
        {"Data": {"account_id": "new.near", "data_key": "aw==", "value": "dg=="}},
    ]
    ask("sandbox_patch_state", {"records": records})
    assert ask.query("view_account", "new.near")["amount"] == str(7 * NEAR)
    assert bytes(ask.query("call_function", "new.near", method_name="read", args_base64="")["result"]) == b"v"
    assert int(ask("devnet_state")["total_supply"]) - int(supply) == 7 * NEAR


def test_time_and_heights_jump(ask: Asker) -> None:
    chain = ask.desk.chain
    before, height = chain.head.timestamp, chain.head.height
    ask("sandbox_fast_forward", {"delta_height": 1000})
    assert chain.head.height >= height + 1000
    assert chain.blocks.at_height(height + 1) is None
    assert chain.head.timestamp - before >= 1000 * 10**9
    ask("devnet_set_time", {"timestamp_ns": str(2 * 10**18), "frozen": True})
    assert [chain.produce().timestamp - 2 * 10**18 for _ in range(3)] == [0, 1, 2]


def encoded(desk: Desk, nonce: int, amount: int) -> str:
    head = hash_bytes(desk.chain.head.hash)
    raw = write_signed_transaction(ALICE, private_key_of(ALICE), nonce, BOB, head, [write_transfer(amount)])
    return base64.b64encode(raw).decode()
