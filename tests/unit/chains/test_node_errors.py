"""What nodes say when they refuse, as seen from geth, reth, nethermind, besu, anvil, providers, and nearcore."""

from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak

from chains import errors
from chains.clients.evm_errors import rejection as evm
from chains.clients.near_errors import rejection as near
from chains.codec.reverts import revert_reason

EVM = [
    (-32000, "nonce too low: next nonce 5, tx nonce 3", errors.NonceTooLow),
    (-32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 3", errors.NonceTooLow),
    (-32001, "Nonce too low", errors.NonceTooLow),
    (-32000, "already known", errors.AlreadyKnown),
    (-32000, "ALREADY_EXISTS: already known", errors.AlreadyKnown),
    (-32010, "AlreadyKnown", errors.AlreadyKnown),
    (-32000, "Known transaction", errors.AlreadyKnown),
    (-32003, "transaction already imported", errors.AlreadyKnown),
    (-32000, "replacement transaction underpriced", errors.ReplacementUnderpriced),
    (-32010, "ReplacementNotAllowed", errors.ReplacementUnderpriced),
    (-32000, "transaction underpriced", errors.FeeTooLow),
    (-32000, "max fee per gas less than block base fee: address 0x1", errors.FeeTooLow),
    (-32000, "insufficient funds for gas * price + value", errors.InsufficientFunds),
    (-32004, "Upfront cost exceeds account balance", errors.InsufficientFunds),
    (-32000, "header not found", errors.UnknownBlock),
    (-32000, "unknown block", errors.UnknownBlock),
    (-32001, "resource not found", errors.UnknownBlock),
    (-32005, "query returned more than 10000 results", errors.RangeTooWide),
    (-32602, "eth_getLogs is limited to a 10,000 block range", errors.RangeTooWide),
    (-32005, "daily request count exceeded, request rate limited", errors.RateLimited),
    (-32603, "Internal error", errors.NodeTrouble),
    (-32000, "request timed out", errors.NodeTrouble),
    (-32601, "the method eth_foo does not exist/is not available", errors.Unexplained),
]


@pytest.mark.parametrize(("code", "message", "kind"), EVM, ids=[entry[1][:30] for entry in EVM])
def test_nonce_error_misclassified_never(code: int, message: str, kind: type[Exception]) -> None:
    """Failure mode 4: each node's words come to mean one thing."""
    error = evm("eth_sendRawTransaction", {"code": code, "message": message})
    assert type(error) is kind
    assert message in str(error)


def custom(signature: str) -> str:
    return "0x" + keccak(signature.encode())[:4].hex()


TEXT = "0x08c379a0" + encode(["string"], ["ERC20: no"]).hex()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("0x6f7eac26", "InvalidTime"),
        ("0x48f5c3ed", "InvalidCaller"),
        ("0xa269484a", "InvalidImmutables"),
        ("0xabab6bd7", "InvalidSecret"),
        ("0x34f5151d", "InsufficientEscrowBalance"),
        ("0xf4840e96", "InvalidCreationTime"),
        ("0xf4059071", "SafeTransferFromFailed"),
        (custom("ReentrantCall()"), "ReentrantCall"),
        (TEXT, "ERC20: no"),
        ("0x4e487b71" + (0x11).to_bytes(32, "big").hex(), "Panic 0x11"),
        ("0xdeadbeef", "0xdeadbeef"),
        ({"data": "0x6f7eac26"}, "InvalidTime"),
        ("Reverted 0x6f7eac26", "InvalidTime"),
        (None, "execution reverted"),
        ("0x", "execution reverted"),
        ("0x08c379a0ff", "0x08c379a0"),
    ],
)
def test_a_revert_is_named(data: object, reason: str) -> None:
    error = evm("eth_estimateGas", {"code": 3, "message": "execution reverted", "data": data})
    assert type(error) is errors.CallReverted
    assert error.reason == reason


def test_no_revert_data_has_no_reason() -> None:
    assert revert_reason(b"") == ""


def refused(cause: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "HANDLER_ERROR",
        "cause": {"name": cause, "info": {}},
        "code": -32000,
        "message": "Server error",
        **more,
    }


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("UNKNOWN_BLOCK", errors.UnknownBlock),
        ("GARBAGE_COLLECTED_BLOCK", errors.UnknownBlock),
        ("UNKNOWN_TRANSACTION", errors.UnknownTransaction),
        ("UNKNOWN_ACCOUNT", errors.UnknownAccount),
        ("UNKNOWN_ACCESS_KEY", errors.UnknownAccessKey),
        ("CONTRACT_EXECUTION_ERROR", errors.ContractPanic),
        ("TIMEOUT_ERROR", errors.NodeTrouble),
        ("UNAVAILABLE_SHARD", errors.NodeTrouble),
        ("NO_SYNCED_BLOCKS", errors.NodeTrouble),
        ("SOMETHING_NEW", errors.Unexplained),
    ],
)
def test_nearcores_causes(cause: str, kind: type[Exception]) -> None:
    assert type(near("query", refused(cause))) is kind


def test_nearcores_internal_error_is_no_refusal() -> None:
    error = {
        "name": "INTERNAL_ERROR",
        "cause": {"name": "INTERNAL_ERROR", "info": {"error_message": "x"}},
        "code": -32000,
    }
    assert type(near("tx", error)) is errors.NodeTrouble


def invalid(problem: object) -> Exception:
    return near("send_tx", refused("INVALID_TRANSACTION", data={"TxExecutionError": {"InvalidTxError": problem}}))


def test_invalid_transactions() -> None:
    nonce = invalid({"InvalidNonce": {"tx_nonce": 4, "ak_nonce": 9}})
    assert isinstance(nonce, errors.InvalidNonce)
    assert (nonce.nonce, nonce.key_nonce) == (4, 9)
    assert isinstance(invalid("Expired"), errors.TxExpired)
    poor = {"NotEnoughBalance": {"signer_id": "a.near", "balance": "1", "cost": "2"}}
    assert isinstance(invalid(poor), errors.InsufficientFunds)
    other = invalid({"InvalidAccessKeyError": "DepositWithFunctionCall"})
    assert type(other) is errors.InvalidTransaction
    assert other.reason == "InvalidAccessKeyError"
    assert "DepositWithFunctionCall" in str(other)
    bare = near("send_tx", refused("INVALID_TRANSACTION"))
    assert type(bare) is errors.InvalidTransaction


def test_a_panics_words_are_told() -> None:
    error = refused("CONTRACT_EXECUTION_ERROR")
    error["cause"]["info"] = {"vm_error": "Smart contract panicked: ERR_NOT_FOUND"}
    assert "ERR_NOT_FOUND" in str(near("query", error))
