"""What a session earns us: for operators alone."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from access.shapes import Amount, Moment
from pricing.provenance import MarketDocument
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
    """Our calls on one chain. `storage` does not come back; `held` does; `paid` is what our transactions took so far."""

    chain: ChainName
    coin: Annotated[str, Meta(description="its native coin", examples=["ETH"])]
    gasPrice: GasPriceDocument
    calls: list[CallCost]
    storage: Native
    held: Native
    spent: Native
    paid: Native
    cost: Annotated[
        str, Meta(description="`spent` in base units of the destination token, rounded up", pattern="^[0-9]+$")
    ]


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
    expenses: list[ChainExpense]
    prices: list[MarketDocument]
