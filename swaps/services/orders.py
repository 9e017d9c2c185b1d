"""The maker's signed limit order as the source lock: what we offer him to sign, and what we check before we fill it.

The order's extension holds the hashlock, the destination and the timelocks; its salt commits to the extension, so the
maker's signature covers all of it.
"""

import hashlib
from dataclasses import replace
from typing import Any

from chains.codec import settlement
from chains.codec.address import ZERO_ADDRESS
from chains.codec.escrow import Immutables
from chains.codec.extension import Extension, salt_for
from chains.codec.order import Order
from chains.codec.settlement import ExtraDataArgs, PostInteraction, near_custom_data, near_dst_token
from chains.codec.signature import compact, recover
from chains.codec.traits import MakerTraits, fill_arguments, sender_half
from chains.config import chain_config
from chains.errors import CodecError
from swaps.errors import InvalidSession
from swaps.models import Leg, SwapSession
from swaps.services.legs import family_of
from swaps.services.order_checks import Signed, faults_of

Document = dict[str, Any]


def next_steps(session: SwapSession, leg: Leg | None = None) -> Document:
    """What the client can do with a new session: the calls of his own lock, and the order he may sign instead. `leg` is
    its source leg, for whoever has it already."""
    leg = leg or session.legs.get(side=Leg.Side.SOURCE)
    config = chain_config(leg.chain_id)
    offer: Document = {"action": "execute", "sourceLocks": ["self"]}
    if config.family == "evm":
        offer["calls"] = family_of(config.name).maker_calls(session, leg)
    if can_be_ordered(leg):
        order, extension = _order_of(session, leg)
        offer["sourceLocks"].append("order")
        offer["limitOrder"] = {
            "typedData": order.typed_data(config.order_domain),
            "order": order.to_json(),
            "orderHash": "0x" + order.hash(config.order_domain).hex(),
            "extension": "0x" + extension.hex(),
            "approve": {"token": leg.token, "spender": config.limit_order_protocol, "amount": str(leg.amount)},
        }
    return offer


def can_be_ordered(leg: Leg) -> bool:
    """Whether a source leg can be locked by filling a signed order: an ERC-20, on a chain with the protocol."""
    config = chain_config(leg.chain_id)
    configured = config.family == "evm" and bool(config.limit_order_protocol and config.true_token)
    return configured and leg.token != config.native_token


def _number(session: SwapSession, purpose: str, bits: int) -> int:
    """A number that is always the same for one session: the order can be made again instead of being stored."""
    digest = hashlib.sha256(f"{purpose}:{session.pk}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits)


def _order_of(session: SwapSession, leg: Leg) -> tuple[Order, bytes]:
    """The order that the maker may sign for this session, and its extension."""
    source, destination = chain_config(session.source_chain_id), chain_config(session.destination_chain_id)
    on_near = destination.family == "near"
    post = PostInteraction(factory=source.factory, args=_terms(session, leg))
    extension = Extension(
        post_interaction=post.encode(),
        custom_data=near_custom_data(session.taker, session.destination_token) if on_near else b"",
    ).encode()
    traits = MakerTraits(
        allowed_sender=sender_half(source.resolver),
        expiration=int(session.plan["order_expires_at"]),
        nonce=_number(session, "nonce", 40),
        no_partial_fills=True,
        post_interaction=True,
        has_extension=True,
    )
    order = Order(
        salt=salt_for(extension, _number(session, "salt", 96)),
        maker=session.maker,
        receiver=ZERO_ADDRESS if on_near else session.taker,
        maker_asset=session.source_token,
        taker_asset=source.true_token,
        making_amount=session.source_amount,
        taking_amount=session.destination_amount,
        maker_traits=traits.pack(),
    )
    return order, extension


def _terms(session: SwapSession, leg: Leg) -> ExtraDataArgs:
    """What the extension must say about both escrows."""
    destination = chain_config(session.destination_chain_id)
    on_near = destination.family == "near"
    immutables = Immutables.from_json(leg.terms["immutables"])
    return ExtraDataArgs(
        hashlock=bytes.fromhex(session.hashlock),
        dst_chain_id=settlement.NEAR_CHAIN_IDS.get(destination.network_id, settlement.NEAR_CHAIN_IDS["testnet"])
        if on_near
        else int(destination.network_id),
        dst_token=near_dst_token(session.destination_token) if on_near else session.destination_token,
        src_safety_deposit=immutables.safety_deposit,
        dst_safety_deposit=destination.safety_deposit,
        timelocks=immutables.timelocks,
    )


def order_accept(*, session: SwapSession, limit_order: Document | None) -> Document:
    """Check the maker's order and signature against the session. Returns what is stored of it, with the fill's call.

    `limit_order` = {order, signature, extension}; without an extension it must be the order that we offered.
    `order_checks` says what is taken. Raises `InvalidSession` with every fault.
    """
    leg = session.legs.get(side=Leg.Side.SOURCE)
    config = chain_config(leg.chain_id)
    if not can_be_ordered(leg):
        raise _faults([("sourceLock", "this token cannot be locked by a limit order here: lock by yourself")])
    given = limit_order or {}
    try:
        order = Order.from_json(given["order"])
        signature = bytes.fromhex(str(given["signature"]).removeprefix("0x"))
        extension = _extension(session, leg, given)
        digest = order.hash(config.order_domain)
        signer = recover(digest, signature)
        r, vs = compact(signature)
        traits, decoded, post = settlement.parse_order(order, extension)
    except (CodecError, KeyError, TypeError, ValueError) as error:
        raise _faults([("limitOrder", f"cannot be read: {error}")]) from error
    faults = faults_of(session, Signed(order, traits, decoded, post, signer), _terms(session, leg))
    if faults:
        raise _faults([(f"limitOrder.{name}", message) for name, message in faults])
    immutables = replace(Immutables.from_json(leg.terms["immutables"]), order_hash=digest)
    taker_traits, args = fill_arguments(extension, threshold=session.destination_amount)
    fill = {
        "method": "deploy_src",
        "immutables": immutables.to_json(),
        "order": order.to_json(),
        "r": "0x" + r.hex(),
        "vs": "0x" + vs.hex(),
        "amount": str(order.making_amount),
        "takerTraits": str(taker_traits),
        "args": "0x" + args.hex(),
        "value": "0",
    }
    return {"orderHash": "0x" + digest.hex(), "fill": fill, "immutables": immutables.to_json()}


def _extension(session: SwapSession, leg: Leg, given: Document) -> bytes:
    if given.get("extension"):
        return bytes.fromhex(str(given["extension"]).removeprefix("0x"))
    return _order_of(session, leg)[1]


def _faults(faults: list[tuple[str, str]]) -> InvalidSession:
    return InvalidSession(
        "the limit order is not the one for this session; errors[] names each difference",
        errors=[{"field": name, "message": message} for name, message in faults],
    )


def order_attach(*, session: SwapSession, order: Document) -> None:
    """Store an accepted order with a locked session; its hash takes the place of the salt in the source's terms."""
    session.order = {"orderHash": order["orderHash"], "fill": order["fill"]}
    Leg.objects.filter(session=session, side=Leg.Side.SOURCE).update(terms={"immutables": order["immutables"]})
