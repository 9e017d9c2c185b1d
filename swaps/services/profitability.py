"""What a session earns us after gas on both chains at this second, and the door that a losing one does not pass.

    earned = what the source amount is worth - the destination amount - fees and lost deposits on both chains

in destination base units, at market prices of this moment, with gas as our receipts say (`chains.costs`). Nothing is guessed:
where a price or the cost of gas is not known, neither is the profit, and nothing of ours is locked on it. `MIN_PROFIT_BPS` is
the least that must be earned, in basis points of what we pay; None (with fixed prices alone) asks nothing.
"""

from dataclasses import dataclass
from fractions import Fraction

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from chains.config import Token, chain_config
from chains.costs import Expense
from chains.errors import CostUnknown
from chains.models import ChainTransaction
from chains.services.costs import swap_costs
from pricing.amounts import BPS, Side, decimal_text, mul_div_down
from pricing.consensus import MarketPrice
from pricing.errors import NoPrice
from pricing.market import market_prices
from pricing.profit import ChainCost, Market, Profit, swap_profit
from pricing.provenance import market_document, moment
from swaps.auctions import token_of
from swaps.documents import rfc3339
from swaps.errors import ProfitUnknown, RouteUnavailable, SwapError, SwapUnprofitable
from swaps.models import SwapSession
from swaps.services.facts import SUBJECT
from swaps.shapes.profit import ChainExpense, SessionProfit


@dataclass(frozen=True)
class Ground:
    """What a profit is reckoned from; `market.costs` and `expenses` are the source's and the destination's."""

    market: Market
    source: Token
    destination: Token
    prices: dict[str, MarketPrice]
    expenses: tuple[Expense, Expense]


@dataclass(frozen=True)
class Reckoning:
    """A session's profit, and what it was made from."""

    profit: Profit
    ground: Ground

    def payable(self, least_margin_bps: int) -> int:
        """The most that could be paid with such a margin, destination base units."""
        left = self.profit.worth - self.profit.network
        return max(0, mul_div_down(left, BPS, BPS + least_margin_bps))


def session_profit(session: SwapSession, *, source_lock: str = "") -> Reckoning:
    """What the session earns us if it ends well. `source_lock` "order" or "self" where the maker has not chosen yet: an order
    is taken for granted until then, since it costs us more.

    Raises `ProfitUnknown`, and `RouteUnavailable` for a token that is no longer configured.
    """
    ground = ground_of(
        source_chain=session.source_chain_id,
        source_token=session.source_token,
        destination_chain=session.destination_chain_id,
        destination_token=session.destination_token,
        by_order=(source_lock or session.source_lock or "order") == "order",
        receiver=session.taker,
    )
    profit = swap_profit(
        ground.market, source_amount=int(session.source_amount), destination_amount=int(session.destination_amount)
    )
    return Reckoning(profit, ground)


def ground_of(
    *,
    source_chain: str,
    source_token: str,
    destination_chain: str,
    destination_token: str,
    by_order: bool = True,
    receiver: str = "",
) -> Ground:
    """Market prices of this moment and what a swap of these tokens costs on both chains; `by_order` and `receiver` as
    `chains.services.costs.swap_costs` has them.

    Raises `ProfitUnknown`, and `RouteUnavailable` for a token that is no longer configured, nor its chain.
    """
    source, destination = token_of(source_chain, source_token), token_of(destination_chain, destination_token)
    if source is None or destination is None:
        raise RouteUnavailable("one of the tokens is not swapped here")
    try:
        expenses = swap_costs(
            source=source_chain,
            source_token=source_token,
            destination=destination_chain,
            destination_token=destination_token,
            by_order=by_order,
            receiver=receiver,
        )
        prices = market_prices([source, destination, *(_coin(one) for one in expenses)])
    except CostUnknown as unknown:
        raise ProfitUnknown(f"what the swap costs us is not known now: {unknown}") from unknown
    except NoPrice as unknown:
        raise ProfitUnknown(
            f"what the swap costs us is not known now: {unknown.detail}",
            extra={"reason": unknown.code, "token": unknown.refusal.symbol},
        ) from unknown
    market = Market(
        source=Side(prices[source.symbol].price, source.decimals),
        destination=Side(prices[destination.symbol].price, destination.decimals),
        costs=tuple(ChainCost(Side(prices[one.symbol].price, one.decimals), one.gas, one.storage) for one in expenses),
    )
    return Ground(market, source, destination, prices, expenses)


