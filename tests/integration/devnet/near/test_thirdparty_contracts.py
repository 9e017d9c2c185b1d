"""Contracts compiled by others run unmodified."""

import hashlib

import base58
import pytest

from devnet.near.keys import public_key_of
from devnet.near.process import NearCallFailed, NearDevnet, NearRpcError
from tests.integration.devnet.near.thirdparty import wasm

NEAR = 10**24
ALICE, BOB, FT, LINKDROP, HELLO = "alice.near", "bob.near", "ft.near", "testnet", "hello.near"
pytestmark = pytest.mark.network


def _code_hash(devnet: NearDevnet, account: str) -> str:
    found = devnet.rpc("query", {"request_type": "view_account", "finality": "final", "account_id": account})
    return str(found["code_hash"])


def test_a_token_of_near_sdk_rs(devnet: NearDevnet) -> None:
    code = wasm("fungible_token")
    devnet.deploy(FT, code, "new", {"owner_id": ALICE, "total_supply": "1000"})
    assert _code_hash(devnet, FT) == base58.b58encode(hashlib.sha256(code).digest()).decode()
    before = devnet.balance(ALICE)
    outcome = devnet.call(ALICE, FT, "transfer", {"new_owner_id": BOB, "amount": "30"}, deposit=NEAR // 10)
    burnt = sum(int(each["outcome"]["tokens_burnt"]) for each in outcome["receipts_outcome"])
    burnt += int(outcome["transaction_outcome"]["outcome"]["tokens_burnt"])
    # the contract gives back what storage did not need
    paid = before - devnet.balance(ALICE)
    assert burnt < paid < burnt + NEAR // 10
    assert devnet.view(FT, "get_balance", {"owner_id": BOB}) == "30"
    with pytest.raises(NearCallFailed) as failed:
        devnet.call(BOB, FT, "transfer", {"new_owner_id": ALICE, "amount": "31"}, deposit=NEAR // 10)
    assert _panic(failed) == "Smart contract panicked: Not enough balance"
    assert devnet.view(FT, "get_balance", {"owner_id": BOB}) == "30"


def test_the_linkdrop_makes_accounts_and_pays_back_when_it_cannot(devnet: NearDevnet) -> None:
    devnet.deploy(LINKDROP, wasm("linkdrop"))
    wanted = {"new_account_id": "carol.testnet", "new_public_key": public_key_of(devnet.keys[BOB])}
    made = devnet.call(ALICE, LINKDROP, "create_account", wanted, deposit=NEAR)
    assert made["status"] == {"SuccessValue": "dHJ1ZQ=="}  # true
    assert devnet.balance("carol.testnet") == NEAR
    before = devnet.balance(ALICE)
    again = devnet.call(ALICE, LINKDROP, "create_account", wanted, deposit=NEAR, check=False)
    assert again["status"] == {"SuccessValue": "ZmFsc2U="}  # false: its callback saw the failure
    failed = [each["outcome"]["status"] for each in again["receipts_outcome"] if "Failure" in each["outcome"]["status"]]
    assert failed[0]["Failure"]["ActionError"]["kind"] == {"AccountAlreadyExists": {"account_id": "carol.testnet"}}
    assert before - devnet.balance(ALICE) < NEAR // 10
    with pytest.raises(NearCallFailed):
        devnet.call(ALICE, LINKDROP, "create_account", wanted, deposit=NEAR)


def _panic(failed: pytest.ExceptionInfo[NearCallFailed]) -> str:
    return str(failed.value.failures[0]["ActionError"]["kind"]["FunctionCallError"]["ExecutionError"])


def test_a_contract_in_assemblyscript(devnet: NearDevnet) -> None:
    devnet.deploy(HELLO, wasm("hello"))
    devnet.call(ALICE, HELLO, "setValue", {"value": "grüezi"})
    assert devnet.view(HELLO, "getValue") == "grüezi"
    assert devnet.call(ALICE, HELLO, "recurse", {"n": 5})["status"] == {"SuccessValue": "NQ=="}
    with pytest.raises(NearCallFailed) as failed:
        devnet.call(ALICE, HELLO, "triggerAssert")
    assert _panic(failed) == 'Smart contract panicked: expected to fail, filename: "assembly/index.ts" line: 77 col: 2'
    assert failed.value.outcome["receipts_outcome"][0]["outcome"]["logs"] == ["log before assert"]
    with pytest.raises(NearRpcError, match="MethodNotFound"):
        devnet.view(HELLO, "nothing")


def test_a_contract_that_calls_another_and_itself_again(devnet: NearDevnet) -> None:
    devnet.deploy(HELLO, wasm("hello"))
    outcome = devnet.call(ALICE, HELLO, "crossContract", gas=3 * 10**14, check=False)
    logs = [line for each in outcome["receipts_outcome"] for line in each["outcome"]["logs"]]
    assert logs == ["hello.near", "log before planned panic", "log before assert"]
    predecessors = [each["predecessor_id"] for each in outcome["receipts"]]
    assert predecessors == [ALICE, HELLO, "system", HELLO, "system", "system"]
    blocks = [each["block_hash"] for each in outcome["receipts_outcome"]]
    assert len(set(blocks)) >= 3
