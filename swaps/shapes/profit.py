"""What a session earns us, for operators alone; and what the fill of an auction earns whoever fills it."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from access.shapes import Amount, Moment
from pricing.provenance import MarketDocument
from swaps.auctions import AuctionState
from swaps.shapes.words import ChainName, SessionId

Signed = Annotated[
    str, Meta(description="base units of the destination token; below zero is a loss", pattern="^-?[0-9]+$")
]
Native = Annotated[str, Meta(description="base units of the chain's native coin", pattern="^[0-9]+$")]


class CallCost(TypedDict):
    """One call of ours. `samples` of our own receipts say so; with 0 it is the contracts' own figure, a guess."""

    work: Literal["fill", "lock", "claim", "refund"]
    gas: Annotated[str, Meta(description="gas units", pattern="^[0-9]+$")]
    fee: Native
    samples: Annotated[int, Meta(ge=0)]


class GasPriceDocument(TypedDict):
    """What one gas costs in the next block, tip included."""

    price: Native
    asOf: Moment


class ChainExpense(TypedDict):
    """The calls of a swap on one chain, as our own receipts have them. `storage` does not come back; `held` does."""

    chain: ChainName
    coin: Annotated[str, Meta(description="its native coin", examples=["ETH"])]
    gasPrice: GasPriceDocument
    calls: list[CallCost]
    storage: Native
    held: Native
    spent: Native
    cost: Annotated[
        str, Meta(description="`spent` in base units of the destination token, rounded up", pattern="^[0-9]+$")
    ]


class PaidExpense(ChainExpense):
    """The same of a session, with what our transactions for it took so far."""

    paid: Native


class SessionProfit(TypedDict):
    """`earned = worth - destinationAmount - network`, at the market prices of this moment, in destination base units."""

    sessionId: SessionId
    status: str
    asOf: Moment
    sourceAmount: Amount
    destinationAmount: Amount
    worth: Amount
    network: Amount
    earned: Signed
    marginBps: Annotated[int, Meta(description="what is earned for 10,000 paid, rounded down")]
    leastMarginBps: Annotated[
        int | None, Meta(description="below it no new lock of ours is made; null: nothing is asked")
    ]
    profitable: Annotated[
        bool, Meta(description="whether it reaches that margin; without one, whether it loses nothing")
    ]
    expenses: list[PaidExpense]
    prices: list[MarketDocument]


class AuctionProfit(TypedDict):
    """`earned = worth - takingAmount - network` for a fill of the whole in a block of this second, in destination base units.

    `takingAmount` is what a quote's auction asks for now; for an order it is what its session pays, whatever the auction says.
    """

    auction: Annotated[str, Meta(description="an order's hash, or a quote's id", examples=["quote_" + "a" * 24])]
    pair: Annotated[str, Meta(examples=["USDC/USDT"])]
    state: Annotated[
        AuctionState,
        Meta(description="ended: it asks for its least, and may still be filled; after that what became of it"),
    ]
    asOf: Moment
    makingAmount: Annotated[Amount, Meta(description="what the fill brings, base units of the source token")]
    takingAmount: Annotated[Amount, Meta(description="what it costs now")]
    rateBump: Annotated[int, Meta(description="where the auction stands: ten-millionths above the least", ge=0)]
    worth: Amount
    network: Amount
    earned: Signed
    marginBps: Annotated[int, Meta(description="what is earned for 10,000 paid, rounded down")]
    leastMarginBps: Annotated[int, Meta(description="the margin that was asked for", ge=0)]
    profitable: Annotated[
        bool, Meta(description="whether the fill reaches that margin now; never where the auction is over")
    ]
    profitableFrom: Annotated[
        Moment | None,
        Meta(
            description="the first second in which it does, should prices stay as they are; null: in none in which the auction "
            "can still be used"
        ),
    ]
    expenses: list[ChainExpense]
    prices: list[MarketDocument]
