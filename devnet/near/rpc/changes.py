"""What a block changed, with the receipt or transaction as the cause."""

from collections.abc import Callable
from typing import Any

from devnet.near.blocks import StateChange
from devnet.near.rpc.errors import parse_error
from devnet.near.rpc.params import block_of, decode_base64, fields, required
from devnet.near.rpc.registry import Call, method
from devnet.near.state import ACCESS_KEY, ACCOUNT, CODE, DATA
from devnet.near.views import Json, access_key_view, account_view, b64

_TOUCHED = {
    ACCOUNT: "account_touched",
    ACCESS_KEY: "access_key_touched",
    CODE: "contract_code_touched",
    DATA: "data_touched",
}
Wanted = Callable[[StateChange], bool]


@method("EXPERIMENTAL_changes", "changes")
def changes(call: Call) -> Json:
    """The changes that `changes_type` asks for, by key, each key's in the order in which they happened."""
    params = fields(call)
    block = block_of(call, params)
    kind, wanted = _filter(params)
    found = [change for change in block.changes if change.key.kind == kind and wanted(change)]
    found.sort(key=lambda change: (change.key.account_id, change.key.item or ""))
    return {"block_hash": block.hash, "changes": [_view(change) for change in found]}


@method("EXPERIMENTAL_changes_in_block", "block_effects")
def changes_in_block(call: Call) -> Json:
    """Which accounts a block touched, and in which way."""
    block = block_of(call, fields(call))
    touched = sorted({(change.key.account_id, _TOUCHED[change.key.kind]) for change in block.changes})
    return {
        "block_hash": block.hash,
        "changes": [{"type": kind, "account_id": account_id} for account_id, kind in touched],
    }


def _filter(params: dict[str, Any]) -> tuple[str, Wanted]:
    kind = required(params, "changes_type")
    if kind == "single_access_key_changes":
        pairs = {(key["account_id"], key["public_key"]) for key in required(params, "keys", list)}
        return ACCESS_KEY, lambda change: (change.key.account_id, change.key.item) in pairs
    accounts = set(required(params, "account_ids", list))
    if kind == "data_changes":
        prefix = decode_base64(required(params, "key_prefix_base64"), "key_prefix_base64")
        return DATA, lambda change: change.key.account_id in accounts and change.key.item.startswith(prefix)
    kinds = {
        "account_changes": ACCOUNT,
        "all_access_key_changes": ACCESS_KEY,
        "contract_code_changes": CODE,
    }
    if kind not in kinds:
        raise parse_error(f"Failed parsing args: unknown variant `{kind}` of changes_type")
    return kinds[kind], lambda change: change.key.account_id in accounts


def _view(change: StateChange) -> Json:
    kind, fields_of_change = _VIEWS[change.key.kind](change)
    return {
        "cause": change.cause,
        "type": f"{kind}_deletion" if change.value is None else f"{kind}_update",
        "change": {"account_id": change.key.account_id} | fields_of_change,
    }


def _account(change: StateChange) -> tuple[str, Json]:
    return "account", account_view(change.value) if change.value is not None else {}


def _access_key(change: StateChange) -> tuple[str, Json]:
    key: Json = {"public_key": change.key.item}
    return "access_key", key | ({"access_key": access_key_view(change.value)} if change.value is not None else {})


def _code(change: StateChange) -> tuple[str, Json]:
    return "contract_code", {"code_base64": b64(change.value)} if change.value is not None else {}


def _data(change: StateChange) -> tuple[str, Json]:
    key: Json = {"key_base64": b64(change.key.item)}
    return "data", key | ({"value_base64": b64(change.value)} if change.value is not None else {})


_VIEWS: dict[str, Callable[[StateChange], tuple[str, Json]]] = {
    ACCOUNT: _account,
    ACCESS_KEY: _access_key,
    CODE: _code,
    DATA: _data,
}
