"""Sending transactions and asking what became of them. Source: nearcore `chain/jsonrpc/src/lib.rs`."""

import time
from typing import Any

from devnet.near.blocks import TransactionRecord
from devnet.near.borsh import BorshError
from devnet.near.errors import TransactionRejected
from devnet.near.keys import KeyFormatError
from devnet.near.rpc.errors import RpcError, handler_error, parse_error, timeout_error
from devnet.near.rpc.params import check_hash, decode_base64, fields, heads, required
from devnet.near.rpc.registry import Call, method
from devnet.near.statuses import LEVELS, level_of, satisfies, status_view
from devnet.near.transactions import SignedTransaction, read_signed_transaction
from devnet.near.views import Json, receipt_view

DEFAULT_LEVEL = "EXECUTED_OPTIMISTIC"


@method("broadcast_tx_async")
def broadcast_tx_async(call: Call) -> str:
    """The hash, whether or not the transaction is any good: nearcore does not wait to find out."""
    transaction = _transaction(call)
    _submit_without_answer(call, transaction)
    return transaction.hash


def submit_transaction(call: Call) -> str:
    """Check the transaction of a request and take it; returns its hash. Raises `RpcError`."""
    transaction = _transaction(call)
    _submit(call, transaction)
    return transaction.hash


@method("broadcast_tx_commit")
def broadcast_tx_commit(call: Call) -> Json:
    transaction = _transaction(call)
    _submit(call, transaction)
    return _wait(call, transaction.hash, DEFAULT_LEVEL, with_receipts=False)


@method("send_tx")
def send_tx(call: Call) -> Json:
    transaction = _transaction(call)
    level = _wanted_level(call)
    if level == "NONE":
        _submit_without_answer(call, transaction)
        return {"final_execution_status": "NONE"}
    _submit(call, transaction)
    return _wait(call, transaction.hash, level, with_receipts=False)


@method("tx")
def tx(call: Call) -> Json:
    return _status(call, with_receipts=False)


@method("EXPERIMENTAL_tx_status")
def tx_status(call: Call) -> Json:
    return _status(call, with_receipts=True)


@method("EXPERIMENTAL_receipt")
def receipt(call: Call) -> Json:
    receipt_id = check_hash(required(fields(call), "receipt_id"))
    record = call.chain.ledger.receipts.get(receipt_id)
    if record is None:
        info = {"receipt_id": receipt_id}
        raise handler_error(
            "UNKNOWN_RECEIPT", f"Receipt with id {receipt_id} has never been observed on this node", info
        )
    return receipt_view(record.receipt)


def _transaction(call: Call) -> SignedTransaction:
    params = call.params
    if isinstance(params, list):
        if len(params) != 1 or not isinstance(params[0], str):
            raise parse_error("Failed parsing args: expected one transaction in base64")
        return _decode(params[0])
    return _decode(required(fields(call), "signed_tx_base64"))


def _decode(text: str) -> SignedTransaction:
    data = decode_base64(text, "the transaction")
    try:
        return read_signed_transaction(data)
    except (BorshError, KeyFormatError) as error:
        raise parse_error(f"Failed to decode transaction: {error}") from None


def _submit(call: Call, transaction: SignedTransaction) -> None:
    try:
        call.chain.submit(transaction)
    except TransactionRejected as rejected:
        raise _rejection(rejected) from None


def _submit_without_answer(call: Call, transaction: SignedTransaction) -> None:
    try:
        call.chain.submit(transaction)
    except TransactionRejected:
        return


def _rejection(rejected: TransactionRejected) -> RpcError:
    return handler_error("INVALID_TRANSACTION", {"TxExecutionError": {"InvalidTxError": rejected.reason}})


def _wanted_level(call: Call) -> str:
    wanted = call.params.get("wait_until") if isinstance(call.params, dict) else None
    level = wanted or DEFAULT_LEVEL
    if level not in LEVELS:
        raise parse_error(f"Failed parsing args: unknown variant `{level}` of wait_until")
    return str(level)


def _status(call: Call, with_receipts: bool) -> Json:
    params = call.params
    if isinstance(params, dict) and "signed_tx_base64" in fields(call):
        tx_hash = _transaction(call).hash
    elif isinstance(params, dict):
        tx_hash = check_hash(required(fields(call), "tx_hash"))
    else:
        tx_hash = _hash_of_list(params)
    return _wait(call, tx_hash, _wanted_level(call), with_receipts)


def _hash_of_list(params: Any) -> str:
    """`[hash, signer]`, or `[transaction]`."""
    if isinstance(params, list) and len(params) == 2:
        return check_hash(params[0])
    if isinstance(params, list) and len(params) == 1 and isinstance(params[0], str):
        return _decode(params[0]).hash
    raise parse_error("Failed parsing args: expected a transaction's hash and its signer")


def _wait(call: Call, tx_hash: str, level: str, with_receipts: bool) -> Json:
    """Wait until a transaction is as far as asked; nearcore waits even for one that it has never seen."""
    chain = call.chain
    deadline = time.monotonic() + chain.config.poll_timeout
    with chain.lock:
        while True:
            record = chain.ledger.transactions.get(tx_hash)
            if record is not None and not _is_visible(call, record):
                record = None
            if record is not None and record.block is not None and satisfies(level_of(chain, record), level):
                return status_view(chain, record, with_receipts)
            if level == "NONE":
                raise _unknown(tx_hash)
            left = deadline - time.monotonic()
            if left <= 0:
                raise timeout_error()
            chain.changed.wait(left)


def _is_visible(call: Call, record: TransactionRecord) -> bool:
    return record.block is None or record.block.height <= heads(call).optimistic.height


def _unknown(tx_hash: str) -> RpcError:
    info = {"requested_transaction_hash": tx_hash}
    return handler_error("UNKNOWN_TRANSACTION", f"Transaction {tx_hash} doesn't exist", info)
