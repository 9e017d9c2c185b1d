"""What a service offers a maker to send or sign: nothing but what he asked for is sent or signed, in either language."""

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from onebalancer import EvmChain, NearChain, SwapRecord, VerificationFailed, check_calls, sign_order

from chains.codec import calldata
from chains.codec.escrow import Immutables
from chains.codec.extension import Extension, salt_for
from chains.codec.order import Order, OrderDomain
from chains.codec.settlement import ExtraDataArgs, PostInteraction, near_custom_data, near_dst_token
from chains.codec.signature import recover
from chains.codec.timelocks import Timelocks
from chains.codec.traits import MakerTraits
from devnet.evm.accounts import dev_account
from tests.integration.sdk.drivers import Json, NodeDriver

MAKER = dev_account(5)
FACTORY, PROTOCOL, RESOLVER, TOKEN, THIEF = ("0x" + f"{number:02x}" * 20 for number in (0xFA, 0x10, 0x4E, 0xA0, 0xBB))
HASHLOCK, OTHER = "0x" + "5e" * 32, "0x" + "07" * 32
CHAIN_ID = 8453
AMOUNT, LEAST = 10**8, 99 * 10**6
DEPOSIT = 10**15
LOCKS = Timelocks(10, 120, 240, 300, 10, 100, 180)
BASE = {
    "family": "evm",
    "chainId": CHAIN_ID,
    "rpc": "http://127.0.0.1:1",
    "escrowFactory": FACTORY,
    "limitOrderProtocol": PROTOCOL,
}
NEAR = {"family": "near", "networkId": "testnet", "rpc": "http://127.0.0.1:1", "htlc": "htlc.near"}
REQUEST: Json = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": TOKEN,
    "destinationToken": "usdt.near",
    "sourceAmount": str(AMOUNT),
    "destinationAmount": str(AMOUNT),
    "maker": MAKER.address,
    "taker": "alice.near",
    "slippageTolerance": 100,
}
FROM_NEAR: Json = {
    **REQUEST,
    "sourceChain": "near",
    "destinationChain": "base",
    "sourceToken": "usdt.near",
    "destinationToken": TOKEN,
    "maker": "alice.near",
    "taker": MAKER.address,
}


class Python:
    """The Python SDK."""

    evm = EvmChain(CHAIN_ID, "http://127.0.0.1:1", FACTORY, limit_order_protocol=PROTOCOL)
    near = NearChain("testnet", "http://127.0.0.1:1", "htlc.near")

    def check_calls(self, request: Json, calls: list[Json]) -> list[str]:
        try:
            check_calls({"base": self.evm, "near": self.near}, self._record(request), calls)  # type: ignore[arg-type]
        except VerificationFailed as failed:
            return [item.what for item in failed.differences]
        return []

    def sign_order(self, request: Json, offer: Json) -> Json:
        from eth_account import Account

        def sign(typed_data: Json) -> str:
            return "0x" + bytes(Account.sign_typed_data(MAKER.key, full_message=typed_data).signature).hex()

        try:
            return dict(sign_order(offer, self._record(request), self.evm, self.near, sign))  # type: ignore[arg-type]
        except VerificationFailed as failed:
            return {"refused": [item.what for item in failed.differences]}

    @staticmethod
    def _record(request: Json) -> SwapRecord:
        return SwapRecord("sess_a", request, HASHLOCK, "sha256", "0x" + "00" * 32)  # type: ignore[arg-type]


class Node:
    """The TypeScript SDK."""

    def __init__(self, node: NodeDriver) -> None:
        self._node = node

    def check_calls(self, request: Json, calls: list[Json]) -> list[str]:
        chains = {"base": BASE, "near": NEAR}
        refused: list[str] = self._node.ask(
            task="checkCalls", chains=chains, agreed=self._agreed(request), calls=calls
        )["refused"]
        return refused

    def sign_order(self, request: Json, offer: Json) -> Json:
        answer = self._node.ask(
            task="signOrder",
            offer=offer,
            agreed=self._agreed(request),
            source=BASE,
            destination=NEAR,
            key=MAKER.key,
        )
        return {"refused": answer["refused"]} if answer["refused"] else dict(answer["result"])

    @staticmethod
    def _agreed(request: Json) -> Json:
        return {"request": request, "hashlock": HASHLOCK, "hashFunction": "sha256"}


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest, node: NodeDriver) -> Python | Node:
    return Python() if request.param == "python" else Node(node)


