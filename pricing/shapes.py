"""Types of what quotes are asked with and answered by."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Amount, Moment, Oddity

ChainText = Annotated[str, Meta(description="a chain's name", min_length=1, max_length=128, examples=["base"])]
TokenText = Annotated[
    str,
    Meta(
        description="a token's contract or symbol on that chain", min_length=1, max_length=128, examples=["usdt.near"]
    ),
]
Price = Annotated[
    str,
    Meta(
        description="destination tokens for one source token, whole tokens, exact decimal", pattern="^[0-9]+\\.[0-9]+$"
    ),
]
Kind = Literal["exactInput", "exactOutput"]
Urgency = Literal["fast", "normal", "slow"]


class QuoteRequest(TypedDict):
    """Seed 000's body, and what is optional beside it."""

    sourceChain: ChainText
    destinationChain: ChainText
    sourceToken: TokenText
    destinationToken: TokenText
    amount: Annotated[
        str,
        Meta(
            description="base units: of the source token that you give (`exactInput`), or of the destination token that you "
            "want (`exactOutput`)",
            pattern="^[0-9]{1,78}$",
            examples=["1000000000"],
        ),
    ]
    urgency: NotRequired[Annotated[Urgency, Meta(description="how long the auction lasts; normal by default")]]
    kind: NotRequired[Annotated[Kind, Meta(description="which amount is fixed; exactInput by default")]]
    slippageTolerance: NotRequired[
        Annotated[int, Meta(description="basis points, for minimumDestinationAmount; 0 by default", ge=0, le=10_000)]
    ]
    dry: NotRequired[
        Annotated[bool, Meta(description="only to show a price: nothing is kept, and there is no quoteId")]
    ]


class QuoteAmounts(TypedDict):
    """What is given and what is got. `rate` is the market's, before our fee."""

    sourceAmount: Amount
    destinationAmount: Amount
    minimumDestinationAmount: Annotated[
        str, Meta(description="base units: the least under slippageTolerance, rounded up", pattern="^[0-9]{1,78}$")
    ]
    rate: Price
    priceImpact: Annotated[
        str, Meta(description="percent; prices are the same for every size here", pattern="^[0-9.]+$")
    ]
    validUntil: Moment


class Auction(TypedDict):
    """The Dutch auction: from half a percent above the market to half a percent below it, linearly."""

    startPrice: Price
    endPrice: Price
    currentPrice: Price
    duration: Annotated[int, Meta(description="seconds")]


class QuoteFees(TypedDict):
    """What the swap costs besides the amounts."""

    protocol: Annotated[
        str, Meta(description="base units of the destination token, taken off already", pattern="^[0-9]{1,78}$")
    ]


class QuoteDocument(TypedDict):
    """What a swap would give now."""

    quoteId: Annotated[
        str | None,
        Meta(description="send it with `POST /sessions` by validUntil, and this price holds; null for a dry quote"),
    ]
    kind: Kind
    quote: QuoteAmounts
    dutchAuction: Auction
    fees: QuoteFees
    warnings: list[Oddity]


class Pair(TypedDict):
    """Two tokens that can be swapped, in this direction."""

    pair: Annotated[str, Meta(examples=["USDC/USDT"])]
    sourceChain: str
    destinationChain: str
    sourceToken: str
    destinationToken: str


class Pairs(TypedDict):
    """Every pair."""

    pairs: list[Pair]
    count: Annotated[int, Meta(ge=0)]


class QuoteHistory(TypedDict):
    """Quotes that were kept, newest first."""

    history: list[QuoteDocument]
    count: Annotated[int, Meta(ge=0)]
