"""Questions about accounts, keys, code, records, and calls of view methods."""

from collections.abc import Callable
from typing import Any

import base58

from devnet.near.accounts import Account, is_valid_account_id
from devnet.near.blocks import Block
from devnet.near.execution.function_call import ContractStorage, epoch_height
from devnet.near.keys import KeyFormatError, base58_text, public_key_bytes, public_key_text
from devnet.near.parameters import VIEW_GAS_LIMIT
from devnet.near.rpc.errors import RpcError, handler_error, parse_error
from devnet.near.rpc.params import block_of, decode_base64, fields, required
from devnet.near.rpc.registry import Call, method
from devnet.near.state import (
    ACCESS_KEY,
    DATA,
    Overlay,
    StateView,
    read_access_key,
    read_account,
    read_code,
)
from devnet.near.views import Json, access_key_view, account_view, b64
from devnet.near.vm.context import CallContext

# nearcore shows no larger state
MAX_STATE_BYTES = 50_000


class _Query:
    """One question about one account after one block."""

    def __init__(self, call: Call, params: dict[str, Any], block: Block) -> None:
        self.chain = call.chain
        self.params = params
        self.block = block
        self.account_id: str = required(params, "account_id")
        state = call.chain.state_at(block)
        if state is None:
            what = (
                f"The data for block #{block.height} is garbage collected on this node, use an archival node to fetch "
            )
            raise handler_error("GARBAGE_COLLECTED_BLOCK", what + "historical data", self.at)
        self.state: StateView = state
        self.account = self._account()

    @property
    def at(self) -> Json:
        return {"block_height": self.block.height, "block_hash": self.block.hash}

    def _account(self) -> Account:
        info = {"requested_account_id": self.account_id} | self.at
        if not is_valid_account_id(self.account_id):
            raise handler_error("INVALID_ACCOUNT", f"Account ID {self.account_id} is invalid", info)
        account = read_account(self.state, self.account_id)
        if account is None:
            raise handler_error("UNKNOWN_ACCOUNT", f"account {self.account_id} does not exist while viewing", info)
        return account

    def answer(self, content: Json) -> Json:
        return content | self.at


@method("query")
def query(call: Call) -> Json:
    """As nearcore answers for compatibility, a failed call and a missing key are results with an `error` field."""
    params = _from_path(call.params) if isinstance(call.params, list) else fields(call)
    kind = required(params, "request_type")
    if kind not in _KINDS:
        raise parse_error(f"Failed parsing args: unknown variant `{kind}` of request_type")
    try:
        return _KINDS[kind](_Query(call, params, block_of(call, params)))
    except RpcError as failed:
        softened = _soften(failed)
        if softened is None:
            raise
        return softened


def _direct(kind: str) -> Callable[[Call], Json]:
    """The same question as a method of its own, which gives real errors."""

    def ask(call: Call) -> Json:
        params = fields(call)
        return _KINDS[kind](_Query(call, params, block_of(call, params)))

    return ask


def view_account(query: _Query) -> Json:
    return query.answer(account_view(query.account))


def view_access_key(query: _Query) -> Json:
    public_key = _public_key(required(query.params, "public_key"))
    key = read_access_key(query.state, query.account_id, public_key)
    if key is None:
        text = f"Access key for public key {public_key} has never been observed on the node"
        raise handler_error("UNKNOWN_ACCESS_KEY", text, {"public_key": public_key} | query.at)
    return query.answer(access_key_view(key))


def view_access_key_list(query: _Query) -> Json:
    keys = sorted(query.state.items(ACCESS_KEY, query.account_id))
    return query.answer({"keys": [{"public_key": name, "access_key": access_key_view(key)} for name, key in keys]})


def view_code(query: _Query) -> Json:
    code = read_code(query.state, query.account_id)
    if not code:
        raise _no_code(query)
    return query.answer({"code_base64": b64(code), "hash": base58_text(query.account.code_hash)})


def view_state(query: _Query) -> Json:
    prefix = decode_base64(query.params.get("prefix_base64", ""), "prefix_base64")
    records = sorted((k, v) for k, v in query.state.items(DATA, query.account_id) if k.startswith(prefix))
    if sum(len(key) + len(value) for key, value in records) > MAX_STATE_BYTES:
        text = f"State of contract {query.account_id} is too large to be viewed"
        info = {"contract_account_id": query.account_id} | query.at
        raise handler_error("TOO_LARGE_CONTRACT_STATE", text, info)
    return query.answer({"values": [{"key": b64(key), "value": b64(value)} for key, value in records]})