# Calls on an EVM chain


def immutables(**changes: Any) -> Immutables:
    plain = {
        "order_hash": b"\x11" * 32,
        "hashlock": bytes.fromhex(HASHLOCK[2:]),
        "maker": MAKER.address,
        "taker": RESOLVER,
        "token": TOKEN,
        "amount": AMOUNT,
        "safety_deposit": DEPOSIT,
        "timelocks": LOCKS,
    }
    return Immutables(**{**plain, **changes})


def evm_calls(**changes: Any) -> list[Json]:
    """The honest calls, with terms of the lock replaced."""
    terms = immutables(**changes)
    approve = "0x" + calldata.erc20_approve(FACTORY, AMOUNT).hex()
    lock = "0x" + calldata.create_src_escrow(terms).hex()
    return [
        {"chain": "base", "purpose": "approve", "to": TOKEN, "value": "0", "data": approve},
        {"chain": "base", "purpose": "lock", "to": FACTORY, "value": str(terms.safety_deposit), "data": lock},
    ]


def changed(calls: list[Json], place: int, **changes: Any) -> list[Json]:
    calls[place] |= changes
    return calls


def to_thief() -> str:
    return "0x" + calldata.erc20_approve(THIEF, AMOUNT).hex()


EVM_OFFERS: dict[str, tuple[Callable[[], list[Json]], str]] = {
    "an allowance for a thief": (lambda: changed(evm_calls(), 0, data=to_thief()), "approve.data"),
    "an allowance of another token": (lambda: changed(evm_calls(), 0, to=THIEF), "approve.to"),
    "coins with the allowance": (lambda: changed(evm_calls(), 0, value="1"), "approve.value"),
    "a lock elsewhere": (lambda: changed(evm_calls(), 1, to=THIEF), "lock.to"),
    "another function": (
        lambda: changed(evm_calls(), 1, data="0xdeadbeef" + evm_calls()[1]["data"][10:]),
        "lock's function",
    ),
    "more data": (lambda: changed(evm_calls(), 1, data=evm_calls()[1]["data"] + "00" * 32), "the lock's terms"),
    "more coins than the deposit": (lambda: changed(evm_calls(), 1, value=str(DEPOSIT + 1)), "lock.value"),
    "a deposit that is too high": (lambda: evm_calls(safety_deposit=10**18), "safety deposit"),
    "another hashlock": (lambda: evm_calls(hashlock=bytes.fromhex(OTHER[2:])), "hashlock"),
    "a refund for a thief": (lambda: evm_calls(maker=THIEF), "refundee"),
    "more than was asked for": (lambda: evm_calls(amount=AMOUNT + 1), "amount"),
    "another token": (lambda: evm_calls(token=THIEF), "token"),
    "a lock for years": (
        lambda: evm_calls(timelocks=Timelocks(10, 120, 240, 10**8, 10, 100, 180)),
        "seconds until anybody can refund",
    ),
    "a third call": (lambda: [*evm_calls(), evm_calls()[0]], "the calls"),
    "no call": (list, "the calls"),
    "another chain": (lambda: changed(evm_calls(), 1, chain="ethereum"), "chain"),
}


def test_the_calls_of_an_honest_service_are_taken(sdk: Python | Node) -> None:
    assert sdk.check_calls(REQUEST, evm_calls()) == []
    native = "0x" + "0" * 40
    calls = changed(evm_calls(token=native)[1:], 0, value=str(DEPOSIT + AMOUNT))
    assert sdk.check_calls({**REQUEST, "sourceToken": native}, calls) == []
    assert sdk.check_calls(FROM_NEAR, near_calls()) == []
    assert sdk.check_calls(FROM_NEAR, near_calls()[1:]) == []


