"""A service that lies about locks, and real chains: the secret leaves only where both locks are what was asked for."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from onebalancer import Client, VerificationFailed

from devnet.evm.anvil import Anvil
from devnet.evm.contracts import Contract
from devnet.evm.terms import NATIVE, Stages
from devnet.evm.world import AMOUNT, DEPLOYER, MAKER, STRANGER, TAKER, Lock, World
from devnet.near.transactions import write_function_call
from tests.integration.contracts.near.world import ALICE, BOB, CAROL, HTLC, TOKEN, TOKENS
from tests.integration.contracts.near.world import Lock as NearLock
from tests.integration.contracts.near.world import World as NearWorld
from tests.integration.sdk.drivers import AsyncDriver, Driver, NodeDriver, SyncDriver, chains_of
from tests.integration.sdk.liar import SESSION_ID, Legs, Liar
from tests.integration.sdk.locks import evm_leg, near_leg

SLIPPAGE = 100
LEAST = AMOUNT * 99 // 100
EVM_STAGES = Stages(dst_withdrawal=1, dst_public_withdrawal=100, dst_cancellation=180)
LIFE = 300
BALANCES = 1  # the place of `balanceOf` in the token's storage
Json = dict[str, Any]


# The synchronous client is made from the asynchronous one: a few tests are enough to see that they are alike
each_client = pytest.mark.parametrize("driver", ["python", "python-async", "node"], indirect=True)


@pytest.fixture(scope="module", params=["python", "node"])
def driver(request: pytest.FixtureRequest, node: NodeDriver) -> Driver:
    return {"python": SyncDriver(), "python-async": AsyncDriver(), "node": node}[request.param]


@pytest.fixture
def liar(evm: World, near: NearWorld) -> Iterator[Liar]:
    with Liar({"base": evm.anvil.url, "other": evm.anvil.url, "near": near.chain.url}) as liar:
        yield liar


@dataclass
class Scene:
    """A maker on anvil, a service that lies, and what the client asks for."""

    evm: World
    near: NearWorld
    liar: Liar

    # What there is on the chains

    def source(self, hashlock: str, **changes: Any) -> Lock:
        return self.evm.lock_source(self.evm.terms(hashlock=bytes.fromhex(hashlock[2:]), **changes))

    def escrow(self, hashlock: str, /, contract: Contract | None = None, **changes: Any) -> Lock:
        """Where the taker is paid on an EVM chain: STRANGER, so that nobody is mistaken for him."""
        plain = {"hashlock": bytes.fromhex(hashlock[2:]), "maker": STRANGER.address, "stages": EVM_STAGES}
        if contract is not None:
            plain["token"] = contract.address
        return self.evm.lock_destination(self.evm.terms(**{**plain, **changes}), contract)

    def htlc(self, hashlock: str, /, *, seconds: int = LIFE, **changes: Any) -> NearLock:
        """Where the taker is paid on NEAR: BOB."""
        lock = self.near.terms(seconds=seconds, token=changes.pop("token", TOKEN), sender=ALICE)
        lock = replace(lock, **{"hashlock": hashlock[2:], **changes})
        lock.id = self.near.view("lock_id", lock.terms)
        self.near.make(lock)
        return lock

    def settle(self) -> None:
        """Everything so far is final, and claims are open."""
        self.evm.anvil.advance_time(2)
        self.evm.anvil.mine(3)

    # What the client knows

    def chains(self) -> Json:
        evm = {
            "family": "evm",
            "chainId": self.evm.anvil.chain_id,
            "escrowFactory": self.evm.factory.address,
        }
        near = {"family": "near", "networkId": self.near.chain.rpc("status", [])["chain_id"], "htlc": HTLC}
        return {
            "base": {**evm, "rpc": self.liar.rpc("base")},
            "other": {**evm, "rpc": self.liar.rpc("other")},
            "near": {**near, "rpc": self.liar.rpc("near")},
        }

    def request(self, destination: str, **changes: Any) -> Json:
        on_near = destination == "near"
        return {
            "sourceChain": "base",
            "destinationChain": destination,
            "sourceToken": self.evm.token.address,
            "destinationToken": TOKEN if on_near else self.evm.token.address,
            "sourceAmount": str(AMOUNT),
            "destinationAmount": str(TOKENS if on_near else AMOUNT),
            "maker": MAKER.address,
            "taker": BOB if on_near else STRANGER.address,
            "slippageTolerance": SLIPPAGE,
            **changes,
        }

    def empty(self, lock: Lock) -> None:
        """What the escrow held is gone, as with a token whose owner may take it back."""
        slot = keccak(encode(["address", "uint256"], [lock.escrow.address, BALANCES]))
        self.evm.anvil.rpc.call("anvil_setStorageAt", lock.terms.token, "0x" + slot.hex(), "0x" + "00" * 32)
        assert self.evm.held(lock.escrow.address) == 0

    def play(
        self, driver: Driver, request: Json, legs: Legs, patience: float = 0.0, chains: Json | None = None
    ) -> tuple[str, ...]:
        """What the client found to differ. The secret was sent exactly when it found nothing, and then to one place."""
        self.liar.begin(legs)
        outcome = driver.hand_over(self.liar.url, chains or self.chains(), request, patience)
        seen = [entry for entry in self.liar.wire if betrays(entry, outcome.secret)]
        if outcome.refused:
            assert not seen
        else:
            assert len(seen) == 1
            assert seen[0].startswith(f"POST /api/v1/sessions/{SESSION_ID}/secret".encode())
        return outcome.refused


def betrays(entry: bytes, secret: str) -> bool:
    """Whether the secret is in it, in any of the forms in which one writes 32 bytes."""
    raw = bytes.fromhex(secret[2:])
    forms = (
        raw,
        raw.hex().encode(),
        base64.b64encode(raw)[:42],
        base64.urlsafe_b64encode(raw)[:42],
        str(int(raw.hex(), 16)).encode(),
    )
    listed = json.dumps(list(raw), separators=(",", ":"))[1:-1].encode()
    return any(form in entry or form.upper() in entry for form in forms) or listed in entry.replace(b" ", b"")


@pytest.fixture
def scene(evm: World, near: NearWorld, liar: Liar) -> Scene:
    return Scene(evm, near, liar)


# Both escrows on EVM


@each_client
def test_a_secret_is_handed_over_where_both_escrows_are_as_agreed(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock, amount=LEAST)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == ()


def test_native_coins_are_counted_without_the_safety_deposit(driver: Driver, scene: Scene) -> None:
    drained = False

    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock, token=NATIVE)
        if drained:  # the deposit stays, and would do for a part of the amount
            scene.evm.anvil.set_balance(destination.escrow.address, destination.terms.safety_deposit + AMOUNT - 1)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other", destinationToken=NATIVE), legs) == ()
    drained = True
    told = scene.play(driver, scene.request("other", destinationToken=NATIVE), legs)
    assert set(told) == {"the escrow's balance"}


SHORT = Stages(dst_withdrawal=1, dst_public_withdrawal=20, dst_cancellation=50)
PRIVATE = Stages(dst_withdrawal=1, dst_public_withdrawal=170, dst_cancellation=180)
CLOSED = Stages(dst_withdrawal=90, dst_public_withdrawal=100, dst_cancellation=180)
EVM_LIES: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong amount": ({"amount": LEAST - 1}, "amount"),
    "a wrong payee": ({"maker": TAKER.address}, "payee"),
    "a wrong hashlock": ({"hashlock": b"\x07" * 32}, "hashlock"),
    "a too short expiry": ({"stages": SHORT}, "time left"),
    "no time for a claim by anybody": ({"stages": PRIVATE}, "time in which anybody can claim"),
    "a claim that is not open yet": ({"stages": CLOSED}, "the claim"),
}


@pytest.mark.parametrize("lie", EVM_LIES)
def test_an_escrow_of_other_terms_gets_no_secret(driver: Driver, scene: Scene, lie: str) -> None:
    changes, told = EVM_LIES[lie]

    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock, **changes)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == (told,)


def test_a_wrong_token_gets_no_secret(driver: Driver, scene: Scene) -> None:
    worthless = scene.evm.deploy("TestToken", "Nothing", "NIL", 6)

    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock, worthless)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == ("token",)


def test_a_token_that_would_not_pay_the_taker_gets_no_secret(driver: Driver, scene: Scene) -> None:
    choosy = scene.evm.deploy("BlocklistToken")

    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock, choosy)
        choosy.send("setBlocked", STRANGER.address, True, sender=DEPLOYER.address)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other", destinationToken=choosy.address), legs) == ("the token",)


def test_words_about_an_escrow_that_has_other_terms_get_no_secret(driver: Driver, scene: Scene) -> None:
    """The document says what was agreed; the escrow that it names holds a millionth of it."""

    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock, amount=AMOUNT // 10**6)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination, amount=str(AMOUNT))}

    assert scene.play(driver, scene.request("other"), legs) == ("the lock",)


@each_client
def test_an_escrow_that_was_never_made_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source = scene.source(hashlock)
        terms = scene.evm.terms(hashlock=bytes.fromhex(hashlock[2:]), maker=STRANGER.address, stages=EVM_STAGES)
        imagined = Lock(terms.created(scene.evm.anvil.time), source.escrow, {})
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(imagined)}

    assert scene.play(driver, scene.request("other"), legs) == ("the lock",)


def test_an_escrow_that_is_not_final_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock)
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == ("the lock",)


@each_client
def test_finality_that_comes_in_time_is_waited_for(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock)
        scene.liar.when_read(3, scene.settle)
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs, patience=20) == ()


@each_client
def test_an_escrow_without_its_balance_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock)
        scene.settle()
        scene.empty(destination)
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == ("the escrow's balance",)


def test_an_escrow_of_another_factory_gets_no_secret(driver: Driver, scene: Scene) -> None:
    """The same code at an address that the client did not name: its owner could have put anything behind it."""
    mine = scene.evm.factory.address
    other = scene.evm.deploy("EscrowFactory", scene.evm.protocol.address, 0, scene.evm.factory.call("RESCUE_DELAY"))

    def legs(hashlock: str) -> Json:
        source = scene.source(hashlock)
        terms = scene.evm.terms(hashlock=bytes.fromhex(hashlock[2:]), maker=STRANGER.address, stages=EVM_STAGES)
        scene.evm.fund(TAKER.address, terms, scene.evm.token)
        scene.evm.token.send("approve", other.address, terms.amount, sender=TAKER.address)
        made = other.send("createDstEscrow", terms.words, 2**40, sender=TAKER.address, value=terms.native_value)
        stamped = terms.created(scene.evm.time_of(made))
        address = stamped.escrow(other.address, other.call("ESCROW_DST_IMPLEMENTATION"))
        scene.settle()
        return {
            "source": evm_leg(source),
            "destination": evm_leg(Lock(stamped, scene.evm.contract("EscrowDst", address), made)),
        }

    assert mine != other.address
    assert scene.play(driver, scene.request("other"), legs) == ("the lock",)


SOURCE_LIES: dict[str, tuple[dict[str, Any], str]] = {
    "more than was agreed": ({"amount": AMOUNT + 1}, "amount"),
    "somebody else's lock": ({"maker": STRANGER.address}, "refundee"),
    "another hashlock": ({"hashlock": b"\x07" * 32}, "hashlock"),
}


@pytest.mark.parametrize("lie", SOURCE_LIES)
def test_a_source_lock_that_is_not_the_agreed_one_gets_no_secret(driver: Driver, scene: Scene, lie: str) -> None:
    changes, told = SOURCE_LIES[lie]

    def legs(hashlock: str) -> Json:
        terms = scene.evm.terms(**{"hashlock": bytes.fromhex(hashlock[2:]), **changes})
        source, destination = scene.evm.lock_source(terms), scene.escrow(hashlock)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == (told,)


def test_a_source_lock_that_is_gone_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock)
        scene.settle()
        scene.empty(source)
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    assert scene.play(driver, scene.request("other"), legs) == ("the escrow's balance",)


def test_a_node_of_another_chain_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.escrow(hashlock)
        scene.settle()
        return {"source": evm_leg(source), "destination": evm_leg(destination)}

    chains = scene.chains()
    chains["other"]["chainId"] += 1
    assert scene.play(driver, scene.request("other"), legs, chains=chains) == ("chain id",)


def test_two_nodes_that_show_different_things_get_no_secret(driver: Driver, scene: Scene, evm_chain: World) -> None:
    """The second node is of another chain altogether, with the same id and the same factory."""
    with Anvil(chain_id=evm_chain.anvil.chain_id) as elsewhere:
        World(elsewhere)
        scene.liar.nodes["second"] = elsewhere.url

        def legs(hashlock: str) -> Json:
            source, destination = scene.source(hashlock), scene.escrow(hashlock)
            scene.settle()
            return {"source": evm_leg(source), "destination": evm_leg(destination)}

        chains = scene.chains()
        chains["other"]["rpc"] = [scene.liar.rpc("other"), scene.liar.rpc("second")]
        assert scene.play(driver, scene.request("other"), legs, chains=chains) == ("the lock",)


# The destination on NEAR


@each_client
def test_a_secret_is_handed_over_where_the_lock_on_near_is_as_agreed(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.htlc(hashlock)
        scene.settle()
        return {"source": evm_leg(source), "destination": near_leg(destination)}

    assert scene.play(driver, scene.request("near"), legs) == ()


NEAR_LIES: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong amount": ({"amount": TOKENS * 99 // 100 - 1}, "amount"),
    "a wrong token": ({"token": None, "amount": TOKENS}, "token"),
    "a wrong payee": ({"receiver": CAROL}, "payee"),
    "a wrong hashlock": ({"hashlock": "07" * 32}, "hashlock"),
    "a too short expiry": ({"seconds": 50}, "time left"),
}


@pytest.mark.parametrize("lie", NEAR_LIES)
def test_a_lock_on_near_of_other_terms_gets_no_secret(driver: Driver, scene: Scene, lie: str) -> None:
    changes, told = NEAR_LIES[lie]
    if changes.get("receiver") == CAROL:
        scene.near.register(CAROL)

    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.htlc(hashlock, **changes)
        scene.settle()
        return {"source": evm_leg(source), "destination": near_leg(destination)}

    assert scene.play(driver, scene.request("near"), legs) == (told,)


@each_client
def test_a_lock_on_near_that_was_never_made_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source = scene.source(hashlock)
        imagined = replace(scene.near.terms(seconds=LIFE, token=TOKEN), hashlock=hashlock[2:])
        scene.settle()
        return {"source": evm_leg(source), "destination": near_leg(imagined)}

    assert scene.play(driver, scene.request("near"), legs) == ("the lock",)


def test_a_lock_on_near_that_is_not_final_gets_no_secret(driver: Driver, scene: Scene) -> None:
    """The block with the lock is the newest one, and nothing is built upon it."""
    near = scene.near.chain

    def legs(hashlock: str) -> Json:
        source = scene.source(hashlock)
        lock = replace(scene.near.terms(seconds=LIFE, token=None, receiver=BOB), hashlock=hashlock[2:], amount=TOKENS)
        lock.id = scene.near.view("lock_id", lock.terms)
        near.rpc("devnet_pause")
        call = write_function_call("lock", near._hands.encode(lock.wanted), 10**14, lock.amount)
        near.rpc("devnet_submit", {"signed_tx_base64": base64.b64encode(near.sign(ALICE, HTLC, [call])).decode()})
        for _ in range(5):
            near.mine(1)
            if scene.near.get(lock) is not None:
                break
        assert scene.near.get(lock) is not None
        assert near.view(HTLC, "get_lock", {"id": lock.id}, "final") is None
        scene.settle()
        return {"source": evm_leg(source), "destination": near_leg(lock)}

    try:
        assert scene.play(driver, scene.request("near", destinationToken="near"), legs) == ("the lock",)
    finally:
        near.rpc("devnet_resume")


def test_a_lock_on_near_that_was_refunded_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.htlc(hashlock, seconds=5)
        scene.settle()
        scene.near.chain.advance_time(10)
        scene.near.refund(destination)
        return {"source": evm_leg(source), "destination": near_leg(destination)}

    assert scene.play(driver, scene.request("near"), legs) == ("state", "time left")


def test_a_contract_on_near_that_the_client_did_not_name_gets_no_secret(driver: Driver, scene: Scene) -> None:
    def legs(hashlock: str) -> Json:
        source, destination = scene.source(hashlock), scene.htlc(hashlock)
        scene.settle()
        return {"source": evm_leg(source), "destination": near_leg(destination, lockId="00" * 32)}

    assert scene.play(driver, scene.request("near"), legs) == ("the lock",)


# The receipt


def test_a_receipt_of_another_swap_is_refused_before_anything_is_locked(scene: Scene) -> None:
    scene.liar.begin(lambda _: {})
    scene.liar.receipt = {"hashlock": "0x" + "07" * 32}
    chains = chains_of(scene.chains())
    with (
        Client(scene.liar.url, "key", chains=chains) as client,
        pytest.raises(VerificationFailed, match="receipt: hashlock"),
    ):
        client.create_swap(scene.request("other"))  # type: ignore[arg-type]
