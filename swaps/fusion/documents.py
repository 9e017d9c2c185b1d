"""Answers in the shapes of `@1inch/cross-chain-sdk`'s types (1.1.1: api/quoter, api/orders)."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.conf import settings

from chains.codec.auction import Auction
from chains.codec.extension import Extension
from chains.codec.settlement import PostInteraction
from chains.config import ChainConfig, Token, chain_config
from chains.events import EventKind
from chains.models import ChainEvent
from pricing.amounts import decimal_text
from pricing.services import side_of
from swaps.documents import rfc3339, rfc3339_of
from swaps.fusion.presets import CUSTOM, RECOMMENDED, START_IN, Preset
from swaps.fusion.quoting import Offer
from swaps.fusion.reading import NATIVE, Page
from swaps.fusion.selectors import Lock, lock_of
from swaps.fusion.statuses import FILL_STATUS, VALIDATION, OrderStatus, action_of, order_status
from swaps.machine import Presence
from swaps.models import FusionOrder, Leg, SwapSession
from swaps.services.facts import Gathered, LegView
from swaps.services.rescue import public_secret
from swaps.services.windows import claim_window, immutables_of, openness_of, refund_window
from swaps.statuses import Status

Document = dict[str, Any]
Events = dict[Lock, list[ChainEvent]]
SLIPPAGE = 0  # `autoK`: a flat price does not slip
PRICE_PLACES = 6
_FACTORY = 20
_SIDES = {Leg.Side.SOURCE: "src", Leg.Side.DESTINATION: "dst"}


# The quoter


def quote_document(offer: Offer) -> Document:
    """`QuoterResponse`."""
    request, ladder = offer.request, offer.route.ladder
    usd = {
        "srcToken": _usd(request.source_token, request.amount),
        "dstToken": _usd(request.destination_token, offer.destination_amount),
    }
    prices = {"srcToken": _price(request.source_token), "dstToken": _price(request.destination_token)}
    return {
        "quoteId": offer.quote_id,
        "srcTokenAmount": str(request.amount),
        "dstTokenAmount": str(offer.destination_amount),
        "presets": {name: _preset(preset) for name, preset in offer.presets.items()},
        "recommendedPreset": CUSTOM if CUSTOM in offer.presets else RECOMMENDED,
        "srcEscrowFactory": request.source.factory,
        "dstEscrowFactory": request.destination.factory,
        "whitelist": [request.source.resolver],
        "timeLocks": {
            "srcWithdrawal": ladder.source_withdrawal,
            "srcPublicWithdrawal": ladder.source_public_withdrawal,
            "srcCancellation": ladder.source_cancellation,
            "srcPublicCancellation": ladder.source_public_cancellation,
            "dstWithdrawal": ladder.destination_withdrawal,
            "dstPublicWithdrawal": ladder.destination_public_withdrawal,
            "dstCancellation": ladder.destination_cancellation,
        },
        "srcSafetyDeposit": str(request.source.safety_deposit),
        "dstSafetyDeposit": str(request.destination.safety_deposit),
        "autoK": SLIPPAGE,
        "prices": {"usd": prices},
        "volume": {"usd": usd},
    }


def _preset(preset: Preset) -> Document:
    """`PresetData`. Gas is our cost: nothing is taken off for it."""
    return {
        "auctionDuration": preset.duration,
        "startAuctionIn": START_IN,
        "initialRateBump": preset.initial_bump,
        "auctionStartAmount": str(preset.start_amount),
        "startAmount": str(preset.start_amount),
        "auctionEndAmount": str(preset.end_amount),
        "costInDstToken": "0",
        "points": _points(preset.points),
        "allowPartialFills": False,
        "allowMultipleFills": False,
        "gasCost": {"gasBumpEstimate": 0, "gasPriceEstimate": "0"},
        "exclusiveResolver": None,
        "secretsCount": 1,
    }


def _points(points: Sequence[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"coefficient": bump, "delay": delay} for bump, delay in points]


def _price(token: Token) -> str:
    return decimal_text(side_of(token).price, PRICE_PLACES)


def _usd(token: Token, amount: int) -> str:
    return decimal_text(Fraction(amount, 10**token.decimals) * side_of(token).price, PRICE_PLACES)


# Orders


def page_document(items: list[Document], page: Page, total: int) -> Document:
    """`PaginationOutput`."""
    meta = {
        "totalItems": total,
        "itemsPerPage": page.size,
        "totalPages": -(-total // page.size),
        "currentPage": page.number,
    }
    return {"meta": meta, "items": items}


def active_document(order: FusionOrder) -> Document:
    """`ActiveOrder`. Balance and allowance are those of the submission."""
    auction = _auction_of(order)
    return {
        "quoteId": order.quote_id,
        "orderHash": str(order),
        "deadline": rfc3339(order.session.expires_at),
        "auctionStartDate": rfc3339_of(auction.start_time),
        "auctionEndDate": rfc3339_of(auction.ends_at),
        **_chain_ids(order.session),
        "order": order.order,
        "extension": order.extension,
        "signature": order.signature,
        "isMakerContract": False,
        "makerBalance": str(order.maker_balance),
        "makerAllowance": str(order.maker_allowance),
        "remainingMakerAmount": str(order.session.source_amount),
        "fills": [],
    }


def status_document(order: FusionOrder, events: Events) -> Document:
    """`OrderStatusResponse`."""
    session = order.session
    return {
        "orderHash": str(order),
        **_progress(order, events),
        **_chain_ids(session),
        "order": order.order,
        "extension": order.extension,
        "positiveSurplus": "0",
        "createdAt": int(session.created_at.timestamp() * 1000),
        "srcTokenPriceUsd": _configured_price(chain_config(session.source_chain_id), session.source_token),
        "dstTokenPriceUsd": _configured_price(chain_config(session.destination_chain_id), session.destination_token),
        "takerAsset": _shown(session.destination_token),
        "timeLocks": hex(_post_of(order).args.timelocks.pack()),
    }


def by_maker_document(order: FusionOrder, events: Events) -> Document:
    """`OrderFillsByMakerOutput`."""
    session = order.session
    return {
        "orderHash": str(order),
        **_progress(order, events),
        **_chain_ids(session),
        "makerAsset": session.source_token,
        "takerAsset": _shown(session.destination_token),
        "makerAmount": str(session.source_amount),
        "minTakerAmount": order.order["takingAmount"],
        "isNativeCurrency": False,
        "createdAt": rfc3339(session.created_at),
    }


def _progress(order: FusionOrder, events: Events) -> Document:
    session, auction = order.session, _auction_of(order)
    status = order_status(Status(session.status), session.reason)
    fills = _fills(session, status, events)
    return {
        "status": status,
        "validation": VALIDATION.get(session.reason, "valid"),
        "points": _points(auction.points),
        "approximateTakingAmount": str(session.destination_amount),
        "fills": fills,
        "auctionStartDate": auction.start_time,
        "auctionDuration": auction.duration,
        "initialRateBump": auction.initial_bump,
        "cancelTx": None,
        "cancelable": status is OrderStatus.PENDING and not fills,
    }


def _fills(session: SwapSession, status: OrderStatus, events: Events) -> list[Document]:
    """One when the order is filled: the source lock is its fill."""
    legs = {leg.side: leg for leg in session.legs.all()}
    source = legs[Leg.Side.SOURCE]
    if not source.lock_id:
        return []
    return [
        {
            "status": FILL_STATUS[status],
            "txHash": source.lock_tx,
            "filledMakerAmount": str(session.source_amount),
            "filledAuctionTakerAmount": str(session.destination_amount),
            "escrowEvents": [event for leg in legs.values() for event in _escrow_events(leg, events)],
        }
    ]


def _escrow_events(leg: Leg, events: Events) -> list[Document]:
    side = _SIDES[Leg.Side(leg.side)]
    found = []
    for event in events.get(lock_of(leg), []):
        action = action_of(EventKind(event.kind), side)
        if action is not None:
            found.append(
                {
                    "transactionHash": event.tx_hash,
                    "escrow": event.lock_id,
                    "side": side,
                    "action": action,
                    "blockTimestamp": event.block_time_ns // 10**6,
                }
            )
    return found


def _chain_ids(session: SwapSession) -> dict[str, int]:
    source, destination = chain_config(session.source_chain_id), chain_config(session.destination_chain_id)
    return {"srcChainId": int(source.network_id), "dstChainId": int(destination.network_id)}


def _auction_of(order: FusionOrder) -> Auction:
    return Auction.decode(_extension_of(order).taking_amount_data[_FACTORY:])


def _post_of(order: FusionOrder) -> PostInteraction:
    return PostInteraction.decode(_extension_of(order).post_interaction)


def _extension_of(order: FusionOrder) -> Extension:
    return Extension.decode(bytes.fromhex(order.extension[2:]))


def _configured_price(chain: ChainConfig, token_id: str) -> str | None:
    token = chain.token(token_id)
    return _price(token) if token is not None and token.symbol in settings.PRICES_USD else None


def _shown(token: str) -> str:
    """The native coin as the SDK writes it."""
    return NATIVE if int(token, 16) == 0 else token


# Secrets, and what anyone may do


def ready_document(order: FusionOrder) -> Document:
    """`ReadyToAcceptSecretFills`: the one fill, when both its escrows are final and its secret is wanted."""
    session = order.session
    wanted = session.status == Status.BOTH_LOCKED and not hasattr(session, "secret")
    return {"fills": [_ready_fill(session)] if wanted else []}


def ready_for_all_document(orders: Sequence[FusionOrder]) -> Document:
    """The same of several orders, of those alone that are ready."""
    return {
        "orders": [
            {
                "orderHash": str(order),
                "makerAddress": order.session.maker,
                "fills": [_ready_fill(order.session)],
            }
            for order in orders
        ]
    }


def _ready_fill(session: SwapSession) -> Document:
    hashes = {leg.side: leg.lock_tx for leg in session.legs.all()}
    return {
        "idx": 0,
        "srcEscrowDeployTxHash": hashes[Leg.Side.SOURCE],
        "dstEscrowDeployTxHash": hashes[Leg.Side.DESTINATION],
    }


def published_document(gathered: Gathered) -> Document:
    """`PublishedSecretsResponse`: the secret once a chain shows it, and never before."""
    secret = public_secret(gathered)
    shown = []
    if secret is not None:
        shown.append(
            {
                "idx": 0,
                "secret": "0x" + secret.hex(),
                "srcImmutables": _immutables(gathered.source.leg),
                "dstImmutables": _immutables(gathered.destination.leg),
            }
        )
    return {"orderType": "SingleFill", "secrets": shown}


def _immutables(leg: Leg) -> Document:
    found: Document = (leg.lock_terms or leg.terms)["immutables"]
    return found


def public_actions(gathered: Gathered) -> list[Document]:
    """`ReadyToExecutePublicAction`s: what anyone could do now for the escrows of one order."""
    secret, facts = public_secret(gathered), gathered.facts
    found: list[Document] = []
    for view, now in ((gathered.source, facts.source_now), (gathered.destination, facts.destination_now)):
        openness = openness_of(view.leg.chain_id)
        if view.recognised is None or view.facts.lock is not Presence.FINAL or view.facts.claim or view.facts.refund:
            continue
        claim, refund = claim_window(view), refund_window(view)
        before_end = claim.end is None or max(now.seen, now.wall) < claim.end
        if openness.public_claim and secret is not None and claim.start <= now.seen and before_end:
            found.append({**_action(view, "withdraw"), "secret": "0x" + secret.hex()})
        if openness.public_refund and refund.start <= now.seen:
            found.append(_action(view, "cancel"))
    return found


def _action(view: LegView, action: str) -> Document:
    return {
        "side": _SIDES[Leg.Side(view.leg.side)],
        "action": action,
        "immutables": immutables_of(view).to_json(),
        "chainId": int(chain_config(view.leg.chain_id).network_id),
        "escrow": view.leg.lock_id,
    }
