"""The rescue program against real escrows on anvil."""

from dataclasses import replace
from typing import Any

import pytest
from onebalancer_rescue.evm import EvmLeg
from onebalancer_rescue.locks import ChainTime

from devnet.evm.anvil import Anvil
from devnet.evm.terms import NATIVE, Terms
from devnet.evm.world import AMOUNT, DEPLOYER, MAKER, STRANGER, TAKER, Lock, World
from tests.integration.sdk.desk import SERVICE_KEY, Desk, evm_leg, new_secret, other_leg, receipt

SECRET = new_secret()


@pytest.fixture
def terms(evm: World) -> Terms:
    return evm.terms(hashlock=evm.hashlock(SECRET))


@pytest.fixture
def ready(desk: Desk, evm: World, terms: Terms) -> Desk:
    """The receipt of a swap whose source is on anvil, a stranger's key, and the maker's secret."""
    return prepared(desk, evm, "source", terms)


def prepared(desk: Desk, world: World, side: str, terms: Terms, **changes: Any) -> Desk:
    leg = evm_leg(world, side, terms, **changes)
    legs = (leg, other_leg()) if side == "source" else (other_leg(), leg)
    desk.write(receipt(*legs, SECRET))
    desk.urls["base"] = world.anvil.url
    desk.file("key", STRANGER.key)
    desk.file("secret", "0x" + SECRET.hex())
    return desk


def key(desk: Desk) -> tuple[str, ...]:
    return ("--key-file", str(desk.folder / "key"))


def secret(desk: Desk) -> tuple[str, ...]:
    return (*key(desk), "--secret-file", str(desk.folder / "secret"))


def pass_to(world: World, lock: Lock, seconds: int) -> None:
    """The newest block's time is `seconds` after the lock's."""
    world.anvil.advance_time(lock.terms.created_at + seconds - world.anvil.time)
    world.anvil.mine(1)
    assert world.anvil.time >= lock.terms.created_at + seconds


def balance(world: World, account: str) -> int:
    return int(world.token.call("balanceOf", account))


def coins(world: World, account: str) -> int:
    return int(world.anvil.rpc.call("eth_getBalance", account, "latest"), 16)


def test_a_stranger_refunds_the_maker(ready: Desk, evm: World, terms: Terms) -> None:
    lock = evm.lock_source(terms)
    early = ready.run("refund", *key(ready))
    assert early.status == 3
    assert "too early" in early.err
    assert "Z, which is in" in early.err
    pass_to(evm, lock, terms.stages.src_public_cancellation)
    before = balance(evm, MAKER.address)
    told = ready.run("refund", *key(ready), "--service-key", SERVICE_KEY)
    assert told.status == 0, told.err
    assert f"went to {MAKER.address.lower()}" in told.out
    assert balance(evm, MAKER.address) == before + AMOUNT
    again = ready.run("refund", *key(ready))
    assert (again.status, "refunded already" in again.out) == (0, True)


def test_claim_frontrun__a_stranger_claims_the_destination_and_the_maker_is_paid(
    desk: Desk, evm: World, terms: Terms
) -> None:
    """CLAIM-FRONTRUN: whoever claims with our secret, the tokens go to the beneficiary that the lock has from its start."""
    ready = prepared(desk, evm, "destination", terms)
    lock = evm.lock_destination(terms)
    assert ready.run("claim", *secret(ready)).status == 3
    pass_to(evm, lock, terms.stages.dst_public_withdrawal)
    before, stranger = balance(evm, MAKER.address), balance(evm, STRANGER.address)
    told = ready.run("claim", *secret(ready))
    assert told.status == 0, told.err
    assert "the source was not looked at" in told.err
    assert balance(evm, MAKER.address) == before + AMOUNT
    assert balance(evm, STRANGER.address) == stranger
    assert SECRET.hex() not in told.out + told.err


def test_native_coins_are_refunded_too(desk: Desk, evm: World, terms: Terms) -> None:
    native = replace(terms, token=NATIVE, amount=10**15)
    ready = prepared(desk, evm, "source", native)
    lock = evm.lock_source(native)
    pass_to(evm, lock, terms.stages.src_public_cancellation)
    before = coins(evm, MAKER.address)
    assert ready.run("refund", *key(ready)).status == 0
    assert coins(evm, MAKER.address) == before + 10**15


