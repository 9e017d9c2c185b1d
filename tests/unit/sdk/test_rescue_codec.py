"""The rescue program's own bytes against the service's codec: two hands wrote them, one format is meant."""

import json
from dataclasses import replace
from typing import Any

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onebalancer_rescue import evm_codec, near_codec, receipt
from onebalancer_rescue.errors import BadInput
from onebalancer_rescue.evm_codec import Immutables
from onebalancer_rescue.evm_node import revert_selector

from access.signing import canonical
from chains.codec import calldata
from chains.codec.escrow import Immutables as OurImmutables
from chains.codec.escrow import escrow_address
from chains.codec.evm import DST_ESCROW_CREATED, ESCROW_CANCELLED, ESCROW_WITHDRAWAL, SRC_ESCROW_CREATED
from chains.codec.near import lock_id
from chains.codec.timelocks import Stage, Timelocks
from chains.signers.local_near import LocalNearSigner

words32 = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
uint32 = st.integers(0, 2**32 - 1)
timelocks = st.builds(Timelocks, *(uint32 for _ in range(7)), st.just(0))
ours = st.builds(
    OurImmutables,
    order_hash=words32,
    hashlock=words32,
    maker=addresses,
    taker=addresses,
    token=addresses,
    amount=st.integers(0, 2**256 - 1),
    safety_deposit=st.integers(0, 2**256 - 1),
    timelocks=timelocks,
)
accounts = st.from_regex(r"[a-z0-9]{2,12}(\.[a-z0-9]{2,8})?", fullmatch=True)


@given(ours, uint32, addresses, addresses)
def test_an_escrows_words_address_and_stages(terms: OurImmutables, at: int, factory: str, implementation: str) -> None:
    stamped, theirs = terms.deployed(at), Immutables.of_json(terms.to_json()).created(at)
    assert theirs.words() == stamped.words()
    assert Immutables.of_words(stamped.words()) == theirs
    assert evm_codec.escrow_address(factory, implementation, theirs) == escrow_address(factory, implementation, stamped)
    assert theirs.created_at == at
    assert theirs.offsets == terms.timelocks.pack()
    if at:
        assert [theirs.stage(place) for place in range(7)] == [stamped.timelocks.at(stage) for stage in Stage]


@given(ours, words32)
def test_the_calls(terms: OurImmutables, secret: bytes) -> None:
    theirs = Immutables.of_json(terms.to_json())
    assert evm_codec.claim_data(secret, theirs) == calldata.escrow_public_withdraw(secret, terms)
    assert evm_codec.refund_data("source", theirs) == calldata.escrow_public_cancel(terms)
    assert evm_codec.refund_data("destination", theirs) == calldata.escrow_cancel(terms)
    assert evm_codec.transfer_data(terms.maker, terms.amount) == calldata.erc20_transfer(terms.maker, terms.amount)
    assert evm_codec.balance_of_data(terms.maker) == calldata.erc20_balance_of(terms.maker)


def test_the_events() -> None:
    assert (evm_codec.SOURCE_CREATED, evm_codec.DESTINATION_CREATED) == (SRC_ESCROW_CREATED, DST_ESCROW_CREATED)
    assert (evm_codec.WITHDRAWN, evm_codec.CANCELLED) == (ESCROW_WITHDRAWAL, ESCROW_CANCELLED)


@pytest.mark.parametrize("place", [2, 3, 4])
def test_an_address_with_dirty_high_bytes_is_nobodys(place: int) -> None:
    data = bytearray(8 * 32)
    data[place * 32] = 1
    assert Immutables.of_words(bytes(data)) is None


@given(
    accounts, accounts, st.none() | accounts, st.integers(0, 2**128 - 1), words32, st.integers(0, 2**64 - 1), words32
)
def test_a_locks_id(
    sender: str, receiver: str, token: str | None, amount: int, hashlock: bytes, timelock: int, salt: bytes
) -> None:
    terms: dict[str, Any] = {"sender": sender, "receiver": receiver, "token": token, "amount": str(amount)}
    terms |= {"hashlock": hashlock.hex(), "timelock": timelock, "salt": salt.hex()}
    parts = {"hashlock": hashlock, "salt": salt, "amount": amount}
    assert near_codec.lock_id(terms) == lock_id(**{**terms, **parts})


@given(st.binary(max_size=70))
def test_base58(data: bytes) -> None:
    text = near_codec.base58(data)
    assert text == base58.b58encode(data).decode()
    assert near_codec.base58_decode(text) == data


@given(words32, accounts, accounts, st.binary(max_size=200), st.integers(1, 2**63), words32)
def test_a_signed_near_transaction(
    seed: bytes, account: str, receiver: str, args: bytes, nonce: int, block: bytes
) -> None:
    """Byte for byte what nearcore's own types encode and sign."""
    key = "ed25519:" + base58.b58encode(seed).decode()
    block_hash = base58.b58encode(block).decode()
    expected = LocalNearSigner(account, key).sign_function_call(
        receiver=receiver, method="claim", args=args, gas=7, deposit=0, nonce=nonce, block_hash=block_hash
    )
    mine = near_codec.NearKey(account, key)
    signed = mine.sign_call(receiver=receiver, method="claim", args=args, gas=7, nonce=nonce, block_hash=block_hash)
    assert signed == expected
    assert mine.public_key == LocalNearSigner(account, key).public_key


def test_a_near_key_whose_halves_differ_is_refused_and_not_shown() -> None:
    text = "ed25519:" + base58.b58encode(bytes(range(64))).decode()
    with pytest.raises(BadInput, match="halves") as refused:
        near_codec.NearKey("a.near", text)
    assert text[8:] not in str(refused.value)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), plain))
def test_what_the_service_signs_is_what_the_program_verifies(document: dict[str, Any]) -> None:
    """Also after the document was printed and parsed again."""
    signed = canonical(document)
    assert receipt.canonical(json.loads(json.dumps(document, indent=2))) == signed
    assert json.loads(signed) == document


INVALID = evm_codec.INVALID_SECRET


@pytest.mark.parametrize(
    "error",
    [
        {"code": 3, "message": "execution reverted", "data": INVALID},
        {"code": -32000, "message": "execution reverted", "data": {"data": INVALID}},
        {"code": -32015, "message": "VM execution error", "data": f"Reverted {INVALID}"},
        {"code": -32000, "message": f"execution reverted: custom error {INVALID}"},
    ],
    ids=["geth", "nested", "parity", "message"],
)
def test_the_revert_is_found_wherever_a_node_puts_it(error: dict[str, Any]) -> None:
    assert revert_selector(error) == INVALID


def test_a_revert_without_data_is_unknown() -> None:
    assert revert_selector({"code": 3, "message": "execution reverted", "data": "0x"}) == "?"


def test_the_terms_of_a_receipt_keep_their_time_apart() -> None:
    terms = Immutables(bytes(32), bytes(32), "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20, 1, 2, 3)
    assert replace(terms.created(9).created(7), timelocks=0) == replace(terms, timelocks=0)
    assert terms.created(9).created(7).created_at == 7