@pytest.mark.parametrize("offer", EVM_OFFERS)
def test_calls_that_do_something_else_are_not_sent(sdk: Python | Node, offer: str) -> None:
    calls, told = EVM_OFFERS[offer]
    assert sdk.check_calls(REQUEST, calls()) == [told]


# Calls on NEAR


def near_calls(**changes: Any) -> list[Json]:
    """The honest calls, with what the sender writes replaced."""
    terms = {
        "receiver": "orchestrator.near",
        "hashlock": HASHLOCK[2:],
        "timelock": int(time.time()) + 3600,
        "salt": "00" * 32,
    }
    transfer = {"receiver_id": "htlc.near", "amount": str(AMOUNT), "msg": json.dumps(terms | changes)}
    call = {"chain": "near", "gas": str(10**14)}
    return [
        {
            **call,
            "purpose": "storage",
            "receiverId": "htlc.near",
            "methodName": "storage_deposit",
            "args": {},
            "deposit": str(10**22),
        },
        {
            **call,
            "purpose": "lock",
            "receiverId": "usdt.near",
            "methodName": "ft_transfer_call",
            "args": transfer,
            "deposit": "1",
        },
    ]


def lock_with(**changes: Any) -> list[Json]:
    calls = near_calls()
    calls[1]["args"] |= changes
    return calls


NEAR_OFFERS: dict[str, tuple[Callable[[], list[Json]], str]] = {
    "a transfer to a thief": (lambda: lock_with(receiver_id="thief.near"), "lock.args.receiver_id"),
    "more than was asked for": (lambda: lock_with(amount=str(AMOUNT + 1)), "lock.args.amount"),
    "one argument more": (lambda: lock_with(memo="x"), "lock.args"),
    "another hashlock": (lambda: near_calls(hashlock=OTHER[2:]), "hashlock"),
    "a lock for years": (lambda: near_calls(timelock=int(time.time()) + 10**8), "timelock"),
    "another token": (lambda: changed(near_calls(), 1, receiverId="gold.near"), "lock.receiverId"),
    "another method": (lambda: changed(near_calls(), 1, methodName="ft_transfer"), "lock.methodName"),
    "a deposit beside": (lambda: changed(near_calls(), 1, deposit="2"), "lock.deposit"),
    "a storage deposit that is too high": (lambda: changed(near_calls(), 0, deposit=str(10**24)), "storage.deposit"),
    "a storage deposit elsewhere": (lambda: changed(near_calls(), 0, receiverId="thief.near"), "storage.receiverId"),
    "a storage deposit for another": (
        lambda: changed(near_calls(), 0, args={"account_id": "thief.near"}),
        "storage.args",
    ),
    "too much gas": (lambda: changed(near_calls(), 1, gas=str(10**15)), "gas"),
}


@pytest.mark.parametrize("offer", NEAR_OFFERS)
def test_calls_on_near_that_do_something_else_are_not_sent(sdk: Python | Node, offer: str) -> None:
    calls, told = NEAR_OFFERS[offer]
    assert sdk.check_calls(FROM_NEAR, calls()) == [told]


# The order

TRAITS = {
    "allowed_sender": 0,
    "expiration": int(time.time()) + 600,
    "no_partial_fills": True,
    "post_interaction": True,
    "has_extension": True,
}


