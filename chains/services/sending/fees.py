"""What to pay for gas on an EIP-1559 chain. Pure: prices come in, prices go out, all in wei per gas.

`max_fee` is the most that is ever paid, `tip` the part that goes to whoever builds the block; what is really paid is
`min(max_fee, base fee + tip)`. Where a chain also charges for its data on another one (the OP Stack's L1 fee), that
charge is no matter of price per gas: it is not in here, and shows in the receipt.
"""

from dataclasses import dataclass
from statistics import median_low

from chains.clients.evm_types import FeeHistory

HISTORY_BLOCKS = 10
PERCENTILES = (50, 90)  # of the tips in those blocks: what is usual, and what is nearly always enough
GROWTH = (9, 8)  # the base fee grows by an eighth a block at most (EIP-1559)
ROOM_BLOCKS = 6  # full blocks in a row that must not price us out: the base fee doubles in that time
BUMP = (9, 8)  # a replacement pays 12.5 % more: nodes ask for 10 % (geth's price bump) to 12.5 %, of both fees


@dataclass(frozen=True)
class Market:
    """What the chain's newest blocks say: the next base fee, the usual tip, and one for who is in a hurry."""

    base_fee: int
    tip: int
    urgent_tip: int


@dataclass(frozen=True)
class Fees:
    """The two prices of a transaction; `tip` <= `max_fee`."""

    max_fee: int
    tip: int


def market_of(history: FeeHistory, suggested_tip: int | None = None) -> Market:
    """The market after an `eth_feeHistory` at `PERCENTILES`; the node's suggestion counts where no block held anything."""
    if history.tips:
        usual, high = (median_low(row[index] for row in history.tips) for index in range(len(PERCENTILES)))
    else:
        usual = high = suggested_tip or 0
    usual = max(usual, 1)  # pools refuse a tip of nothing
    return Market(history.next_base_fee, usual, max(high, 2 * usual))


def ordinary_limit(cap: int) -> int:
    """The most that a call pays which is in no hurry: it leaves room below the cap for a rival that cancels it."""
    return cap * BUMP[1] // BUMP[0]


def estimate(market: Market, *, cap: int, urgent: bool, affordable: int | None = None) -> Fees | None:
    """What to offer first; None when even the next block costs more than we may pay.

    In a hurry the whole cap is offered at once, or what of it is `affordable`: it costs nothing until the base fee
    really rises, and no replacement is needed on the way.
    """
    limit = cap if urgent else ordinary_limit(cap)
    if market.base_fee >= limit:
        return None
    return _offer(market, Fees(0, 0), limit, urgent=urgent, affordable=affordable)


def replacement(old: Fees, market: Market, *, limit: int, urgent: bool, affordable: int | None = None) -> Fees | None:
    """What a rival of the same nonce offers: 12.5 % more of both, or today's price if that is higher.

    None when that is above `limit`: then there is nothing to do but wait.
    """
    least = bumped(old)
    return None if least.max_fee > limit else _offer(market, least, limit, urgent=urgent, affordable=affordable)


def _offer(market: Market, least: Fees, limit: int, *, urgent: bool, affordable: int | None) -> Fees:
    """At least `least`, at most `limit`; between them today's price, or in a hurry as much as there is."""
    tip = max(least.tip, market.urgent_tip if urgent else market.tip)
    max_fee = max(least.max_fee, _grown(market.base_fee, ROOM_BLOCKS) + tip)
    if urgent:
        max_fee = limit if affordable is None else max(max_fee, affordable)
    max_fee = min(limit, max_fee)
    return Fees(max_fee, min(tip, max_fee))


def bumped(old: Fees) -> Fees:
    """The least that nodes take in the place of a transaction at these prices, rounded up."""
    return Fees(_ceiling(old.max_fee), _ceiling(old.tip))


def _ceiling(price: int) -> int:
    return max(-(-price * BUMP[0] // BUMP[1]), price + 1)


def _grown(base_fee: int, blocks: int) -> int:
    up, down = GROWTH
    return int(-(-base_fee * up**blocks // down**blocks))