def profit_require(session: SwapSession, *, source_lock: str = "") -> None:
    """Refuse a session that earns less than `MIN_PROFIT_BPS` at this moment; where that is None nothing is asked.

    Raises `SwapUnprofitable`, with figures that its maker may know, and `ProfitUnknown`.
    """
    least = settings.MIN_PROFIT_BPS
    if least is None:
        return
    found = session_profit(session, source_lock=source_lock)
    if not found.profit.shortfall(least):
        return
    payable, symbol = found.payable(least), found.ground.destination.symbol
    worth, network = found.profit.worth, found.profit.network
    raise SwapUnprofitable(
        f"{session.source_amount} of {found.ground.source.symbol} are worth {worth} of {symbol} now, and the network takes "
        f"{network} of it: {session.destination_amount} cannot be paid for that, {payable} could",
        extra={
            "marketValue": str(worth),
            "networkFees": str(network),
            "destinationAmount": str(session.destination_amount),
            "availableDestinationAmount": str(payable),
        },
    )


def fees_paid(session: SwapSession) -> dict[str, int]:
    """What our transactions for a session have cost so far, native base units by chain, whatever came of them."""
    ours = ChainTransaction.objects.filter(intent__subject_type=SUBJECT, intent__subject_id=session.pk)
    paid = ours.filter(fee_paid__isnull=False).values("chain_id").annotate(total=Sum("fee_paid"))
    return {row["chain_id"]: int(row["total"]) for row in paid.order_by("chain_id")}


def _coin(expense: Expense) -> Token:
    return Token(expense.symbol, chain_config(expense.chain).native_token, expense.decimals)


# For operators


def profit_document(session: SwapSession) -> SessionProfit:
    """The whole account of a session, for operators. Raises `ProfitUnknown`, `RouteUnavailable`."""
    found, least = session_profit(session), settings.MIN_PROFIT_BPS
    paid = fees_paid(session)
    return {
        "sessionId": session.pk,
        "status": session.status,
        "asOf": rfc3339(timezone.now()),
        "sourceAmount": str(session.source_amount),
        "destinationAmount": str(session.destination_amount),
        "worth": str(found.profit.worth),
        "network": str(found.profit.network),
        "earned": str(found.profit.earned),
        "marginBps": found.profit.margin_bps,
        "leastMarginBps": least,
        "profitable": not found.profit.shortfall(least or 0),
        "expenses": [{**one, "paid": str(paid.get(one["chain"], 0))} for one in expense_documents(found.ground)],
        "prices": [market_document(one) for _, one in sorted(found.ground.prices.items())],
    }


def expense_documents(ground: Ground) -> list[ChainExpense]:
    """What each chain takes, source first."""
    return [_expense(one, cost) for one, cost in zip(ground.expenses, ground.market.network_fees(), strict=True)]


def _expense(one: Expense, cost: int) -> ChainExpense:
    return {
        "chain": one.chain,
        "coin": one.symbol,
        "gasPrice": {"price": str(one.gas_price.price), "asOf": moment(one.gas_price.at_ms)},
        "calls": [
            {"work": part.work.value, "gas": str(part.gas), "fee": str(part.fee), "samples": part.samples}
            for part in one.parts
        ],
        "storage": str(one.storage),
        "held": str(one.held),
        "spent": str(one.spent),
        "cost": str(cost),
    }


def profit_sentence(session: SwapSession) -> str:
    """The same in one line, for the admin: why it is not known where it is not."""
    try:
        found = session_profit(session)
    except SwapError as unknown:
        return str(unknown.detail)
    destination, expenses = found.ground.destination, found.ground.expenses
    decimals = destination.decimals
    sign = "-" if found.profit.loses else ""
    earned = decimal_text(Fraction(abs(found.profit.earned), 10**decimals), decimals)
    network = decimal_text(Fraction(found.profit.network, 10**decimals), decimals)
    symbol, percent = destination.symbol, Fraction(found.profit.margin_bps, 100)
    guessed = ", by the contracts' own figures" if any(one.is_guess for one in expenses) else ""
    return f"{sign}{earned} {symbol} ({_percent(percent)} %) after {network} {symbol} for the network{guessed}"


def _percent(value: Fraction) -> str:
    return f"{'-' if value < 0 else ''}{decimal_text(abs(value), 2)}"