def test_a_claim_that_would_come_too_late_keeps_the_secret(desk: Desk, evm: World, terms: Terms) -> None:
    """The node never hears of the secret: neither in a call nor in an estimate."""
    ready = prepared(desk, evm, "destination", terms)
    lock = evm.lock_destination(terms)
    pass_to(evm, lock, terms.stages.dst_cancellation - 10)
    late = ready.run("claim", *secret(ready))
    assert late.status == 4
    assert "expires in" in late.err
    pass_to(evm, lock, terms.stages.dst_cancellation)
    expired = ready.run("claim", *secret(ready))
    assert (expired.status, "expired at" in expired.err) == (4, True)
    assert evm.held(lock.escrow.address) == AMOUNT


def test_secret_leak__a_claim_tells_the_node_the_secret_only_in_its_transaction(
    desk: Desk, evm: World, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECRET-LEAK: what is tried before sending is tried without it."""
    from onebalancer_rescue.rpc import Node

    told: list[tuple[str, str]] = []
    ask = Node.call

    def listening(node: Node, method: str, params: Any) -> Any:
        told.append((method, str(params).lower()))
        return ask(node, method, params)

    monkeypatch.setattr(Node, "call", listening)
    ready = prepared(desk, evm, "destination", terms)
    lock = evm.lock_destination(terms)
    pass_to(evm, lock, terms.stages.dst_public_withdrawal)
    assert ready.run("claim", *secret(ready)).status == 0
    assert {method for method, params in told if SECRET.hex() in params} == {"eth_sendRawTransaction"}


def test_a_token_that_would_not_pay_keeps_the_secret(desk: Desk, evm: World, terms: Terms) -> None:
    token = evm.deploy("BlocklistToken")
    blocked = replace(terms, token=token.address)
    ready = prepared(desk, evm, "destination", blocked)
    lock = evm.lock_destination(blocked, token)
    token.send("setBlocked", MAKER.address, True, sender=DEPLOYER.address)
    pass_to(evm, lock, terms.stages.dst_public_withdrawal)
    told = ready.run("claim", *secret(ready))
    assert (told.status, "would refuse to pay" in told.err) == (4, True)


def test_claiming_the_source_before_the_destination_is_advised_against(ready: Desk, evm: World, terms: Terms) -> None:
    lock = evm.lock_source(terms)
    pass_to(evm, lock, terms.stages.src_public_withdrawal)
    told = ready.run("claim", "--leg", "source", *secret(ready))
    assert (told.status, "claim the destination first" in told.err) == (4, True)
    assert evm.held(lock.escrow.address) == AMOUNT
    before = balance(evm, TAKER.address)
    assert ready.run("claim", "--leg", "source", "--accept-risk", *secret(ready)).status == 0
    assert balance(evm, TAKER.address) == before + AMOUNT


def test_a_refusal_of_the_escrow_itself_keeps_the_secret(
    desk: Desk, evm: World, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node's head is ahead of what it executes on: our rules say yes, and the contract is asked before the secret goes."""
    ready = prepared(desk, evm, "destination", terms)
    lock = evm.lock_destination(terms)
    opens = lock.terms.created_at + terms.stages.dst_public_withdrawal
    monkeypatch.setattr(EvmLeg, "time", lambda _: ChainTime(opens, opens))
    told = ready.run("claim", *secret(ready))
    assert (told.status, "not the time to claim: the secret was not sent" in told.err) == (4, True)


def test_a_second_node_must_show_the_same_lock(desk: Desk, evm: World, terms: Terms) -> None:
    """One node could invent a lock to get the secret. The other is of the same chain, and does not know of this one."""
    ready = prepared(desk, evm, "destination", terms)
    lock = evm.lock_destination(terms)
    pass_to(evm, lock, terms.stages.dst_public_withdrawal)
    with Anvil() as other:
        assert World(other).deployment.factory == evm.deployment.factory
        other.set_time(max(evm.anvil.time, other.time + 1))  # deploying took seconds of its own
        told = ready.run("claim", "--rpc", f"base={other.url}", *secret(ready))
    assert (told.status, "the nodes disagree: --rpc base number 2 does not show it" in told.err) == (4, True)
    assert ready.run("claim", "--rpc", f"base={evm.anvil.url}", *secret(ready)).status == 0


def test_a_source_that_cannot_be_seen_keeps_nobody_from_claiming_in_time(
    desk: Desk, evm: World, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onebalancer_rescue.rpc.time.sleep", lambda _: None)
    ready = prepared(desk, evm, "destination", terms)
    ready.urls["elsewhere"] = "http://127.0.0.1:1"
    lock = evm.lock_destination(terms)
    status = ready.run("status")
    assert (status.status, "could not be looked at" in status.out) == (1, True)
    assert f"{lock.escrow.address.lower()}: locked" in status.out
    pass_to(evm, lock, terms.stages.dst_public_withdrawal)
    told = ready.run("claim", *secret(ready))
    assert (told.status, "the source could not be looked at" in told.err) == (0, True)


def test_a_factory_of_another_hash_is_named(desk: Desk, evm: World, terms: Terms) -> None:
    """A sha256 hashlock in a keccak256 escrow can never be opened: a claim would only give the secret away."""
    keccak = World(evm.anvil, "keccak256")
    ready = prepared(desk, keccak, "destination", replace(terms, token=keccak.token.address))
    told = ready.run("claim", *secret(ready))
    assert (told.status, "hashes by keccak256" in told.err) == (2, True)


def test_an_announced_escrow_of_other_terms_is_not_believed(desk: Desk, evm: World, terms: Terms) -> None:
    """Anyone can make a destination escrow with our hashlock; only the agreed terms derive the address that we claim."""
    ready = prepared(desk, evm, "destination", terms)
    evm.lock_destination(replace(terms, amount=1))
    evm.lock_destination(replace(terms, maker=STRANGER.address))
    told = ready.run("claim", *secret(ready))
    assert (told.status, "nothing is locked" in told.err) == (2, True)


def test_whatever_the_maker_locked_under_the_hashlock_is_refunded(ready: Desk, evm: World, terms: Terms) -> None:
    """A second lock, and one of another amount: the service answers neither, and he gets both back."""
    first = evm.lock_source(terms)
    evm.anvil.mine(1)
    second = evm.lock_source(replace(terms, amount=AMOUNT // 2))
    evm.lock_source(replace(terms, maker=STRANGER.address))  # a stranger's, under the same hashlock
    pass_to(evm, second, terms.stages.src_public_cancellation)
    before, stranger = balance(evm, MAKER.address), balance(evm, STRANGER.address)
    told = ready.run("refund", *key(ready))
    assert told.status == 0, told.err
    assert balance(evm, MAKER.address) == before + AMOUNT + AMOUNT // 2
    assert balance(evm, STRANGER.address) == stranger
    status = ready.run("status")
    assert "NOT as agreed: amount is" in status.out
    assert first.escrow.address.lower() in status.out


def test_status_says_what_can_be_done_from_when(ready: Desk, evm: World, terms: Terms) -> None:
    assert "nothing is locked" in ready.run("status").out
    lock = evm.lock_source(terms)
    told = ready.run("status").out
    assert f"{lock.escrow.address.lower()}: locked" in told
    assert "refund by anyone from" in told
    pass_to(evm, lock, terms.stages.src_public_cancellation)
    told = ready.run("status").out
    assert "claim  no more: it expired" in told
    assert "refund by anyone NOW" in told
    assert "not looked at: give --rpc elsewhere=URL" in told


def test_a_dry_run_sends_nothing(ready: Desk, evm: World, terms: Terms) -> None:
    lock = evm.lock_source(terms)
    pass_to(evm, lock, terms.stages.src_public_cancellation)
    told = ready.run("refund", "--dry-run", *key(ready))
    assert (told.status, "dry run" in told.out) == (0, True)
    assert evm.held(lock.escrow.address) == AMOUNT


def test_waiting_goes_on_when_the_window_opens(
    ready: Desk, evm: World, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = evm.lock_source(terms)
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            pass_to(evm, lock, terms.stages.src_public_cancellation)

    monkeypatch.setattr("onebalancer_rescue.runner.time.sleep", nap)
    told = ready.run("refund", "--wait", *key(ready))
    assert told.status == 0, told.err
    assert told.out.count("waiting: too early") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"networkId": "1"}, "is of chain"),
        ({"contracts": {"factory": "0x" + "12" * 20, "escrowImplementation": "0x" + "34" * 20}}, "no contract"),
        ({"publicRefund": False}, "access token"),
    ],
    ids=["another chain", "no factory", "1inch's own"],
)
def test_what_cannot_work_is_said(desk: Desk, evm: World, terms: Terms, changes: dict[str, Any], words: str) -> None:
    ready = prepared(desk, evm, "source", terms, **changes)
    lock = evm.lock_source(terms)
    pass_to(evm, lock, terms.stages.src_public_cancellation)
    told = ready.run("refund", *key(ready))
    assert told.status in (2, 4)
    assert words in told.err


def test_a_key_without_coins_is_named(ready: Desk, evm: World, terms: Terms) -> None:
    lock = evm.lock_source(terms)
    pass_to(evm, lock, terms.stages.src_public_cancellation)
    poor = "0x" + "77" * 32
    ready.file("key", poor)
    told = ready.run("refund", *key(ready))
    assert (told.status, "cannot pay for gas" in told.err) == (2, True)
    assert poor not in told.err + told.out
