"""Borsh, hashes and signatures agree with NEAR's own primitives (Rust, through py-near)."""

import base64
import os
import random

import pytest
from nacl.signing import SigningKey
from py_near import transactions as theirs

from devnet.near.actions import AddKey, CreateAccount, DeleteKey, DeployContract, FunctionCall, Transfer
from devnet.near.borsh import BorshError
from devnet.near.keys import hash_bytes, is_valid_signature, public_key_text
from devnet.near.transactions import (
    read_signed_transaction,
    write_add_full_access_key,
    write_deploy_contract,
    write_function_call,
    write_signed_transaction,
    write_transfer,
)

KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key)
TEXT = public_key_text(b"\0" + PUBLIC)
BLOCK = bytes(range(32, 64))


def _signed_by_them(actions: list[object], nonce: int = 7) -> bytes:
    raw = bytes(KEY) + PUBLIC
    return base64.b64decode(theirs.sign_and_serialize_transaction("alice.near", raw, "bob.near", nonce, actions, BLOCK))


MAKERS = (
    lambda pick: (theirs.create_transfer_action(amount := pick.randrange(2**100)), Transfer(amount)),
    lambda pick: (
        theirs.create_function_call_action(
            name := "m" * pick.randrange(1, 20), args := pick.randbytes(60), gas := pick.randrange(2**50), 2**90
        ),
        FunctionCall(name, args, gas, 2**90),
    ),
    lambda _: (theirs.create_create_account_action(), CreateAccount()),
    lambda pick: (theirs.create_deploy_contract_action(code := pick.randbytes(50)), DeployContract(code)),
    lambda _: (theirs.create_delete_access_key_action(PUBLIC), DeleteKey(TEXT)),
)


def test_their_transactions_are_read_as_they_meant_them() -> None:
    pick = random.Random(366)
    for _ in range(60):
        pairs = [make(pick) for make in pick.choices(MAKERS, k=pick.randrange(1, 6))]
        nonce = pick.randrange(2**40)
        read = read_signed_transaction(_signed_by_them([sent for sent, _ in pairs], nonce))
        assert read.actions == tuple(meant for _, meant in pairs)
        assert (read.signer_id, read.receiver_id, read.nonce) == ("alice.near", "bob.near", nonce)
        assert (read.public_key, hash_bytes(read.block_hash)) == (TEXT, BLOCK)
        assert read.hash == theirs.calc_trx_hash(
            "alice.near", bytes(KEY) + PUBLIC, "bob.near", nonce, [sent for sent, _ in pairs], BLOCK
        )
        assert is_valid_signature(read.public_key, read.digest, read.signature)


def test_limited_keys_are_read_with_their_limits() -> None:
    action = theirs.create_function_call_access_key_action(PUBLIC, 5, "app.near", ["a", "b"])
    (read,) = read_signed_transaction(_signed_by_them([action])).actions
    assert isinstance(read, AddKey)
    limits = read.access_key.permission
    assert limits is not None
    assert (limits.allowance, limits.receiver_id, limits.method_names) == (5, "app.near", ("a", "b"))


def test_our_transactions_are_theirs_byte_for_byte() -> None:
    ours = [
        write_transfer(5),
        write_function_call("go", b"{}", 10**13, 1),
        write_deploy_contract(b"code"),
        write_add_full_access_key(TEXT),
    ]
    same = [
        theirs.create_transfer_action(5),
        theirs.create_function_call_action("go", b"{}", 10**13, 1),
        theirs.create_deploy_contract_action(b"code"),
        theirs.create_full_access_key_action(PUBLIC),
    ]
    private = "ed25519:" + theirs_base58(bytes(KEY) + PUBLIC)
    assert write_signed_transaction("alice.near", private, 7, "bob.near", BLOCK, ours) == _signed_by_them(same)


def theirs_base58(data: bytes) -> str:
    import base58

    return str(base58.b58encode(data).decode())


@pytest.mark.parametrize("cut", [1, 30, 64, 65, 66])
def test_a_cut_transaction_is_refused(cut: int) -> None:
    whole = _signed_by_them([theirs.create_transfer_action(1)])
    with pytest.raises(BorshError):
        read_signed_transaction(whole[:-cut])
    with pytest.raises(BorshError):
        read_signed_transaction(whole + os.urandom(cut))


def test_a_length_that_lies_costs_no_memory() -> None:
    whole = bytearray(_signed_by_them([theirs.create_transfer_action(1)]))
    whole[:4] = b"\xff\xff\xff\xff"
    with pytest.raises(BorshError):
        read_signed_transaction(bytes(whole))
