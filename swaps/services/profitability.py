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
from swaps.documents import rfc3339
from swaps.errors import ProfitUnknown, RouteUnavailable, SwapError, SwapUnprofitable
from swaps.models import SwapSession
from swaps.services.facts import SUBJECT
from swaps.shapes.profit import ChainExpense, SessionProfit


@dataclass(frozen=True)
class Reckoning:
    """A session's profit with all that it was made from; `market.costs` and `expenses` are the source's and the destination's."""

    profit: Profit
    market: Market
    source: Token
    destination: Token
    prices: dict[str, MarketPrice]
    expenses: tuple[Expense, Expense]

    def payable(self, least_margin_bps: int) -> int:
        """The most that could be paid with such a margin, destination base units."""
        left = self.profit.worth - self.profit.network
        return max(0, mul_div_down(left, BPS, BPS + least_margin_bps))


def session_profit(session: SwapSession, *, source_lock: str = "") -> Reckoning:
    """What the session earns us if it ends well. `source_lock` "order" or "self" where the maker has not chosen yet: an order
    is taken for granted until then, since it costs us more.

    Raises `ProfitUnknown`, and `RouteUnavailable` for a token that is no longer configured.
    """
    source, destination = _tokens(session)
    try:
        expenses = swap_costs(
            source=session.source_chain_id,
            source_token=session.source_token,
            destination=session.destination_chain_id,
            destination_token=session.destination_token,
            by_order=(source_lock or session.source_lock or "order") == "order",
            receiver=session.taker,
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
    profit = swap_profit(
        market, source_amount=int(session.source_amount), destination_amount=int(session.destination_amount)
    )
    return Reckoning(profit, market, source, destination, prices, expenses)


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
    payable, symbol = found.payable(least), found.destination.symbol
    worth, network = found.profit.worth, found.profit.network
    raise SwapUnprofitable(
        f"{session.source_amount} of {found.source.symbol} are worth {worth} of {symbol} now, and the network takes {network} of "
        f"it: {session.destination_amount} cannot be paid for that, {payable} could",
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


def _tokens(session: SwapSession) -> tuple[Token, Token]:
    source = chain_config(session.source_chain_id).token(session.source_token)
    destination = chain_config(session.destination_chain_id).token(session.destination_token)
    if source is None or destination is None:
        raise RouteUnavailable("one of the tokens is not swapped here")
    return source, destination


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
        "expenses": [
            _expense(one, cost, paid.get(one.chain, 0))
            for one, cost in zip(found.expenses, found.market.network_fees(), strict=True)
        ],
        "prices": [market_document(one) for _, one in sorted(found.prices.items())],
    }


def _expense(one: Expense, cost: int, paid: int) -> ChainExpense:
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
        "paid": str(paid),
        "cost": str(cost),
    }


def profit_sentence(session: SwapSession) -> str:
    """The same in one line, for the admin: why it is not known where it is not."""
    try:
        found = session_profit(session)
    except SwapError as unknown:
        return str(unknown.detail)
    decimals = found.destination.decimals
    sign = "-" if found.profit.loses else ""
    earned = decimal_text(Fraction(abs(found.profit.earned), 10**decimals), decimals)
    network = decimal_text(Fraction(found.profit.network, 10**decimals), decimals)
    symbol, percent = found.destination.symbol, Fraction(found.profit.margin_bps, 100)
    guessed = ", by the contracts' own figures" if any(one.is_guess for one in found.expenses) else ""
    return f"{sign}{earned} {symbol} ({_percent(percent)} %) after {network} {symbol} for the network{guessed}"


def _percent(value: Fraction) -> str:
    return f"{'-' if value < 0 else ''}{decimal_text(abs(value), 2)}"
