"""What the RPC answers: states of the past, causes of changes, nearcore's error names."""

import base64
from typing import Any

import httpx
import pytest

from devnet.near.keys import public_key_of
from devnet.near.process import NearDevnet, NearRpcError
from devnet.near.transactions import write_function_call, write_transfer
from tests.unit.devnet.near.wat import contract

ALICE, BOB, APP = "alice.near", "bob.near", "app.near"
NEAR = 10**24


@pytest.fixture(scope="module")
def app(devnet: NearDevnet) -> NearDevnet:
    devnet.deploy(APP, contract())
    return devnet


def _send(devnet: NearDevnet, signed: bytes, wait_until: str) -> Any:
    return devnet.rpc("send_tx", {"signed_tx_base64": base64.b64encode(signed).decode(), "wait_until": wait_until})


def _amount(devnet: NearDevnet, **at: Any) -> int:
    return int(devnet.rpc("query", {"request_type": "view_account", "account_id": BOB} | at)["amount"])


def test_each_head_has_its_own_state(fresh: NearDevnet) -> None:
    fresh.rpc("devnet_pause")
    before = fresh.balance(BOB)
    _send(fresh, fresh.sign(ALICE, BOB, [write_transfer(5)]), "NONE")
    fresh.mine(2)
    assert [_amount(fresh, finality=name) - before for name in ("optimistic", "near-final", "final")] == [5, 0, 0]
    fresh.mine(1)
    assert [_amount(fresh, finality=name) - before for name in ("optimistic", "near-final", "final")] == [5, 5, 0]
    fresh.mine(1)
    assert _amount(fresh, finality="final") - before == 5
    head = fresh.rpc("block", {"finality": "optimistic"})["header"]
    assert _amount(fresh, block_id=head["height"] - 3) == before
    assert _amount(fresh, block_id=head["hash"]) == before + 5


def test_the_state_300_blocks_ago_is_still_there_and_older_ones_end(fresh: NearDevnet) -> None:
    height = fresh.rpc("block", {"finality": "optimistic"})["header"]["height"]
    before = fresh.balance(BOB)
    fresh.transfer(ALICE, BOB, 5)
    fresh.mine(300)
    assert _amount(fresh, block_id=height) == before
    fresh.mine(200)
    with pytest.raises(NearRpcError) as old:
        _amount(fresh, block_id=height)
    assert old.value.cause == "GARBAGE_COLLECTED_BLOCK"


def test_changes_name_the_receipt_that_made_them(app: NearDevnet) -> None:
    outcome = app.call(ALICE, APP, "set")
    executed = outcome["receipts_outcome"][0]
    prefix = base64.b64encode(b"bo").decode()
    asked = {"changes_type": "data_changes", "account_ids": [APP], "key_prefix_base64": prefix}
    found = app.rpc("EXPERIMENTAL_changes", asked | {"block_id": executed["block_hash"]})
    assert found == {
        "block_hash": executed["block_hash"],
        "changes": [
            {
                "cause": {"type": "receipt_processing", "receipt_hash": executed["id"]},
                "type": "data_update",
                "change": {"account_id": APP, "key_base64": "Ym9vbQ==", "value_base64": "Ym9iLm5lYXI="},
            }
        ],
    }
    app.call(ALICE, APP, "fail", check=False)
    assert app.rpc("changes", asked | {"finality": "final"})["changes"] == []
    other = asked | {"key_prefix_base64": base64.b64encode(b"x").decode(), "block_id": executed["block_hash"]}
    assert app.rpc("changes", other)["changes"] == []


def test_a_skipped_height_is_unknown_and_the_links_go_around_it(fresh: NearDevnet) -> None:
    before = fresh.rpc("block", {"finality": "optimistic"})["header"]
    fresh.rpc("devnet_skip_heights", {"count": 2})
    fresh.mine(1)
    after = fresh.rpc("block", {"finality": "optimistic"})["header"]
    assert (after["height"], after["prev_height"]) == (before["height"] + 3, before["height"])
    assert after["prev_hash"] == before["hash"]
    for height in (before["height"] + 1, before["height"] + 2):
        with pytest.raises(NearRpcError) as unknown:
            fresh.rpc("block", {"block_id": height})
        assert unknown.value.cause == "UNKNOWN_BLOCK"


@pytest.mark.parametrize(
    ("method", "params", "name", "cause"),
    [
        ("query", {"request_type": "view_account", "finality": "final", "account_id": "nobody.near"}, "HANDLER_ERROR", "UNKNOWN_ACCOUNT"),
        ("query", {"request_type": "view_code", "finality": "final", "account_id": BOB}, "HANDLER_ERROR", "NO_CONTRACT_CODE"),
        ("query", {"request_type": "view_account", "finality": "final"}, "REQUEST_VALIDATION_ERROR", "PARSE_ERROR"),
        ("query", {"request_type": "view_account", "finality": "soon", "account_id": BOB}, "REQUEST_VALIDATION_ERROR", "PARSE_ERROR"),
        ("block", {"block_id": 10**9}, "HANDLER_ERROR", "UNKNOWN_BLOCK"),
        ("block", {"block_id": "1" * 32}, "HANDLER_ERROR", "UNKNOWN_BLOCK"),
        ("tx", {"tx_hash": "1" * 32, "sender_account_id": BOB, "wait_until": "NONE"}, "HANDLER_ERROR", "UNKNOWN_TRANSACTION"),
        ("send_tx", {"signed_tx_base64": "AAAA", "wait_until": "NONE"}, "REQUEST_VALIDATION_ERROR", "PARSE_ERROR"),
        ("EXPERIMENTAL_receipt", {"receipt_id": "1" * 32}, "HANDLER_ERROR", "UNKNOWN_RECEIPT"),
        ("EXPERIMENTAL_view_access_key", {"finality": "final", "account_id": BOB, "public_key": "ed25519:" + "1" * 32}, "HANDLER_ERROR", "UNKNOWN_ACCESS_KEY"),
        ("EXPERIMENTAL_call_function", {"finality": "final", "account_id": APP, "method_name": "trap", "args_base64": ""}, "HANDLER_ERROR", "CONTRACT_EXECUTION_ERROR"),
        ("eth_call", {}, "REQUEST_VALIDATION_ERROR", "METHOD_NOT_FOUND"),
    ],
)  # fmt: skip
def test_errors_have_nearcores_names(app: NearDevnet, method: str, params: Any, name: str, cause: str) -> None:
    with pytest.raises(NearRpcError) as refused:
        app.rpc(method, params)
    assert (refused.value.error["name"], refused.value.cause) == (name, cause)


