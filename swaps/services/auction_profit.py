"""What the fill of an auction earns whoever fills it, after gas on both chains, at this second; and from when it earns enough.

A resolver is thought to call the same contracts as we do: gas is what our own receipts say. His own prices and nodes may say
otherwise; the answer holds all that it was made from.
"""

from datetime import datetime

from pricing.auction import Curve
from pricing.profit import Fill, fill_profit, profitable_from
from pricing.provenance import market_document
from swaps.auctions import Standing
from swaps.documents import rfc3339, rfc3339_of
from swaps.services.profitability import expense_documents, ground_of
from swaps.shapes.profit import AuctionProfit


def auction_profit(name: str, standing: Standing, *, least_margin_bps: int, now: datetime) -> AuctionProfit:
    """The account of a fill of the whole in a block of this second. Raises `ProfitUnknown`, `RouteUnavailable`."""
    ground = ground_of(
        source_chain=standing.source_chain,
        source_token=standing.source_token,
        destination_chain=standing.destination_chain,
        destination_token=standing.destination_token,
    )
    offer, curve, second = standing.at(now), Curve(standing.auction), int(now.timestamp())
    fill = Fill(standing.making, standing.making, standing.taking)
    profit = fill_profit(ground.market, fill, curve, at=second, base_fee=standing.base_fee)
    begins = profitable_from(
        ground.market, fill, curve, at=second, least_margin_bps=least_margin_bps, base_fee=standing.base_fee
    )
    return {
        "auction": name,
        "pair": standing.pair,
        "state": offer.state,
        "asOf": rfc3339(now),
        "makingAmount": str(standing.making),
        "takingAmount": str(profit.taking),
        "rateBump": offer.bump,
        "worth": str(profit.worth),
        "network": str(profit.network),
        "earned": str(profit.earned),
        "marginBps": profit.margin_bps,
        "leastMarginBps": least_margin_bps,
        "profitable": not profit.shortfall(least_margin_bps),
        "profitableFrom": rfc3339_of(begins),
        "expenses": expense_documents(ground),
        "prices": [market_document(one) for _, one in sorted(ground.prices.items())],
    }
