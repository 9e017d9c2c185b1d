"""py-near and near-jsonrpc-client, unmodified. The latter's models are generated from nearcore's OpenAPI file."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import near_jsonrpc_models as models
import pytest
from near_jsonrpc_client import NearClientSync
from py_near import transactions
from py_near.account import Account

from devnet.near.process import NearDevnet
from tests.integration.devnet.near.thirdparty import wasm

NEAR = 10**24
ALICE, BOB, FT, RELAYER = "alice.near", "bob.near", "ft.near", "relayer.near"
pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def client(devnet: NearDevnet) -> Iterator[NearClientSync]:
    devnet.deploy(FT, wasm("fungible_token"), "new", {"owner_id": ALICE, "total_supply": "1000"})
    made = NearClientSync(rpc_urls=devnet.url)
    yield made
    made.close()


async def test_py_near_sends_calls_views_and_relays(devnet: NearDevnet, client: NearClientSync) -> None:
    alice, bob, relayer = (Account(name, devnet.keys[name], devnet.url) for name in (ALICE, BOB, RELAYER))
    for account in (alice, bob, relayer):
        await account.startup()
    try:
        before = await bob.get_balance()
        assert (await alice.send_money(BOB, 5)).status == {"SuccessValue": ""}
        assert await bob.get_balance() == before + 5
        called = await alice.function_call(
            FT, "transfer", {"new_owner_id": BOB, "amount": "10"}, amount=NEAR // 10, gas=10**14
        )
        assert called.status == {"SuccessValue": ""}
        assert (await alice.view_function(FT, "get_balance", {"owner_id": BOB})).result == "10"
        delegated = await bob.create_delegate_action([transactions.create_transfer_action(7)], ALICE)
        had = devnet.balance(ALICE), devnet.balance(BOB)
        relayed = await relayer.call_delegate_transaction(delegated, bob.sign_delegate_transaction(delegated))
        assert relayed.status == {"SuccessValue": ""}
        # the relayer pays for everything, deposits too (nearcore: `total_deposit`)
        assert (devnet.balance(ALICE), devnet.balance(BOB)) == (had[0] + 7, had[1])
    finally:
        for account in (alice, bob, relayer):
            await account.shutdown()


def _status(tx_hash: str) -> models.RpcTransactionStatusRequest:
    asked = {"tx_hash": tx_hash, "sender_account_id": ALICE, "wait_until": "FINAL"}
    return models.RpcTransactionStatusRequest.model_validate(asked)


def _query(**params: Any) -> models.RpcQueryRequest:
    return models.RpcQueryRequest.model_validate({"finality": "final"} | params)


ARGS = base64.b64encode(b'{"owner_id":"alice.near"}').decode()
QUERIES: dict[str, dict[str, Any]] = {
    "view_account": {},
    "view_state": {"prefix_base64": ""},
    "view_code": {},
    "view_access_key_list": {},
    "call_function": {"method_name": "get_balance", "args_base64": ARGS},
}


@pytest.mark.parametrize("kind", QUERIES)
def test_answers_to_queries_fit_nearcores_models(client: NearClientSync, kind: str) -> None:
    client.query(params=_query(request_type=kind, account_id=FT, **QUERIES[kind]))


def test_transactions_fit_whether_they_succeed_or_fail(devnet: NearDevnet, client: NearClientSync) -> None:
    for amount in ("1", "100000"):
        sent = devnet.call(
            ALICE, FT, "transfer", {"new_owner_id": BOB, "amount": amount}, deposit=NEAR // 10, check=False
        )
        status = _status(sent["transaction"]["hash"])
        client.tx(params=status)
        client.experimental_tx_status(params=status)
        receipt = {"receipt_id": sent["receipts"][0]["receipt_id"]}
        client.experimental_receipt(params=models.RpcReceiptRequest.model_validate(receipt))


BLOCK_CALLS: dict[str, Callable[[NearClientSync, NearDevnet], Any]] = {
    "status": lambda client, _: client.status(),
    "block": lambda client, _: client.block(params=models.RpcBlockRequest.model_validate({"finality": "final"})),
    "chunk": lambda client, devnet: client.chunk(
        params=models.RpcChunkRequest.model_validate(
            {"chunk_id": devnet.rpc("block", {"block_id": 2})["chunks"][0]["chunk_hash"]}
        )
    ),
    "gas_price": lambda client, _: client.gas_price(
        params=models.RpcGasPriceRequest.model_validate({"block_id": None})
    ),
    "validators": lambda client, _: client.validators(
        params=models.RpcValidatorRequest.model_validate({"latest": "latest"})
    ),
    "changes": lambda client, devnet: client.experimental_changes(
        params=models.RpcStateChangesInBlockByTypeRequest.model_validate(
            {"changes_type": "account_changes", "account_ids": [FT], "block_id": 2}
        )
    ),
    "changes_in_block": lambda client, devnet: client.experimental_changes_in_block(
        params=models.RpcStateChangesInBlockRequest.model_validate({"block_id": 2})
    ),
    "genesis_config": lambda client, _: client.genesis_config(),
    "network_info": lambda client, _: client.network_info(),
    "protocol_config": lambda client, _: client.experimental_protocol_config(
        params=models.RpcProtocolConfigRequest.model_validate({"finality": "final"})
    ),
}


@pytest.mark.parametrize("name", BLOCK_CALLS)
def test_answers_about_the_chain_fit_nearcores_models(devnet: NearDevnet, client: NearClientSync, name: str) -> None:
    BLOCK_CALLS[name](client, devnet)
