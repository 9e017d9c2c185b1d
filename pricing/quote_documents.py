"""A quote as it is answered, kept and signed: every figure with what it was made from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from chains.codec.auction import Auction as WireAuction
from pricing.amounts import BPS
from pricing.auction import Curve
from pricing.ground import Ground, Pair
from pricing.limits import Limits, limits_now, limits_of
from pricing.models import Quote
from pricing.network import CHARGED, SHOWN, NetworkFee, NetworkPart
from pricing.presets import Preset
from pricing.provenance import exact_text, market_document
from pricing.quotes import Auction, Figures, least_of, level_bps, percent_text, price_text
from pricing.registry import RouteFacts
from pricing.shapes import Auction as AuctionDocument
from pricing.shapes import NetworkFees, QuoteDocument, QuoteFees, QuoteMarket, QuoteRoute, QuoteStanding, Range
from pricing.shapes import Pair as PairDocument
from pricing.times import rfc3339

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answered:
    """One quote, ready to be written down. `quote_id` None is a dry one."""

    ground: Ground
    figures: Figures
    urgency: str
    kind: str
    slippage_bps: int
    issued_at: datetime
    valid: timedelta
    issued_to: str
    quote_id: str | None
    warnings: tuple[dict[str, str], ...] = ()


def quote_document(given: Answered) -> QuoteDocument:
    """The document, without its signature."""
    ground, figures = given.ground, given.figures
    got, bps = figures.destination_amount, ground.terms.impact_bps(figures.worth)
    plan = ground.route.timelocks
    return {
        "quoteId": given.quote_id,
        "kind": cast(Any, given.kind),
        "route": _once(ground, "route", route_document),
        "quote": {
            "sourceAmount": str(figures.source_amount),
            "destinationAmount": str(got),
            "minimumDestinationAmount": str(least_of(got, given.slippage_bps)),
            "slippageTolerance": given.slippage_bps,
            "rate": price_text(ground.market),
            "priceImpact": percent_text(bps),
            "validUntil": rfc3339(given.issued_at + given.valid),
        },
        "breakdown": {
            "worth": str(figures.worth),
            "priceImpact": str(figures.impact),
            "protocolFee": str(figures.protocol_fee),
            "networkFee": str(figures.network_fee),
            "rounding": str(figures.rounding),
            "destinationAmount": str(got),
        },
        "dutchAuction": auction_document(given),
        "fees": _fees(given),
        "market": _once(ground, "market", market_of),
        "estimatedTime": _times(ground),
        "timelocks": cast(Any, dict(plan)) if plan is not None else None,
        "issuedAt": rfc3339(given.issued_at),
        "issuedTo": given.issued_to,
        "warnings": [{"field": one["field"], "message": one["message"]} for one in given.warnings],
        "signature": None,
    }


def _once(ground: Ground, name: str, make: Callable[[Ground], Any]) -> Any:
    """A part that is the same for every quote on this ground: made for the first."""
    if name not in ground.told:
        ground.told[name] = make(ground)
    return ground.told[name]


def route_document(ground: Ground) -> QuoteRoute:
    """Which tokens, on which chains."""
    pair = ground.pair
    return {
        "sourceChain": pair.source_chain.name,
        "destinationChain": pair.destination_chain.name,
        "sourceToken": pair.source.id,
        "destinationToken": pair.destination.id,
        "pair": pair.symbols,
        "sourceDecimals": pair.source.decimals,
        "destinationDecimals": pair.destination.decimals,
    }


@dataclass(frozen=True, slots=True)
class AuctionPrices:
    """What an auction has that is the same for every amount, and at whatever second it begins. Prices are texts."""

    start_price: str
    end_price: str
    current_price: str
    initial_bump: int
    points: list[dict[str, Any]]


def auction_document(given: Answered) -> AuctionDocument:
    """The preset of the urgency on this route, from the moment of the quote on."""
    preset = given.ground.presets[given.urgency]
    prices: AuctionPrices = _once(given.ground, f"auction:{given.urgency}", partial(_auction_prices, preset=preset))
    start = int(given.issued_at.timestamp())
    auction = Auction(preset, given.figures.worth, start)
    start_amount = str(auction.start_amount)
    return {
        "startPrice": prices.start_price,
        "endPrice": prices.end_price,
        "currentPrice": prices.current_price,
        "duration": preset.duration,
        "startTime": start,
        "endTime": auction.ends_at,
        "startAmount": start_amount,
        "endAmount": str(auction.end_amount),
        "currentAmount": start_amount,
        "initialRateBump": prices.initial_bump,
        "points": cast(Any, prices.points),
    }


def _auction_prices(ground: Ground, preset: Preset) -> AuctionPrices:
    market, wire = ground.market, preset.auction(start_time=0)
    points = [
        {"delay": delay, "price": price_text(market, BPS + point.bps), "rateBump": bump}
        for point, (bump, delay) in zip(preset.points, wire.points, strict=True)
    ]
    return AuctionPrices(
        start_price=price_text(market, BPS + preset.start_premium_bps),
        end_price=price_text(market, BPS - preset.end_discount_bps),
        current_price=price_text(market, level_bps(preset, elapsed=0)),
        initial_bump=wire.initial_bump,
        points=points,
    )


def market_of(ground: Ground) -> QuoteMarket:
    """Both tokens' prices and who said so, and the exact ratio that amounts were multiplied by."""
    rate = ground.terms.rate
    return {
        "source": market_document(ground.source_price),
        "destination": market_document(ground.destination_price),
        "numerator": str(rate.numerator),
        "denominator": str(rate.denominator),
        "depth": str(ground.terms.depth) if ground.terms.depth else None,
        "impactCurve": [list(corner) for corner in ground.terms.impact.corners],
    }


