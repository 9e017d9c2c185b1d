"""Reading parameters: nearcore takes an object, and for some methods a list. All of this raises `RpcError`."""

import base64
import binascii
from typing import Any

from devnet.near.blocks import Block, Heads
from devnet.near.keys import KeyFormatError, hash_bytes
from devnet.near.rpc.errors import parse_error, unknown_block
from devnet.near.rpc.registry import Call

FINALITIES = ("optimistic", "near-final", "final")


def fields(call: Call) -> dict[str, Any]:
    """The parameters as an object; fields that are null count as absent."""
    if not isinstance(call.params, dict):
        raise parse_error("Failed parsing args: expected an object")
    return {name: value for name, value in call.params.items() if value is not None}


def required(params: dict[str, Any], name: str, kind: type = str) -> Any:
    """A field that must be there."""
    if name not in params:
        raise parse_error(f"Failed parsing args: missing field `{name}`")
    value = params[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise parse_error(f"Failed parsing args: invalid type of `{name}`, expected {kind.__name__}")
    return value


def decode_base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise parse_error(f"Failed parsing args: {what} is not base64") from None


def heads(call: Call) -> Heads:
    """The three heads as this request may see them."""
    now = call.chain.blocks.heads
    if not call.behind:
        return now
    behind = call.chain.blocks.behind
    return Heads(*(behind(block, call.behind) for block in (now.optimistic, now.near_final, now.final)))


def block_of(call: Call, params: dict[str, Any]) -> Block:
    """The block that `finality`, `block_id` or `sync_checkpoint` names."""
    if "block_id" in params:
        return block_by_id(call, params["block_id"])
    if "finality" in params:
        return _by_finality(heads(call), params["finality"])
    if "sync_checkpoint" in params:
        return _by_checkpoint(call, params["sync_checkpoint"])
    raise parse_error("Failed parsing args: missing field `block_id`, `finality` or `sync_checkpoint`")


def block_by_id(call: Call, block_id: Any) -> Block:
    """A block by its height or hash."""
    if isinstance(block_id, int) and not isinstance(block_id, bool):
        block = call.chain.blocks.at_height(block_id)
    else:
        check_hash(block_id)
        block = call.chain.blocks.by_hash(block_id)
    if block is None or block.height > heads(call).optimistic.height:
        raise unknown_block(block_id)
    return block


def check_hash(value: Any) -> str:
    """Raise unless this is the text of a hash."""
    try:
        hash_bytes(value)
    except (KeyFormatError, TypeError, AttributeError):
        raise parse_error(f"Failed parsing args: {value!r} is neither a height nor a hash") from None
    return str(value)


def _by_finality(now: Heads, finality: Any) -> Block:
    if finality not in FINALITIES:
        expected = ", ".join(f"`{name}`" for name in FINALITIES)
        raise parse_error(f"Failed parsing args: unknown variant `{finality}`, expected one of {expected}")
    return (now.optimistic, now.near_final, now.final)[FINALITIES.index(finality)]


def _by_checkpoint(call: Call, checkpoint: Any) -> Block:
    if checkpoint == "earliest_available":
        return call.chain.blocks.earliest
    if checkpoint != "genesis":
        raise parse_error(f"Failed parsing args: unknown variant `{checkpoint}`")
    genesis = call.chain.blocks.genesis
    if call.chain.blocks.at_height(genesis.height) is None:
        raise unknown_block(genesis.height)
    return genesis
