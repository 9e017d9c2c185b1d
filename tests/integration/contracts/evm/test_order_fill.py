"""The unmodified Limit Order Protocol v4 drives our factory: a maker's signature becomes a source escrow."""

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from devnet.evm.anvil import Anvil
from devnet.evm.contracts import Reverted, refused
from devnet.evm.deploy import deploy_suite
from devnet.evm.lop import ROUTER_DOMAIN, limit_order_protocol
from devnet.evm.orders import ALLOW_MULTIPLE_FILLS, NO_PARTIAL_FILLS, Auction, SwapOrder, Whitelist
from devnet.evm.terms import NATIVE, Stages
from devnet.evm.world import AMOUNT, DEPLOYER, MAKER, OPERATOR, SECRET, STRANGER, World

RECEIVER = "0x" + "55" * 20


@pytest.fixture
def funded(world: World) -> World:
    """The maker holds the amount and lets the protocol take it."""
    world.token.send("mint", MAKER.address, AMOUNT, sender=MAKER.address)
    world.token.send("approve", world.protocol.address, AMOUNT, sender=MAKER.address)
    return world


def test_the_protocol_hashes_the_order_as_a_wallet_does(world: World) -> None:
    order = world.order()
    order_hash, _, _ = order.sign(MAKER.key, world.anvil.chain_id, world.protocol.address)
    assert world.protocol.call("hashOrder", order.words) == order_hash


def test_a_fill_becomes_a_source_escrow(funded: World) -> None:
    order = funded.order(receiver=RECEIVER)
    lock = funded.fill(order)
    assert funded.held(lock.escrow.address) == AMOUNT
    assert funded.native(lock.escrow.address) == order.src_deposit
    (event,) = funded.factory.events(lock.receipt, "SrcEscrowCreated")
    assert event.arguments["srcImmutables"] == lock.terms.words
    price = 99 * 10**6 * (10_000_000 + 50_000) // 10_000_000
    assert event.arguments["dstImmutablesComplement"] == (
        int(RECEIVER, 16),
        price,
        int(order.dst_token, 16),
        order.dst_deposit,
        order.dst_chain_id,
    )
    assert lock.terms.taker == funded.resolver.address


def test_without_a_receiver_the_maker_is_paid(funded: World) -> None:
    lock = funded.fill(funded.order())
    (event,) = funded.factory.events(lock.receipt, "SrcEscrowCreated")
    assert event.arguments["dstImmutablesComplement"][0] == int(MAKER.address, 16)


def test_a_filled_order_is_claimed_by_the_resolver(funded: World) -> None:
    lock = funded.fill(funded.order())
    deposit, before = lock.terms.safety_deposit, funded.native(funded.resolver.address)
    at = lock.terms.created_at + lock.terms.stages.src_withdrawal
    words = lock.terms.words
    funded.resolver.send("withdraw", lock.escrow.address, SECRET, words, sender=OPERATOR.address, at=at)
    assert funded.held(funded.resolver.address) == AMOUNT
    assert funded.native(funded.resolver.address) - before == deposit


def test_a_filled_order_is_refunded_to_the_maker_by_anyone(funded: World) -> None:
    lock = funded.fill(funded.order())
    at = lock.terms.created_at + lock.terms.stages.src_public_cancellation
    lock.escrow.send("publicCancel", lock.terms.words, sender=STRANGER.address, at=at)
    assert funded.held(MAKER.address) == AMOUNT


def test_an_order_is_filled_once(funded: World) -> None:
    order = funded.order()
    funded.fill(order)
    funded.token.send("mint", MAKER.address, AMOUNT, sender=MAKER.address)
    funded.token.send("approve", funded.protocol.address, AMOUNT, sender=MAKER.address)
    funded.anvil.advance_time(1)
    with refused("BitInvalidatedOrder"):
        funded.fill(order)
    assert funded.held(MAKER.address) == AMOUNT


def test_the_price_falls_with_the_auction(funded: World) -> None:
    now = funded.anvil.time + 10
    order = funded.order(auction=Auction(start=now - 50, duration=100, initial_bump=1_000_000, points=()))
    funded.anvil.set_next_time(now)
    lock = funded.fill(order)
    (event,) = funded.factory.events(lock.receipt, "SrcEscrowCreated")
    assert event.arguments["dstImmutablesComplement"][1] == 99 * 10**6 * 105 // 100


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"stages": Stages(src_cancellation=100)}, "InvalidTimelocks"),
        ({"hashlock": bytes(32)}, "InvalidHashlock"),
        ({"flags": NO_PARTIAL_FILLS | ALLOW_MULTIPLE_FILLS}, "PartialFillsUnsupported"),
        ({"whitelist": Whitelist(0, ((STRANGER.address, 0),))}, "ResolverCanNotFillOrder"),
        ({"whitelist": Whitelist(2**32 - 1, ((NATIVE, 0),))}, "ResolverCanNotFillOrder"),
        ({"whitelist": Whitelist(0, flags=1)}, "SettlementFlagsUnsupported"),
    ],
)
def test_orders_that_the_factory_refuses(funded: World, change: dict[str, Any], name: str) -> None:
    with refused(name):
        funded.fill(funded.order(**change))
    assert funded.held(MAKER.address) == AMOUNT


def test_a_whitelist_that_names_the_resolver(funded: World) -> None:
    listed = Whitelist(funded.anvil.time - 10, ((STRANGER.address, 0), (funded.resolver.address, 10)))
    lock = funded.fill(funded.order(whitelist=listed))
    assert funded.held(lock.escrow.address) == AMOUNT


