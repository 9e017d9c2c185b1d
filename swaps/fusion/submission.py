"""An order of 1inch's SDK becomes a session, and is executed at once; its secret is handed over like any other.

The order is held to the quote that it was built from, then to the session that it makes (`swaps.services.order_checks`):
a faulty one leaves nothing behind. The same order may be submitted again: it is the same session, and what could not be
started for lack of liquidity is tried again.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access.authentication import Principal
from access.errors import ApplicationError
from access.services import audit_record
from chains.codec import settlement
from chains.codec.address import ZERO_ADDRESS
from chains.codec.auction import Auction
from chains.codec.order import Order
from chains.codec.settlement import ExtraDataArgs
from chains.codec.traits import MakerTraits
from chains.config import ChainConfig, client
from chains.errors import ChainError, CodecError
from pricing.auction import Curve
from swaps.errors import ChainUnreachable, InvalidSession
from swaps.fusion import selectors
from swaps.fusion.errors import (
    BatchStopped,
    NotEnoughFunds,
    OrderNotOfQuote,
    PartialFillsUnsupported,
)
from swaps.fusion.presets import Preset
from swaps.fusion.reading import SubmittedOrder, submitted_order
from swaps.fusion.routes import chain_by_id, fusion_route
from swaps.models import FusionOrder, FusionQuote
from swaps.services import orders, sessions
from swaps.services.order_checks import is_single_fill
from swaps.services.sessions import SwapRequest
from swaps.statuses import Status
from swaps.validation import session_request

_FACTORY = 20


@dataclass(frozen=True)
class Read:
    """What a submitted order says."""

    order: Order
    order_hash: str
    traits: MakerTraits
    args: ExtraDataArgs
    auction: Auction

    @property
    def receiver(self) -> str:
        """Who is paid on the destination."""
        return self.order.maker if self.order.receiver == ZERO_ADDRESS else self.order.receiver


def order_submit(*, submitted: SubmittedOrder, caller: Principal) -> FusionOrder:
    """Take an order and start its swap. Raises `PartialFillsUnsupported`, `OrderNotOfQuote`, `NotEnoughFunds`,
    `InvalidSession`, what a quote raises (`pricing.errors`), and what `session_create` and `session_execute` raise."""
    read = _read(submitted)
    known = selectors.order_known(read.order_hash, principal=caller.id)
    is_again = known is not None
    if known is None:
        _hold_to_quote(submitted, read, selectors.quote_get(submitted.quote_id, principal=caller.id))
        known = _create(submitted, read, _funds_check(submitted.chain, read.order), caller)
    if known.session.status == Status.INITIALIZED and known.session.executed_at is None:
        if is_again:  # by itself, since what starts the swap asks nodes: it stands also where that is refused
            _audit("fusion_order_resubmitted", known, caller)
        sessions.session_execute(
            session_id=known.session_id, actor=caller.id, source_lock="order", limit_order=_limit_order(known)
        )
    return known


def orders_submit(*, bodies: list[Any], caller: Principal) -> list[FusionOrder]:
    """Several orders, one after the other. Raises `BatchStopped` at the first that is refused: those before it stand."""
    found = []
    for index, body in enumerate(bodies):
        try:
            found.append(order_submit(submitted=submitted_order(body), caller=caller))
        except ApplicationError as error:
            raise BatchStopped(
                f"order {index} was refused, and those before it were accepted: {error.detail}",
                code=error.code,
                status=error.status,
                errors=[{**fault, "field": f"{index}.{fault['field']}"} for fault in error.errors],
            ) from error
    return found


@transaction.atomic
def secret_submit(*, order_hash: str, secret: str, caller: Principal) -> None:
    """The maker hands over the secret of his order. Raises `OrderNotFound`, `SecretRefused`."""
    order = selectors.order_get(order_hash, principal=caller.id)
    sessions.session_secret(session_id=order.session_id, actor=caller.id, secret=secret)
    _audit("fusion_secret_submitted", order, caller)


def _audit(action: str, order: FusionOrder, caller: Principal) -> None:
    audit_record(
        action=action,
        actor_kind=caller.kind,
        actor_id=caller.id,
        target=str(order),
        detail={"key": caller.key or caller.id, "sessionId": order.session_id},
    )


def _read(submitted: SubmittedOrder) -> Read:
    given = submitted.limit_order
    try:
        order = Order.from_json(given["order"])
        extension = bytes.fromhex(given["extension"][2:])
        traits = MakerTraits.unpack(order.maker_traits)
        if not is_single_fill(traits):
            raise PartialFillsUnsupported(
                "an order is filled once and whole here: allowPartialFills and allowMultipleFills must be false"
            )
        traits, decoded, post = settlement.parse_order(order, extension)
        auction = Auction.decode(decoded.taking_amount_data[_FACTORY:])
        digest = order.hash(submitted.chain.order_domain)
    except CodecError as error:
        raise InvalidSession(
            "the order cannot be read", errors=[{"field": "order", "message": f"cannot be read: {error}"}]
        ) from error
    if submitted.secret_hashes and bytes.fromhex(submitted.secret_hashes[0][2:]) != post.args.hashlock:
        raise InvalidSession(
            "the secret's hash is not the order's",
            errors=[{"field": "secretHashes", "message": "must be left out, or be the order's hashlock"}],
        )
    return Read(order, digest.hex(), traits, post.args, auction)


def _hold_to_quote(submitted: SubmittedOrder, read: Read, offered: FusionQuote) -> None:
    """The order is the quote's. What a session decides (factory, deposits, timelocks, resolver) is checked against that,
    and the session uses the quote up."""
    quote = offered.quote
    destination = chain_by_id(str(read.args.dst_chain_id))
    wanted = [
        ("srcChainId", submitted.chain.name, quote.source_chain),
        ("extension.dstChainId", destination.name if destination else read.args.dst_chain_id, quote.destination_chain),
        ("order.maker", read.order.maker, offered.wallet),
        ("order.makerAsset", read.order.maker_asset, quote.source_token),
        ("extension.dstToken", read.args.dst_token, quote.destination_token),
        ("order.makingAmount", read.order.making_amount, int(quote.source_amount)),
    ]
    faults = [(name, f"is {found}, and the quote says {value}") for name, found, value in wanted if found != value]
    presets = [Preset.from_json(preset) for preset in offered.presets.values()]
    if not any(preset.is_of(read.order.taking_amount, read.auction) for preset in presets):
        faults.append(("order.takingAmount", "with its auction is none of the quote's presets"))
    if read.traits.expiration > timezone.now().timestamp() + settings.SESSION_TIMEOUT_SECONDS:
        faults.append(("order.makerTraits", f"must expire within {settings.SESSION_TIMEOUT_SECONDS} seconds"))
    if faults:
        raise OrderNotOfQuote(
            "the order is not the one of its quote", errors=[{"field": name, "message": told} for name, told in faults]
        )


@dataclass(frozen=True)
class Funds:
    """What the maker has and allows the protocol to take, base units of the source token."""

    balance: int
    allowance: int


def _funds_check(chain: ChainConfig, order: Order) -> Funds:
    """A fill without tokens or allowance would only cost gas."""
    node = client(chain.name)
    try:
        held = node.erc20_balance(order.maker_asset, order.maker)
        allowed = node.erc20_allowance(order.maker_asset, order.maker, chain.limit_order_protocol)
    except ChainError as error:
        raise ChainUnreachable(f"{chain.name} does not answer: nothing was started") from error
    if min(held, allowed) < order.making_amount:
        raise NotEnoughFunds(
            f"the maker has {held} and allows {chain.limit_order_protocol} {allowed} of {order.making_amount}"
        )
    return Funds(held, allowed)


def _create(submitted: SubmittedOrder, read: Read, funds: Funds, caller: Principal) -> FusionOrder:
    request = _session_request(submitted, read)
    with transaction.atomic():
        session = sessions.session_create(request=request, principal=caller.id)
        orders.order_accept(session=session, limit_order=submitted.limit_order)
        order = FusionOrder.objects.create(
            session=session,
            order_hash=read.order_hash,
            quote_id=submitted.quote_id,
            order=read.order.to_json(),
            extension=submitted.limit_order["extension"],
            signature=submitted.limit_order["signature"],
            maker_balance=funds.balance,
            maker_allowance=funds.allowance,
        )
        _audit("fusion_order_submitted", order, caller)
    return order


def _session_request(submitted: SubmittedOrder, read: Read) -> SwapRequest:
    destination = chain_by_id(str(read.args.dst_chain_id))
    assert destination is not None  # the quote has it
    fusion_route(submitted.chain, destination)
    body = {
        "sourceChain": submitted.chain.name,
        "destinationChain": destination.name,
        "sourceToken": read.order.maker_asset,
        "destinationToken": read.args.dst_token,
        "sourceAmount": str(read.order.making_amount),
        "destinationAmount": str(Curve(read.auction).highest_taking(read.order.taking_amount)),
        "maker": read.order.maker,
        "taker": read.receiver,
        "hashlock": read.args.hashlock.hex(),
        "quoteId": submitted.quote_id,
    }
    return replace(session_request(body), expires_at=read.traits.expiration)


def _limit_order(known: FusionOrder) -> dict[str, Any]:
    return {"order": known.order, "signature": known.signature, "extension": known.extension}
