"""Whether a signed limit order is the one for a session: everything that could cost the maker or us, checked before a fill.

Two forms are known. The plain one, which we offer: its extension holds the post-interaction alone, and its `allowedSender`
is our Resolver. And that of 1inch's SDK: it also has an auction, asked for by two getters, and names our Resolver in the
whitelist of its post-interaction. An auction may ask for less as time goes by, and never for more than we have agreed to pay.

No other getter, predicate, permit or interaction is filled: each would call a contract that is not ours.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from chains.codec.auction import Auction
from chains.codec.extension import Extension
from chains.codec.order import Order
from chains.codec.settlement import ExtraDataArgs, PostInteraction, near_destination
from chains.codec.traits import MakerTraits, sender_half
from chains.config import ChainConfig, chain_config
from chains.errors import CodecError
from pricing.auction import Curve
from swaps.models import SwapSession

WAIT_SECONDS = 30
"""How far ahead a whitelist may begin: a fill that comes too early is tried again for about two minutes."""

Fault = tuple[str, str]
_ADDRESS = 20


@dataclass(frozen=True)
class Signed:
    """A maker's order as it was read, and who signed it."""

    order: Order
    traits: MakerTraits
    extension: Extension
    post: PostInteraction
    signer: str


def faults_of(session: SwapSession, signed: Signed, terms: ExtraDataArgs) -> list[Fault]:
    """`(field, message)` of each difference from the session and of each danger; `terms` are those of both escrows."""
    config = chain_config(session.source_chain_id)
    return [
        *_differences(session, signed, terms, config),
        *_price(session, signed, config),
        *_fillers(signed, config),
        *_traits(signed, config),
        *_strange_fields(signed.extension),
    ]


def _differences(session: SwapSession, signed: Signed, terms: ExtraDataArgs, config: ChainConfig) -> list[Fault]:
    order = signed.order
    on_near = chain_config(session.destination_chain_id).family == "near"
    nobody = config.native_token
    payee = order.receiver if on_near or order.receiver != nobody else order.maker
    wanted: list[tuple[str, Any, Any]] = [
        ("signature", signed.signer, session.maker),
        ("order.maker", order.maker, session.maker),
        ("order.receiver", payee, nobody if on_near else session.taker),
        ("order.makerAsset", order.maker_asset, session.source_token),
        ("order.takerAsset", order.taker_asset, config.true_token),
        ("order.makingAmount", order.making_amount, session.source_amount),
        ("extension.factory", signed.post.factory, config.factory),
        ("extension.terms", _unstamped(signed.post.args), _unstamped(terms)),
    ]
    if on_near:
        agreed = (session.taker, session.destination_token)
        wanted.append(("extension.customData", _destination(signed.extension), agreed))
    else:
        wanted.append(("extension.customData", signed.extension.custom_data, b""))
    return [_must_be(name, found, value) for name, found, value in wanted if found != value]


def _must_be(name: str, found: Any, value: Any) -> Fault:
    return name, f"is {found}, and must be {value}"


def _price(session: SwapSession, signed: Signed, config: ChainConfig) -> list[Fault]:
    """The most that the order can ask for is what the session pays, so that its maker never gets less than he asks for."""
    order, extension = signed.order, signed.extension
    highest = order.taking_amount
    if extension.making_amount_data or extension.taking_amount_data:
        auction = _auction(extension, config)
        if isinstance(auction, str):
            return [("extension.amountGetters", auction)]
        curve = Curve(auction)
        highest = curve.highest_taking(order.taking_amount)
        if not curve.fits_the_chain(order.making_amount, order.taking_amount):
            return [("order.takingAmount", "is too large for the contract's arithmetic")]
    if highest == session.destination_amount:
        return []
    return [_must_be("order.takingAmount", highest, session.destination_amount)]


def _auction(extension: Extension, config: ChainConfig) -> Auction | str:
    """The auction of both getters, or what is wrong with them."""
    getter = extension.making_amount_data
    if getter != extension.taking_amount_data:
        return "must both say the same"
    if "0x" + getter[:_ADDRESS].hex() != config.factory:
        return f"must be asked from {config.factory}: another contract could change its mind"
    try:
        return Auction.decode(getter[_ADDRESS:])
    except CodecError as error:
        return str(error)


def _fillers(signed: Signed, config: ChainConfig) -> list[Fault]:
    """Nobody but our Resolver may fill it: another's fill would lock the maker's tokens in a swap that is not this one."""
    ours, allowed, listed = sender_half(config.resolver), signed.traits.allowed_sender, signed.post.whitelist
    faults: list[Fault] = []
    if allowed != ours and not (allowed == 0 and listed is not None):
        faults.append(_must_be("order.makerTraits.allowedSender", allowed, ours))
    if listed is None:
        return faults
    if [half for half, _ in listed.resolvers] != [ours]:
        faults.append(("extension.whitelist", f"must name {config.resolver} and nobody else"))
    elif listed.allowed_from + listed.resolvers[0][1] > _now() + WAIT_SECONDS:
        faults.append(("extension.whitelist", f"must let us fill within {WAIT_SECONDS} seconds"))
    return faults


def _traits(signed: Signed, config: ChainConfig) -> list[Fault]:
    traits = signed.traits
    faults: list[Fault] = []
    if not is_single_fill(traits):
        faults.append(("order.makerTraits.partialFills", "must be off, as multiple fills must: it is filled once"))
    if traits.expiration <= _now() + config.inclusion_seconds:
        faults.append(("order.makerTraits.expiration", "must be set, and leave the fill time to be mined"))
    strange = [name for name in ("permit2", "pre_interaction", "check_epoch", "unwrap_weth") if getattr(traits, name)]
    if strange or traits.series:
        faults.append(("order.makerTraits", f"must not ask for {', '.join(strange) or 'a series'}"))
    return faults


def is_single_fill(traits: MakerTraits) -> bool:
    """Whether it can be filled only whole and once."""
    return traits.no_partial_fills and not traits.allow_multiple_fills


def _strange_fields(extension: Extension) -> list[Fault]:
    known = replace(extension, making_amount_data=b"", taking_amount_data=b"", post_interaction=b"", custom_data=b"")
    if known == Extension():
        return []
    return [("extension", "must hold nothing but the auction, the post-interaction and custom data: no permit either")]


def _now() -> float:
    return datetime.now(tz=UTC).timestamp()


def _unstamped(args: ExtraDataArgs) -> ExtraDataArgs:
    return replace(args, timelocks=replace(args.timelocks, deployed_at=0))


def _destination(extension: Extension) -> tuple[str, str] | str:
    try:
        return near_destination(extension.custom_data)
    except CodecError as error:
        return str(error)