def offer_of(
    *,
    order: Json | None = None,
    traits: Json | None = None,
    terms: Json | None = None,
    extension: Json | None = None,
    factory: str = FACTORY,
    custom: bytes | None = None,
) -> Json:
    """An order as an honest service would offer it, but for what is given."""
    plain_terms = {
        "hashlock": bytes.fromhex(HASHLOCK[2:]),
        "dst_chain_id": 398,
        "dst_token": near_dst_token("usdt.near"),
        "src_safety_deposit": DEPOSIT,
        "dst_safety_deposit": 0,
        "timelocks": LOCKS,
    }
    post = PostInteraction(factory=factory, args=ExtraDataArgs(**{**plain_terms, **(terms or {})}))
    data = near_custom_data("alice.near", "usdt.near") if custom is None else custom
    packed = Extension(**{"post_interaction": post.encode(), "custom_data": data, **(extension or {})}).encode()
    plain_order = {
        "salt": salt_for(packed, 77),
        "maker": MAKER.address,
        "receiver": "0x" + "0" * 40,
        "maker_asset": TOKEN,
        "taker_asset": RESOLVER,
        "making_amount": AMOUNT,
        "taking_amount": LEAST,
        "maker_traits": MakerTraits(**{**TRAITS, **(traits or {})}).pack(),
    }
    made = Order(**{**plain_order, **(order or {})})
    domain = OrderDomain(CHAIN_ID, PROTOCOL)
    return {
        "typedData": made.typed_data(domain),
        "order": made.to_json(),
        "orderHash": "0x" + made.hash(domain).hex(),
        "extension": "0x" + packed.hex(),
        "approve": {"token": TOKEN, "spender": PROTOCOL, "amount": str(AMOUNT)},
    }


def with_approval(**changes: str) -> Json:
    offer = offer_of()
    offer["approve"] |= changes
    return offer


def signed_for_another_chain() -> Json:
    """All of it consistent, for a chain or protocol that is not the client's."""
    offer = offer_of()
    domain = OrderDomain(CHAIN_ID, THIEF)
    made = Order.from_json(offer["order"])
    return {**offer, "typedData": made.typed_data(domain), "orderHash": "0x" + made.hash(domain).hex()}


ORDERS: dict[str, tuple[Callable[[], Json], str]] = {
    "more than was asked for": (lambda: offer_of(order={"making_amount": AMOUNT + 1}), "makingAmount"),
    "less in return": (lambda: offer_of(order={"taking_amount": LEAST - 1}), "takingAmount"),
    "another token": (lambda: offer_of(order={"maker_asset": THIEF}), "makerAsset"),
    "another maker": (lambda: offer_of(order={"maker": THIEF}), "maker"),
    "an extension that is not the order's": (lambda: offer_of(order={"salt": 5}), "what the salt commits to"),
    "no escrow at all": (lambda: offer_of(traits={"post_interaction": False}), "makerTraits' flags"),
    "more than one fill": (lambda: offer_of(traits={"allow_multiple_fills": True}), "makerTraits' flags"),
    "an order without an end": (lambda: offer_of(traits={"expiration": 0}), "expiration"),
    "another call before": (lambda: offer_of(extension={"pre_interaction": b"\x01" * 20}), "the extension"),
    "another factory": (lambda: offer_of(factory=THIEF), "escrow factory"),
    "another hashlock": (lambda: offer_of(terms={"hashlock": bytes.fromhex(OTHER[2:])}), "hashlock"),
    "another destination": (lambda: offer_of(terms={"dst_chain_id": 1}), "destination chain"),
    "another token there": (lambda: offer_of(terms={"dst_token": THIEF}), "destination token"),
    "another receiver": (lambda: offer_of(custom=near_custom_data("thief.near", "usdt.near")), "receiver and token"),
    "a deposit that is too high": (lambda: offer_of(terms={"src_safety_deposit": 10**18}), "safety deposit"),
    "an allowance for a thief": (lambda: with_approval(spender=THIEF), "approve.spender"),
    "an allowance without end": (lambda: with_approval(amount=str(2**256 - 1)), "approve.amount"),
    "another protocol": (signed_for_another_chain, "order hash"),
}


def test_the_order_of_an_honest_service_is_signed(sdk: Python | Node) -> None:
    offer = offer_of()
    signed = sdk.sign_order(REQUEST, copy.deepcopy(offer))
    assert (signed["order"], signed["extension"]) == (offer["order"], offer["extension"])
    digest = bytes.fromhex(offer["orderHash"][2:])
    assert recover(digest, bytes.fromhex(signed["signature"][2:])) == MAKER.address.lower()


@pytest.mark.parametrize("offer", ORDERS)
def test_an_order_of_anything_else_is_not_signed(sdk: Python | Node, offer: str) -> None:
    made, told = ORDERS[offer]
    assert sdk.sign_order(REQUEST, made()) == {"refused": [told]}