def test_an_empty_whitelist_admits_all(funded: World) -> None:
    lock = funded.fill(funded.order(whitelist=Whitelist(0)))
    assert funded.held(lock.escrow.address) == AMOUNT


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (NO_PARTIAL_FILLS, "PartialFillNotAllowed"),
        (ALLOW_MULTIPLE_FILLS, "PartialFillsUnsupported"),
        (0, "PartialFillsUnsupported"),
    ],
)
def test_a_part_of_an_order_is_refused(funded: World, flags: int, name: str) -> None:
    order = funded.order(flags=flags)
    with refused(name):
        funded.fill(order, amount=AMOUNT // 2)
    assert funded.held(MAKER.address) == AMOUNT


def test_a_part_is_refused_by_the_factory_where_the_order_would_allow_it(world: World) -> None:
    """The protocol alone would let half of such an order through; the factory says why not."""
    order = (0, 0, 0, 0, 0, AMOUNT, AMOUNT, 0)
    arguments = (order, b"", bytes(32), OPERATOR.address, AMOUNT // 2, AMOUNT // 2, AMOUNT, bytes(160))
    with refused("PartialFillsUnsupported"):
        world.factory.call("postInteraction", *arguments, sender=world.protocol.address)


def test_an_order_for_another_sender(funded: World) -> None:
    order = funded.order(allowed_sender=STRANGER.address)
    with refused("PrivateOrder"):
        funded.fill(order)


def test_a_deposit_less_than_agreed(funded: World) -> None:
    """The resolver's terms differ from the signed ones: the tokens would go to an address without an escrow."""
    order = funded.order()
    order_hash, _, _ = order.sign(MAKER.key, funded.anvil.chain_id, funded.protocol.address)
    plain = funded.order_terms(order, order_hash)
    for wrong in (
        funded.terms(order_hash=order_hash, taker=funded.resolver.address, safety_deposit=order.src_deposit - 1),
        funded.terms(order_hash=order_hash, taker=funded.resolver.address, amount=AMOUNT - 1),
        funded.terms(order_hash=order_hash, taker=OPERATOR.address),
    ):
        assert wrong != plain
        with refused("InsufficientEscrowBalance"):
            funded.fill(order, immutables=wrong.words)
    assert funded.held(MAKER.address) == AMOUNT


@pytest.mark.parametrize("shortfall", [0, 1])
def test_a_taker_without_a_resolver_brings_the_deposit_beforehand(funded: World, shortfall: int) -> None:
    """Any account can fill by the protocol itself; the factory looks whether the whole deposit is there."""
    order = funded.order(allowed_sender=STRANGER.address)
    order_hash, r, vs = order.sign(MAKER.key, funded.anvil.chain_id, funded.protocol.address)
    at = funded.anvil.time + 100
    terms = replace(funded.order_terms(order, order_hash), taker=STRANGER.address)
    escrow = terms.created(at).escrow(funded.deployment.factory, funded.deployment.escrow_src_implementation)
    funded.anvil.set_balance(escrow, order.src_deposit - shortfall)
    traits = order.taker_traits | 1 << 251
    arguments = (order.words, r, vs, AMOUNT, traits, bytes.fromhex(escrow[2:]) + order.extension)
    if shortfall:
        with refused("InsufficientEscrowBalance"):
            funded.protocol.send("fillOrderArgs", *arguments, sender=STRANGER.address, at=at)
    else:
        funded.protocol.send("fillOrderArgs", *arguments, sender=STRANGER.address, at=at)
        assert funded.held(escrow) == AMOUNT


@pytest.mark.parametrize(("contract", "is_refused"), [("FeeToken", True), ("NoReturnToken", False)])
def test_other_tokens_by_order(world: World, contract: str, is_refused: bool) -> None:
    token = world.deploy(contract)
    token.send("mint", MAKER.address, AMOUNT, sender=MAKER.address)
    token.send("approve", world.protocol.address, AMOUNT, sender=MAKER.address)
    order = world.order(maker_asset=token.address)
    if is_refused:
        with refused("InsufficientEscrowBalance"):
            world.fill(order)
    else:
        assert world.held(world.fill(order).escrow.address, token) == AMOUNT


def test_a_forged_signature(funded: World) -> None:
    order = funded.order()
    _, r, vs = order.sign(STRANGER.key, funded.anvil.chain_id, funded.protocol.address)
    with refused("BadSignature"):
        funded.fill(order, r=r, vs=vs)


def test_an_extension_other_than_the_signed_one(funded: World) -> None:
    """The salt commits to it: hashlock, destination and times are the maker's."""
    order = funded.order()
    other = SwapOrder(**{**order.__dict__, "dst_chain_id": 1})
    with pytest.raises(Reverted) as refused:
        funded.fill(order, args=other.extension)
    # the protocol's ABI does not list this error
    assert refused.value.data == keccak(text="InvalidExtensionHash()")[:4]


def test_an_expired_order(funded: World) -> None:
    order = funded.order(expires_at=funded.anvil.time + 5)
    funded.anvil.advance_time(10)
    with refused("OrderExpired"):
        funded.fill(order)


def test_the_protocol_under_the_productions_domain(chain: Anvil) -> None:
    """The same source compiled with the signing domain of the deployments on main networks."""
    compiled = limit_order_protocol(ROUTER_DOMAIN)
    deployment = deploy_suite(chain, DEPLOYER.key, limit_order_protocol_artifact=compiled)
    assert compiled.abi == limit_order_protocol().abi
    domain = chain.rpc.call("eth_call", {"to": deployment.limit_order_protocol, "data": "0x3644e515"}, "latest")
    kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = [keccak(text=kind), keccak(text="1inch Aggregation Router"), keccak(text="6"), chain.chain_id]
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    assert domain == "0x" + keccak(encode(types, [*words, deployment.limit_order_protocol])).hex()
