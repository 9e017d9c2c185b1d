"""The rules for transactions and accounts, each with nearcore's name for breaking it."""

import random

import pytest
from nacl.signing import SigningKey

from devnet.near.accounts import is_valid_account_id
from devnet.near.borsh import Writer
from devnet.near.errors import Json, TransactionRejected
from devnet.near.keys import base58_text, public_key_bytes, public_key_of
from devnet.near.state import ACCESS_KEY, Key
from devnet.near.transactions import (
    SignedTransaction,
    write_add_full_access_key,
    write_deploy_contract,
    write_function_call,
    write_transfer,
)
from tests.unit.devnet.near.desk import ALICE, APP, BOB, NEAR, TGAS, Desk, failure_of
from tests.unit.devnet.near.wat import contract

CREATE = b"\0"
OTHER = SigningKey(bytes(32))
OTHER_KEY = "ed25519:" + base58_text(bytes(OTHER) + bytes(OTHER.verify_key))
OTHER_PUBLIC = public_key_of(OTHER_KEY)


@pytest.fixture
def desk() -> Desk:
    return Desk(contracts={APP: contract()})


def refusal(desk: Desk, transaction: SignedTransaction) -> Json:
    with pytest.raises(TransactionRejected) as refused:
        desk.chain.submit(transaction)
    return refused.value.reason


def add_limited_key(allowance: int | None, receiver: str, *methods: str) -> bytes:
    writer = Writer().u8(5).raw(public_key_bytes(OTHER_PUBLIC)).u64(0).u8(0)
    writer = writer.u8(0) if allowance is None else writer.u8(1).u128(allowance)
    writer.text(receiver).u32(len(methods))
    for method in methods:
        writer.text(method)
    return bytes(writer)


def delete_key(public_key: str) -> bytes:
    return bytes(Writer().u8(6).raw(public_key_bytes(public_key)))


def delete_account(beneficiary: str) -> bytes:
    return bytes(Writer().u8(7).text(beneficiary))


def test_nonces_only_grow(desk: Desk) -> None:
    desk.chain.submit(first := desk.sign(ALICE, BOB, write_transfer(1), nonce=5))
    assert desk.status(first)["status"] == {"SuccessValue": ""}
    again = desk.sign(ALICE, BOB, write_transfer(2), nonce=5)
    assert refusal(desk, again) == {"InvalidNonce": {"tx_nonce": 5, "ak_nonce": 5}}


def test_sending_again_does_nothing(desk: Desk) -> None:
    desk.chain.submit(first := desk.sign(ALICE, BOB, write_transfer(1)))
    height = desk.chain.head.height
    desk.chain.submit(first)
    assert desk.chain.head.height == height
    assert desk.amount(BOB) == 1000 * NEAR + 1


def test_an_unknown_block_hash_has_expired(desk: Desk) -> None:
    assert refusal(desk, desk.sign(ALICE, BOB, write_transfer(1), block_hash=bytes(32))) == "Expired"


def test_a_stranger_cannot_sign(desk: Desk) -> None:
    wanted = {"AccessKeyNotFound": {"account_id": ALICE, "public_key": OTHER_PUBLIC}}
    stranger = desk.sign(ALICE, BOB, write_transfer(1), key=OTHER_KEY)
    assert refusal(desk, stranger) == {"InvalidAccessKeyError": wanted}
    nobody = desk.sign("nobody.near", BOB, write_transfer(1))
    assert refusal(desk, nobody) == {"SignerDoesNotExist": {"signer_id": "nobody.near"}}


def test_nobody_spends_more_than_he_has(desk: Desk) -> None:
    reason = refusal(desk, desk.sign(ALICE, BOB, write_transfer(1000 * NEAR)))
    assert set(reason) == {"NotEnoughBalance"}


def test_a_limited_key_does_what_it_may_and_no_more(desk: Desk) -> None:
    desk.send(ALICE, ALICE, add_limited_key(NEAR, APP, "set"))

    def attempt(receiver: str, action: bytes) -> Json:
        return refusal(desk, desk.sign(ALICE, receiver, action, key=OTHER_KEY))["InvalidAccessKeyError"]

    call = write_function_call("set", b"", 10 * TGAS, 0)
    assert attempt(APP, write_transfer(1)) == "RequiresFullAccess"
    assert attempt(APP, write_function_call("set", b"", 10 * TGAS, 1)) == "DepositWithFunctionCall"
    assert attempt(BOB, call) == {"ReceiverMismatch": {"tx_receiver": BOB, "ak_receiver": APP}}
    assert attempt(APP, write_function_call("get", b"", 10 * TGAS, 0)) == {"MethodNameMismatch": {"method_name": "get"}}
    status = desk.send(ALICE, APP, call, key=OTHER_KEY)
    assert status["status"] == {"SuccessValue": ""}
    key = desk.state.get(_key_of(ALICE, OTHER_PUBLIC))
    burnt = sum(int(each["outcome"]["tokens_burnt"]) for each in status["receipts_outcome"])
    burnt += int(status["transaction_outcome"]["outcome"]["tokens_burnt"])
    # unused gas goes back to the allowance
    assert key.permission.allowance == NEAR - burnt