def _fees(given: Answered) -> QuoteFees:
    return {
        "protocol": str(given.figures.protocol_fee),
        "protocolBps": given.ground.terms.fee_bps,
        "network": _once(given.ground, "network", lambda ground: network_document(ground.network)),
    }


def network_document(fee: NetworkFee) -> NetworkFees:
    """What both chains take, and whether it was taken off."""
    status = UNKNOWN if fee.unknown else CHARGED if fee.charged else SHOWN
    return {
        "status": cast(Any, status),
        "amount": None if fee.unknown else str(fee.total),
        "why": fee.unknown,
        "chains": [_part(part) for part in fee.parts],
    }


def _part(part: NetworkPart) -> Any:
    expense = part.expense
    return {
        "chain": expense.chain,
        "coin": expense.symbol,
        "decimals": expense.decimals,
        "gasPrice": str(expense.gas_price.price),
        "calls": [{"call": str(one.work), "gas": str(one.gas), "fee": str(one.fee)} for one in expense.parts],
        "gas": str(expense.gas),
        "storage": str(expense.storage),
        "deposit": str(expense.held),
        "spent": str(expense.spent),
        "price": exact_text(part.price),
        "amount": str(part.amount),
        "estimated": expense.is_guess,
    }


def _times(ground: Ground) -> Any:
    route = ground.route
    if route.usual_seconds is None or route.worst_seconds is None:
        return None
    return {"seconds": route.usual_seconds, "atMostSeconds": route.worst_seconds}


def standing_document(row: Quote, now: datetime) -> QuoteStanding:
    """What has become of a quote that was given."""
    auction = row.document["dutchAuction"]
    bent = tuple((point["rateBump"], point["delay"]) for point in auction["points"])
    wire = WireAuction(auction["startTime"], auction["duration"], auction["initialRateBump"], bent)
    amount = Curve(wire).taking_amount(int(auction["endAmount"]), int(now.timestamp()))
    return {
        "status": "used" if row.used_by else "open" if now < row.valid_until else "expired",
        "sessionId": row.used_by or None,
        "at": rfc3339(now),
        "auctionAmount": str(amount),
    }


def pair_document(pair: Pair, route: RouteFacts) -> PairDocument:
    """A pair with its limits: of what is taken, and of what is given now."""
    stock = route.stock.get(pair.destination.id)
    return {
        "pair": pair.symbols,
        "sourceChain": pair.source_chain.name,
        "destinationChain": pair.destination_chain.name,
        "sourceToken": pair.source.id,
        "destinationToken": pair.destination.id,
        "open": not route.closed,
        "closed": route.closed,
        "source": _range(limits_of(pair.source, ours=False)),
        "destination": _range(limits_now(pair.destination, stock)),
        "available": None if stock is None else str(stock),
    }


def _range(limits: Limits) -> Range:
    return {"minimum": str(limits.least), "maximum": None if limits.most is None else str(limits.most)}
