"""Hands on the chain: the sandbox's methods, and the devnet's own."""

import hashlib
from dataclasses import replace
from typing import Any

from devnet.near.accounts import NO_CODE, AccessKey, Account, FunctionCallPermission, access_key_storage
from devnet.near.chain import Chain
from devnet.near.config import ConfigError
from devnet.near.faults import FaultError, make_fault
from devnet.near.parameters import RECORD_EXTRA_BYTES
from devnet.near.rpc.errors import parse_error
from devnet.near.rpc.params import decode_base64, fields, required
from devnet.near.rpc.registry import Call, method
from devnet.near.rpc.transactions import submit_transaction
from devnet.near.state import ACCESS_KEY, ACCOUNT, CODE, DATA, Key, Overlay
from devnet.near.views import Json

MAX_BLOCKS_AT_ONCE = 10_000


@method("sandbox_fast_forward")
def fast_forward(call: Call) -> Json:
    """`delta_height`: jump ahead, heights and time."""
    call.chain.fast_forward(required(fields(call), "delta_height", int))
    return {}


@method("sandbox_patch_state")
def patch_state(call: Call) -> Json:
    """`records` in nearcore's genesis form: Account, AccessKey, Contract, Data."""
    chain = call.chain
    with chain.lock:
        state = Overlay(chain.head_state)
        supply = sum(_patch(state, record) for record in required(fields(call), "records", list))
        chain.patch(state.writes, supply)
    return {}


@method("devnet_set_time")
def set_time(call: Call) -> Json:
    """`timestamp_ns` or `timestamp` (seconds): the time from now on, standing still there if `frozen`."""
    params = fields(call)
    call.chain.set_clock(_nanoseconds(params, "timestamp_ns", "timestamp"), frozen=bool(params.get("frozen")))
    return _state(call.chain)


@method("devnet_advance_time")
def advance_time(call: Call) -> Json:
    """`nanoseconds` or `seconds`: how far to jump; the next block has the new time."""
    call.chain.advance_clock(_nanoseconds(fields(call), "nanoseconds", "seconds"))
    return _state(call.chain)


@method("devnet_pause")
def pause(call: Call) -> Json:
    """Make no blocks but by `devnet_mine`; transactions wait."""
    call.chain.pause()
    return _state(call.chain)


@method("devnet_set_block_time")
def set_block_time(call: Call) -> Json:
    """`seconds`: a block every so often from now on; null or absent: for transactions only, at once."""
    seconds = fields(call).get("seconds")
    if seconds is not None and not isinstance(seconds, int | float):
        raise parse_error("seconds is a number or null")
    try:
        call.chain.set_block_time(seconds)
    except ConfigError as error:
        raise parse_error(str(error)) from None
    return _state(call.chain)


@method("devnet_resume")
def resume(call: Call) -> Json:
    call.chain.resume()
    return _state(call.chain)


@method("devnet_mine")
def mine(call: Call) -> Json:
    """`blocks` (1): make so many blocks now."""
    count = call.params[0] if isinstance(call.params, list) and call.params else fields(call).get("blocks", 1)
    if not isinstance(count, int) or not 0 <= count <= MAX_BLOCKS_AT_ONCE:
        raise parse_error(f"blocks is a number from 0 to {MAX_BLOCKS_AT_ONCE}")
    for _ in range(count):
        call.chain.produce()
    return _state(call.chain)


@method("devnet_skip_heights")
def skip_heights(call: Call) -> Json:
    """`count` (or `heights`): leave so many heights out before the next block."""
    params = fields(call)
    call.chain.skip_heights(required(params, "heights" if "heights" in params else "count", int))
    return _state(call.chain)


@method("devnet_hold_receipts")
def hold_receipts(call: Call) -> Json:
    """Keep receipts back: those to `account_id` (all, when absent), for `blocks` blocks (until released, when absent)."""
    params = fields(call)
    call.chain.hold_receipts(params.get("account_id"), params.get("blocks"))
    return _state(call.chain)


@method("devnet_release_receipts")
def release_receipts(call: Call) -> Json:
    """Let go of what is held for `account_id`, or of everything."""
    call.chain.release_receipts(fields(call).get("account_id"))
    return _state(call.chain)


@method("devnet_submit")
def submit(call: Call) -> Json:
    """`signed_tx_base64`: check a transaction and take it, without waiting for a block."""
    return {"tx_hash": submit_transaction(call)}


@method("devnet_fault")
def fault(call: Call) -> Json:
    """`method` ("*": any), `kind`, `times` (1; 0: until cleared), and what `Fault` says more."""
    try:
        call.node.faults.add(make_fault(fields(call)))
    except FaultError as error:
        raise parse_error(str(error)) from None
    return {"faults": call.node.faults.listing()}


