from hashlib import sha256
from typing import Any

import base58
import pytest
from eth_account import Account
from eth_hash.auto import keccak
from nacl.signing import SigningKey, VerifyKey
from py_near_primitives import Transaction

from chains.clients.near import transaction_hash
from chains.signers.base import FunctionCall, Transfer
from chains.signers.local_evm import LocalEvmSigner
from chains.signers.local_near import LocalNearSigner

EVM_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
SEED = bytes(range(32))
PUBLIC = bytes(SigningKey(SEED).verify_key)
NEAR_KEY = "ed25519:" + base58.b58encode(SEED + PUBLIC).decode()
BLOCK = base58.b58encode(b"\x09" * 32).decode()
TX = {
    "chainId": 31337,
    "nonce": 3,
    "to": "0x" + "ab" * 20,
    "value": 10**18,
    "data": b"\x01\x02",
    "gas": 50_000,
    "maxFeePerGas": 3 * 10**9,
    "maxPriorityFeePerGas": 10**9,
}


def test_evm_bytes_are_those_of_the_signer_and_repeat() -> None:
    signer = LocalEvmSigner(EVM_KEY)
    raw, tx_hash = signer.sign_transaction(TX)
    assert raw[0] == 2
    assert tx_hash == "0x" + keccak(raw).hex()
    assert Account.recover_transaction(raw) == signer.address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert signer.sign_transaction(TX) == (raw, tx_hash)
    assert signer.sign_transaction({**TX, "nonce": 4})[1] != tx_hash


@pytest.mark.parametrize("change", [{"gasPrice": 1}, {"from": "0x" + "ab" * 20}])
def test_evm_fields_are_exact(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly"):
        LocalEvmSigner(EVM_KEY).sign_transaction({**TX, **change})
    with pytest.raises(ValueError, match="nonce"):
        LocalEvmSigner(EVM_KEY).sign_transaction({key: value for key, value in TX.items() if key != "nonce"})


def near_signer() -> LocalNearSigner:
    return LocalNearSigner("us.near", NEAR_KEY)


def test_near_bytes_are_signed_and_hashed_as_nearcore_does() -> None:
    signer = near_signer()
    raw, tx_hash = signer.sign(
        "htlc.near", [FunctionCall("lock", b"{}", 10**13, 2**100), Transfer(5)], nonce=7, block_hash=BLOCK
    )
    body, signature = raw[:-65], raw[-65:]
    assert tx_hash == base58.b58encode(sha256(body).digest()).decode() == transaction_hash(raw)
    assert signature[0] == 0
    VerifyKey(PUBLIC).verify(sha256(body).digest(), signature[1:])
    decoded = Transaction.deserialize(body)
    assert (decoded.signer_id, decoded.receiver_id, decoded.nonce) == ("us.near", "htlc.near", 7)
    assert bytes(decoded.public_key) == PUBLIC
    assert bytes(decoded.block_hash) == b"\x09" * 32


def test_near_function_calls_are_signed_in_one_call() -> None:
    signer = near_signer()
    assert signer.sign_function_call(
        receiver="htlc.near", method="claim", args=b"{}", gas=1, deposit=0, nonce=1, block_hash=BLOCK
    ) == signer.sign("htlc.near", [FunctionCall("claim", b"{}", 1)], nonce=1, block_hash=BLOCK)


def test_a_seed_is_a_key_too() -> None:
    signer = LocalNearSigner("us.near", "ed25519:" + base58.b58encode(SEED).decode())
    assert signer.public_key == near_signer().public_key == "ed25519:" + base58.b58encode(PUBLIC).decode()


def test_secret_leak_keys_are_in_no_text() -> None:
    """Failure mode 28: neither repr nor an error shows a key."""
    shown = repr(LocalEvmSigner(EVM_KEY)) + str(LocalEvmSigner(EVM_KEY)) + repr(near_signer()) + str(near_signer())
    canaries = [EVM_KEY[2:], NEAR_KEY[8:], SEED.hex(), base58.b58encode(SEED).decode()]
    for key in (EVM_KEY + "00", EVM_KEY[:-1] + "g", "0x" + "ff" * 32):
        with pytest.raises(ValueError, match="32 bytes in hex") as caught:
            LocalEvmSigner(key)
        shown += str(caught.value)
        canaries.append(key[2:])
    for key in (NEAR_KEY[8:], NEAR_KEY + "1", NEAR_KEY[:-1] + "0", "ed25519:" + base58.b58encode(SEED * 2).decode()):
        with pytest.raises(ValueError, match="NEAR private key") as caught:
            LocalNearSigner("us.near", key)
        shown += str(caught.value)
        canaries.append(key.removeprefix("ed25519:"))
    assert not [canary for canary in canaries if canary in shown]


def test_a_block_hash_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        near_signer().sign("a.near", [Transfer(1)], nonce=1, block_hash="abc")