def call_function(query: _Query) -> Json:
    code = read_code(query.state, query.account_id)
    method_name = required(query.params, "method_name")
    context = _view_context(query, decode_base64(query.params.get("args_base64", ""), "args_base64"))
    if not code:
        missing = f'CompilationError(CodeDoesNotExist {{ account_id: AccountId("{query.account_id}") }})'
        raise _execution_error(query, missing)
    storage = ContractStorage(Overlay(query.state), query.account_id)
    outcome = query.chain.runner.run(code, method_name, context, storage)
    if outcome.error is not None:
        raise _execution_error(query, outcome.error.debug())
    returned = outcome.returned if isinstance(outcome.returned, bytes) else b""
    return query.answer({"result": list(returned), "logs": outcome.logs})


_KINDS: dict[str, Callable[[_Query], Json]] = {
    "view_account": view_account,
    "view_access_key": view_access_key,
    "view_access_key_list": view_access_key_list,
    "view_code": view_code,
    "view_state": view_state,
    "call_function": call_function,
}
for _kind in _KINDS:
    method(f"EXPERIMENTAL_{_kind}")(_direct(_kind))


def _view_context(query: _Query, arguments: bytes) -> CallContext:
    block, account = query.block, query.account
    return CallContext(
        current_account_id=query.account_id,
        signer_account_id=query.account_id,
        signer_public_key=bytes(33),
        predecessor_account_id=query.account_id,
        input=arguments,
        block_height=block.height,
        block_timestamp=block.timestamp,
        epoch_height=epoch_height(block.height),
        account_balance=account.amount,
        account_locked=account.locked,
        storage_usage=account.storage_usage,
        prepaid_gas=VIEW_GAS_LIMIT,
        random_seed=block.random_value,
        is_view=True,
    )


def _execution_error(query: _Query, debug: str) -> RpcError:
    vm_error = f"wasm execution failed with error: {debug}"
    info = {"vm_error": vm_error} | query.at
    return handler_error("CONTRACT_EXECUTION_ERROR", f"Function call returned an error: {vm_error}", info)


def _no_code(query: _Query) -> RpcError:
    text = f"Contract code for contract ID #{query.account_id} has never been observed on the node"
    return handler_error("NO_CONTRACT_CODE", text, {"contract_account_id": query.account_id} | query.at)


def _soften(failed: RpcError) -> Json | None:
    """Source: nearcore `process_query_response`."""
    cause = failed.error["cause"]
    if cause["name"] == "CONTRACT_EXECUTION_ERROR":
        text = cause["info"]["vm_error"]
    elif cause["name"] == "UNKNOWN_ACCESS_KEY":
        text = f"access key {cause['info']['public_key']} does not exist while viewing"
    else:
        return None
    at = {name: cause["info"][name] for name in ("block_height", "block_hash")}
    return {"error": text, "logs": []} | at


def _public_key(text: str) -> str:
    try:
        return public_key_text(public_key_bytes(text))
    except KeyFormatError:
        raise parse_error("Failed parsing args: Invalid public key") from None


def _from_path(params: list[Any]) -> dict[str, Any]:
    """The old form `["access_key/alice.near/ed25519:...", "data in base58"]`."""
    kinds = {
        "account": "view_account",
        "code": "view_code",
        "contract": "view_state",
        "call": "call_function",
    }
    if len(params) != 2 or not all(isinstance(part, str) for part in params):
        raise parse_error("Failed parsing args: expected a path and data")
    command, account_id, extra = [*params[0].split("/", 2), "", ""][:3]
    if command == "access_key":
        kind = "view_access_key" if extra else "view_access_key_list"
    elif command in kinds:
        kind = kinds[command]
    else:
        raise parse_error(f"Unknown path {command}")
    return {
        "request_type": kind,
        "finality": "optimistic",
        "account_id": account_id,
        "public_key": extra,
        "method_name": extra,
        "args_base64": _base58_as_base64(params[1]),
        "prefix_base64": _base58_as_base64(params[1]),
    }


def _base58_as_base64(text: str) -> str:
    try:
        return b64(base58.b58decode(text))
    except ValueError:
        raise parse_error("Failed parsing args: the data is not base58") from None
