"""What the fill of an auction earns whoever fills it, after gas on both chains, at this second; and from when it earns enough.

A resolver is thought to call the same contracts as we do: gas is what our own receipts say. His own prices and nodes may say
otherwise; the answer holds all that it was made from.

An order is filled by us alone, and what leaves us for it is its session's amount, whatever its auction asks for: its account is
its session's (`swaps.services.profitability`). A quote's is that of its auction.
"""

from datetime import datetime

from pricing.auction import Curve
from pricing.profit import Fill, Market, Profit, fill_profit, profitable_from, swap_profit
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
        receiver=standing.receiver,
    )
    offer, second = standing.at(now), int(now.timestamp())
    profit, begins = _reckoned(ground.market, standing, second, least_margin_bps)
    if begins is not None and standing.is_over(begins):
        begins = None
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
        "profitable": begins == second,
        "profitableFrom": rfc3339_of(begins),
        "expenses": expense_documents(ground),
        "prices": [market_document(one) for _, one in sorted(ground.prices.items())],
    }


def _reckoned(market: Market, standing: Standing, second: int, least_margin_bps: int) -> tuple[Profit, int | None]:
    """The account at a second (unix), and the first one from then on that earns the margin, if the auction stood for ever."""
    if standing.pays is not None:
        profit = swap_profit(market, source_amount=standing.making, destination_amount=standing.pays)
        return profit, None if profit.shortfall(least_margin_bps) else second
    fill, curve = Fill(standing.making, standing.making, standing.taking), Curve(standing.auction)
    profit = fill_profit(market, fill, curve, at=second, base_fee=standing.base_fee)
    begins = profitable_from(
        market, fill, curve, at=second, least_margin_bps=least_margin_bps, base_fee=standing.base_fee
    )
    return profit, begins