@method("devnet_clear_faults")
def clear_faults(call: Call) -> Json:
    call.node.faults.clear()
    return {"faults": []}


@method("devnet_state")
def state(call: Call) -> Json:
    """Heads, time, what waits, and what was burnt."""
    return _state(call.chain) | {"faults": call.node.faults.listing()}


def _state(chain: Chain) -> Json:
    with chain.lock:
        heads = chain.blocks.heads
        return {
            "height": heads.optimistic.height,
            "near_final_height": heads.near_final.height,
            "final_height": heads.final.height,
            "hash": heads.optimistic.hash,
            "timestamp_nanosec": str(chain.clock.now()),
            "frozen": chain.clock.is_frozen,
            "paused": chain.is_paused,
            "block_time": chain.block_time,
            "receipts_on_their_way": len(chain.ledger.incoming),
            "receipts_postponed": len(chain.ledger.postponed),
            "receipts_held": len(chain.holds),
            "tokens_burnt": str(chain.burnt),
            "total_supply": str(heads.optimistic.total_supply),
        }


def _nanoseconds(params: dict[str, Any], fine: str, coarse: str) -> int:
    try:
        if fine in params:
            return int(params[fine])
        return round(float(params[coarse]) * 10**9)
    except KeyError:
        raise parse_error(f"expected `{fine}` or `{coarse}`") from None
    except (TypeError, ValueError):
        raise parse_error(f"`{fine}` and `{coarse}` are numbers") from None


def _patch(state: Overlay, record: Any) -> int:
    """Write one record; returns by how much the supply grows."""
    if not isinstance(record, dict) or len(record) != 1:
        raise parse_error("a record is an object with one field: Account, AccessKey, Contract or Data")
    kind, content = next(iter(record.items()))
    patches = {"Account": _patch_account, "AccessKey": _patch_key, "Contract": _patch_code, "Data": _patch_data}
    if kind not in patches:
        raise parse_error(f"unknown record {kind}: expected Account, AccessKey, Contract or Data")
    return patches[kind](state, content, required(content, "account_id"))


def _patch_account(state: Overlay, content: dict[str, Any], account_id: str) -> int:
    wanted = required(content, "account", dict)
    before = state.account(account_id) or Account()
    after = replace(
        before,
        amount=int(wanted.get("amount", before.amount)),
        locked=int(wanted.get("locked", before.locked)),
    )
    state.set(Key(ACCOUNT, account_id), after)
    return after.amount + after.locked - (before.amount + before.locked)


def _patch_key(state: Overlay, content: dict[str, Any], account_id: str) -> int:
    wanted = required(content, "access_key", dict)
    public_key = required(content, "public_key")
    before = state.access_key(account_id, public_key)
    permission = wanted.get("permission", "FullAccess")
    limits = None
    if permission != "FullAccess":
        call = permission["FunctionCall"]
        allowance = call.get("allowance")
        limits = FunctionCallPermission(
            None if allowance is None else int(allowance), call["receiver_id"], tuple(call["method_names"])
        )
    key = AccessKey(int(wanted.get("nonce", 0)), limits)
    state.set(Key(ACCESS_KEY, account_id, public_key), key)
    _grow(state, account_id, access_key_storage(key) - (access_key_storage(before) if before else 0))
    return 0


def _patch_code(state: Overlay, content: dict[str, Any], account_id: str) -> int:
    code = decode_base64(required(content, "code"), "code")
    before = state.get(Key(CODE, account_id)) or b""
    state.set(Key(CODE, account_id), code or None)
    _grow(state, account_id, len(code) - len(before))
    account = state.account(account_id) or Account()
    digest = hashlib.sha256(code).digest() if code else NO_CODE
    state.set(Key(ACCOUNT, account_id), replace(account, code_hash=digest))
    return 0


def _patch_data(state: Overlay, content: dict[str, Any], account_id: str) -> int:
    key = decode_base64(required(content, "data_key"), "data_key")
    value = decode_base64(required(content, "value"), "value")
    before: bytes | None = state.get(Key(DATA, account_id, key))
    state.set(Key(DATA, account_id, key), value)
    size = len(key) + len(value) + RECORD_EXTRA_BYTES
    _grow(state, account_id, size - (len(key) + len(before) + RECORD_EXTRA_BYTES if before is not None else 0))
    return 0


def _grow(state: Overlay, account_id: str, count: int) -> None:
    account = state.account(account_id)
    if account is None:
        raise parse_error(f"there is no account {account_id}; patch an Account record first")
    state.set(Key(ACCOUNT, account_id), replace(account, storage_usage=account.storage_usage + count))
