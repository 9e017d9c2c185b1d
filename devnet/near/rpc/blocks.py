"""Blocks, chunks and the gas price."""

from typing import Any

from devnet.near.blocks import ZERO_HASH, Block
from devnet.near.keys import base58_text
from devnet.near.parameters import CHUNK_GAS_LIMIT, GAS_PRICE, PROTOCOL_VERSION
from devnet.near.rpc.errors import handler_error, parse_error
from devnet.near.rpc.params import block_by_id, block_of, check_hash, fields, heads
from devnet.near.rpc.registry import Call, method
from devnet.near.views import Json, receipt_view, transaction_view

AUTHOR = "validator.near"
SHARD = 0
_SIGNATURE = "ed25519:" + "1" * 64


@method("block")
def block(call: Call) -> Json:
    found = block_by_id(call, call.params[0]) if isinstance(call.params, list) else block_of(call, fields(call))
    return {"author": AUTHOR, "header": _header(found), "chunks": [_chunk_header(found)]}


@method("chunk")
def chunk(call: Call) -> Json:
    found = _chunk_block(call)
    return {
        "author": AUTHOR,
        "header": _chunk_header(found),
        "transactions": [transaction_view(record.transaction) for record in found.transactions],
        "receipts": [receipt_view(receipt) for receipt in found.receipts],
    }


@method("gas_price")
def gas_price(call: Call) -> Json:
    params = call.params
    block_id = params[0] if isinstance(params, list) and params else None
    if isinstance(params, dict):
        block_id = params.get("block_id")
    if block_id is not None:
        block_by_id(call, block_id)
    return {"gas_price": str(GAS_PRICE)}


def _chunk_block(call: Call) -> Block:
    if isinstance(call.params, list):
        if len(call.params) != 1:
            raise parse_error("Failed parsing args: expected one chunk hash")
        return _by_chunk_hash(call, call.params[0])
    params = fields(call)
    if "chunk_id" in params:
        return _by_chunk_hash(call, params["chunk_id"])
    if "block_id" not in params or "shard_id" not in params:
        raise parse_error("Failed parsing args: expected `chunk_id`, or `block_id` and `shard_id`")
    if params["shard_id"] != SHARD:
        info = {"shard_id": params["shard_id"]}
        raise handler_error("INVALID_SHARD_ID", f"Shard id {params['shard_id']} does not exist", info)
    return block_by_id(call, params["block_id"])


def _by_chunk_hash(call: Call, chunk_hash: Any) -> Block:
    found = call.chain.blocks.by_chunk_hash(check_hash(chunk_hash))
    if found is None or found.height > heads(call).optimistic.height:
        info = {"chunk_hash": chunk_hash}
        raise handler_error(
            "UNKNOWN_CHUNK", f"Chunk Missing (unavailable on the node): ChunkHash(`{chunk_hash}`)", info
        )
    return found


def _header(found: Block) -> Json:
    final = found.final[0] if found.final else ZERO_HASH
    near_final = found.near_final[0] if found.near_final else ZERO_HASH
    return {
        "height": found.height,
        "prev_height": found.prev_height,
        "epoch_id": ZERO_HASH,
        "next_epoch_id": ZERO_HASH,
        "hash": found.hash,
        "prev_hash": found.prev_hash,
        "prev_state_root": ZERO_HASH,
        "block_body_hash": ZERO_HASH,
        "chunk_receipts_root": ZERO_HASH,
        "chunk_headers_root": ZERO_HASH,
        "chunk_tx_root": ZERO_HASH,
        "outcome_root": ZERO_HASH,
        "chunks_included": 1,
        "challenges_root": ZERO_HASH,
        "timestamp": found.timestamp,
        "timestamp_nanosec": str(found.timestamp),
        "random_value": base58_text(found.random_value),
        "validator_proposals": [],
        "chunk_mask": [True],
        "gas_price": str(GAS_PRICE),
        "block_ordinal": found.ordinal,
        "rent_paid": "0",
        "validator_reward": "0",
        "total_supply": str(found.total_supply),
        "challenges_result": [],
        "last_final_block": final,
        "last_ds_final_block": near_final,
        "next_bp_hash": ZERO_HASH,
        "block_merkle_root": ZERO_HASH,
        "epoch_sync_data_hash": None,
        "approvals": [],
        "signature": _SIGNATURE,
        "latest_protocol_version": PROTOCOL_VERSION,
    }


def _chunk_header(found: Block) -> Json:
    return {
        "chunk_hash": found.chunk_hash,
        "prev_block_hash": found.prev_hash,
        "outcome_root": ZERO_HASH,
        "prev_state_root": ZERO_HASH,
        "encoded_merkle_root": ZERO_HASH,
        "encoded_length": 8,
        "height_created": found.height,
        "height_included": found.height,
        "shard_id": SHARD,
        "gas_used": found.gas_used,
        "gas_limit": CHUNK_GAS_LIMIT,
        "rent_paid": "0",
        "validator_reward": "0",
        "balance_burnt": str(found.balance_burnt),
        "outgoing_receipts_root": ZERO_HASH,
        "tx_root": ZERO_HASH,
        "validator_proposals": [],
        "signature": _SIGNATURE,
    }