def test_a_bad_transaction_says_why_where_the_node_looks_at_it(app: NearDevnet) -> None:
    signed = bytearray(app.sign(ALICE, BOB, [write_transfer(1)]))
    signed[-1] ^= 1
    with pytest.raises(NearRpcError) as refused:
        _send(app, bytes(signed), "FINAL")
    assert refused.value.cause == "INVALID_TRANSACTION"
    assert refused.value.error["data"] == {"TxExecutionError": {"InvalidTxError": "InvalidSignature"}}
    # one that waits for nothing gets no verdict
    assert _send(app, bytes(signed), "NONE") == {"final_execution_status": "NONE"}


def test_a_failed_view_is_a_result_with_an_error(app: NearDevnet) -> None:
    asked = {"request_type": "call_function", "finality": "final", "account_id": APP, "args_base64": ""}
    answer = app.rpc("query", asked | {"method_name": "fail"})
    assert "ProhibitedInView" in answer["error"]
    unknown = {"request_type": "view_access_key", "finality": "final", "account_id": BOB}
    answer = app.rpc("query", unknown | {"public_key": public_key_of(app.keys[ALICE])})
    assert "does not exist while viewing" in answer["error"]


def test_a_chunk_has_the_transactions_and_receipts_of_its_block(app: NearDevnet) -> None:
    outcome = app.call(ALICE, APP, "give")
    block = app.rpc("block", {"block_id": outcome["transaction_outcome"]["block_hash"]})
    chunk = app.rpc("chunk", {"chunk_id": block["chunks"][0]["chunk_hash"]})
    assert outcome["transaction"]["hash"] in [each["hash"] for each in chunk["transactions"]]
    executed = app.rpc("chunk", {"block_id": outcome["receipts_outcome"][0]["block_hash"], "shard_id": 0})
    assert outcome["receipts"][0] in executed["receipts"]


@pytest.mark.parametrize(
    ("action", "levels"),
    [
        (write_transfer(5), ["INCLUDED", "EXECUTED_OPTIMISTIC", "EXECUTED"]),
        (write_function_call("chain", b"", 10**14, 0), ["INCLUDED", "INCLUDED", "INCLUDED_FINAL"]),
    ],
)
def test_the_wait_levels_come_one_after_another(fresh: NearDevnet, action: bytes, levels: list[str]) -> None:
    fresh.deploy(APP, contract())
    fresh.rpc("devnet_pause")
    signed = fresh.sign(ALICE, APP, [action])
    sent = fresh.rpc("broadcast_tx_async", [base64.b64encode(signed).decode()])
    seen = []
    for _ in range(10):
        fresh.mine(1)
        asked = {"tx_hash": sent, "sender_account_id": ALICE, "wait_until": "NONE"}
        seen.append(fresh.rpc("tx", asked)["final_execution_status"])
    order = ["INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED", "FINAL"]
    ranks = [order.index(level) for level in seen]
    assert ranks == sorted(ranks)
    assert seen[:3] == levels
    assert seen[-1] == "FINAL"


def test_a_wait_in_vain_times_out() -> None:
    with NearDevnet(accounts={ALICE: NEAR}, poll_timeout=0.05) as impatient, pytest.raises(NearRpcError) as late:
        impatient.rpc("tx", {"tx_hash": "1" * 32, "sender_account_id": ALICE})
    assert late.value.cause == "TIMEOUT_ERROR"


def test_patched_state_counts_towards_the_supply(fresh: NearDevnet) -> None:
    before = int(fresh.rpc("devnet_state")["total_supply"])
    account = {"account_id": "rich.near", "account": {"amount": str(5 * NEAR)}}
    key = {"account_id": "rich.near", "public_key": public_key_of(fresh.keys[BOB]), "access_key": {"nonce": 0}}
    data = {"account_id": "rich.near", "data_key": "YQ==", "value": "Yg=="}
    fresh.rpc("sandbox_patch_state", {"records": [{"Account": account}, {"AccessKey": key}, {"Data": data}]})
    assert fresh.balance("rich.near", "final") == 5 * NEAR
    assert int(fresh.rpc("devnet_state")["total_supply"]) == before + 5 * NEAR
    asked = {"request_type": "view_state", "finality": "final", "account_id": "rich.near", "prefix_base64": ""}
    assert fresh.rpc("query", asked)["values"] == [{"key": "YQ==", "value": "Yg=="}]


def test_bytes_that_are_no_request_get_an_answer(devnet: NearDevnet) -> None:
    answer = httpx.post(devnet.url, content=b"{")
    assert answer.json()["error"]["cause"]["name"] == "PARSE_ERROR"
    assert httpx.get(devnet.url + "/status").json()["chain_id"] == "localnet"
    assert httpx.delete(devnet.url).status_code == 405
