"""Delegate actions: NEAR's own primitives sign them, a relayer pays for them."""

import hashlib
from typing import Any

import base58
import py_near_primitives as primitives
import pytest

from devnet.near.borsh import Writer
from devnet.near.keys import private_key_of, public_key_of, signing_key
from devnet.near.transactions import read_signed_transaction, write_transfer
from tests.unit.devnet.near.delegates import RELAYER, SIGNER, TARGET, delegate
from tests.unit.devnet.near.desk import ALICE, NEAR, Desk, failure_of


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_signers_hash_is_that_of_nears_primitives() -> None:
    """NEP-461: what is signed begins with 2^30 + 366."""
    key = signing_key(private_key_of(SIGNER))
    public = bytes(key.verify_key)
    theirs = primitives.DelegateAction(SIGNER, TARGET, [primitives.TransferAction(7)], 3, 500, public)
    body = Writer().text(SIGNER).text(TARGET).u32(1).raw(write_transfer(7)).u64(3).u64(500).raw(b"\0" + public)
    prefix = ((1 << 30) + 366).to_bytes(4, "little")
    ours = hashlib.sha256(prefix + bytes(body)).digest()
    assert bytes(theirs.get_nep461_hash()) == ours


def test_the_relayer_pays_the_gas_and_the_deposit(desk: Desk) -> None:
    before = {name: desk.amount(name) for name in (RELAYER, SIGNER, TARGET)}
    status = desk.send(RELAYER, SIGNER, delegate(desk, NEAR))
    assert status["status"] == {"SuccessValue": ""}
    assert desk.amount(SIGNER) == before[SIGNER]
    assert desk.amount(TARGET) == before[TARGET] + NEAR
    burnt = sum(int(each["outcome"]["tokens_burnt"]) for each in outcomes(status))
    assert before[RELAYER] - desk.amount(RELAYER) == NEAR + burnt
    assert desk.missing_tokens() == 0


def test_the_inner_receipt_comes_from_the_signer(desk: Desk) -> None:
    status = desk.send(RELAYER, SIGNER, delegate(desk))
    inner = next(each for each in status["receipts"] if each["receiver_id"] == TARGET)
    assert inner["predecessor_id"] == SIGNER
    assert inner["receipt"]["Action"]["signer_id"] == RELAYER


def test_the_inner_nonce_is_used_up(desk: Desk) -> None:
    desk.send(RELAYER, SIGNER, delegate(desk, nonce=4))
    again = desk.send(RELAYER, SIGNER, delegate(desk, nonce=4))
    assert failure_of(again) == {"DelegateActionInvalidNonce": {"delegate_nonce": 4, "ak_nonce": 4}}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"forged": True}, "DelegateActionInvalidSignature"),
        ({"max_height": 0}, "DelegateActionExpired"),
        (
            {"sender": ALICE},
            {"DelegateActionSenderDoesNotMatchTxReceiver": {"sender_id": ALICE, "receiver_id": SIGNER}},
        ),
        (
            {"nonce": 10**18},
            {"DelegateActionNonceTooLarge": {"delegate_nonce": 10**18, "upper_bound": 3_000_000}},
        ),
    ],
)
def test_a_delegate_that_must_not_pass_costs_the_signer_nothing(desk: Desk, changed: Any, kind: Any) -> None:
    before = desk.amount(SIGNER)
    status = desk.send(RELAYER, SIGNER, delegate(desk, NEAR, **changed))
    # the deposit, which the relayer paid, goes back to the predecessor: the relayer himself
    assert failure_of(status) == kind
    assert desk.amount(SIGNER) == before
    assert desk.missing_tokens() == 0


def test_an_unknown_key_is_named(desk: Desk) -> None:
    desk.chain.patch(
        {key: None for key in desk.chain.store._versions if key.kind == "access_key" and key.account_id == SIGNER}, 0
    )
    status = desk.send(RELAYER, SIGNER, delegate(desk))
    missing = {"account_id": SIGNER, "public_key": public_key_of(private_key_of(SIGNER))}
    assert failure_of(status) == {"DelegateActionAccessKeyError": {"AccessKeyNotFound": missing}}


def outcomes(status: dict[str, Any]) -> list[Any]:
    return [status["transaction_outcome"], *status["receipts_outcome"]]


def test_primitives_sign_what_the_chain_takes(desk: Desk) -> None:
    """The whole action, built and serialised by NEAR's own primitives inside a transaction."""
    key = signing_key(private_key_of(SIGNER))
    inner = primitives.DelegateAction(
        SIGNER, TARGET, [primitives.TransferAction(9)], 1, desk.chain.head.height + 50, bytes(key.verify_key)
    )
    signature = key.sign(bytes(inner.get_nep461_hash())).signature
    relayer = signing_key(private_key_of(RELAYER))
    transaction = primitives.Transaction(
        RELAYER,
        bytes(relayer.verify_key),
        1,
        SIGNER,
        base58.b58decode(desk.chain.head.hash),
        [primitives.SignedDelegateAction(inner, signature)],
    )
    signed = primitives.SignedTransaction(relayer.sign(bytes(transaction.get_hash())).signature, transaction)
    taken = read_signed_transaction(bytes(signed.serialize()))
    before = desk.amount(TARGET)
    desk.chain.submit(taken)
    assert desk.status(taken)["status"] == {"SuccessValue": ""}
    assert desk.amount(TARGET) == before + 9