def test_accounts_begin_with_a_transfer_a_parent_or_a_key_in_hex(desk: Desk) -> None:
    child, implicit = "child.alice.near", bytes(OTHER.verify_key).hex()
    made = desk.send(ALICE, child, CREATE, write_transfer(NEAR), write_add_full_access_key(OTHER_PUBLIC))
    assert made["status"] == {"SuccessValue": ""}
    desk.send(child, BOB, write_transfer(5), key=OTHER_KEY)
    desk.send(ALICE, implicit, write_transfer(NEAR))
    desk.send(implicit, BOB, write_transfer(5), key=OTHER_KEY)
    assert desk.amount(BOB) == 1000 * NEAR + 10
    assert desk.missing_tokens(child, implicit) == 0


def test_a_deposit_for_an_account_that_is_not_there_comes_back(desk: Desk) -> None:
    status = desk.send(ALICE, "nobody.near", write_transfer(7 * NEAR))
    assert failure_of(status) == {"AccountDoesNotExist": {"account_id": "nobody.near"}}
    assert desk.amount(ALICE) > 999 * NEAR
    assert desk.missing_tokens() == 0


@pytest.mark.parametrize("name", ["child.bob.near", "bob.near", "short"])
def test_accounts_cannot_be_made_for_others(desk: Desk, name: str) -> None:
    kind = failure_of(desk.send(ALICE, name, CREATE, write_transfer(NEAR)))
    assert set(kind) <= {"CreateAccountNotAllowed", "AccountAlreadyExists", "CreateAccountOnlyByRegistrar"}
    assert desk.missing_tokens() == 0


def test_only_the_owner_changes_an_account(desk: Desk) -> None:
    kind = failure_of(desk.send(ALICE, BOB, write_add_full_access_key(OTHER_PUBLIC)))
    assert kind == {"ActorNoPermission": {"account_id": BOB, "actor_id": ALICE}}


def test_one_failing_action_undoes_those_before_it(desk: Desk) -> None:
    status = desk.send(ALICE, ALICE, write_add_full_access_key(OTHER_PUBLIC), delete_key(public_key_of(_unused())))
    assert status["status"]["Failure"]["ActionError"]["index"] == 1
    assert desk.state.get(_key_of(ALICE, OTHER_PUBLIC)) is None


def test_a_deleted_account_leaves_its_money_and_nothing_else(desk: Desk) -> None:
    desk.send(ALICE, ALICE, delete_account(BOB))
    assert desk.account(ALICE) is None
    # what the deletion's gas left over finds no account, and is burnt
    assert desk.missing_tokens() == 0
    assert desk.amount(BOB) > 1999 * NEAR


def test_storage_needs_its_balance(desk: Desk) -> None:
    child = "child.alice.near"
    desk.send(ALICE, child, CREATE, write_transfer(NEAR // 10), write_add_full_access_key(OTHER_PUBLIC))
    status = desk.send(child, child, write_deploy_contract(bytes(20_000)), key=OTHER_KEY)
    assert set(failure_of(status)) == {"LackBalanceForState"}
    assert desk.missing_tokens(child) == 0


def test_not_one_yocto_is_lost_whatever_is_sent(desk: Desk) -> None:
    pick = random.Random(20)
    methods = ("set", "unset", "get", "fail", "trap", "give", "give_and_fail", "chain", "nothing")
    names = (ALICE, BOB, APP, "nobody.near", "0x" + "ab" * 20, "cd" * 32)
    for _ in range(60):
        signer, receiver = pick.choice((ALICE, BOB)), pick.choice(names)
        if pick.random() < 0.7:
            action = write_function_call(pick.choice(methods), b"", pick.randrange(1, 100) * TGAS, pick.randrange(10))
            desk.send(signer, APP, action)
        else:
            desk.send(signer, receiver, write_transfer(pick.randrange(NEAR)))
        assert desk.missing_tokens(*names) == 0
    assert desk.chain.head.total_supply == desk.supply - desk.chain.burnt


@pytest.mark.parametrize("name", ["a", "A.near", "a..near", ".near", "a_-b", "x" * 65, "a b", ""])
def test_names_that_are_none(name: str) -> None:
    assert not is_valid_account_id(name)


def _key_of(account_id: str, public_key: str) -> Key:
    return Key(ACCESS_KEY, account_id, public_key)


def _unused() -> str:
    key = SigningKey(bytes([1] * 32))
    return "ed25519:" + base58_text(bytes(key) + bytes(key.verify_key))
