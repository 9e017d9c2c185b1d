"""Types of what quotes are asked with and answered by."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Amount, Moment, Oddity
from pricing.provenance import MarketDocument, Usd

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
    slippageTolerance: Annotated[int, Meta(description="basis points, as asked for", ge=0, le=10_000)]
    rate: Price
    priceImpact: Annotated[
        str,
        Meta(
            description="percent that the amount is too large for the market's price, rounded up",
            pattern="^[0-9]+(\\.[0-9]+)?$",
        ),
    ]
    validUntil: Moment


class QuoteRoute(TypedDict):
    """What is swapped for what."""

    sourceChain: str
    destinationChain: str
    sourceToken: Annotated[str, Meta(description="its id on the source chain")]
    destinationToken: Annotated[str, Meta(description="its id on the destination chain")]
    pair: Annotated[str, Meta(examples=["USDC/USDT"])]
    sourceDecimals: Annotated[int, Meta(ge=0, le=255)]
    destinationDecimals: Annotated[int, Meta(ge=0, le=255)]


class Breakdown(TypedDict):
    """Where every unit goes: `worth` is the sum of the five others. Base units of the destination token."""

    worth: Annotated[
        str, Meta(description="the source amount at the market's rate, rounded down", pattern="^[0-9]{1,78}$")
    ]
    priceImpact: Annotated[
        str, Meta(description="taken off for its size, rounded up", pattern="^[0-9]{1,78}$", examples=["0"])
    ]
    protocolFee: Annotated[
        str, Meta(description="of what is left then, rounded up", pattern="^[0-9]{1,78}$", examples=["3003004"])
    ]
    networkFee: Annotated[
        str,
        Meta(
            description="taken off for both chains, each part rounded up; 0 where it is only shown",
            pattern="^[0-9]{1,78}$",
        ),
    ]
    rounding: Annotated[
        str,
        Meta(
            description="of an exact output: what a whole source base unit gives beyond what is wanted",
            pattern="^[0-9]{1,78}$",
        ),
    ]
    destinationAmount: Amount


RateBump = Annotated[int, Meta(description="above the end amount, in ten-millionths", ge=0)]


class AuctionPoint(TypedDict):
    """A corner of the auction's price."""

    delay: Annotated[int, Meta(description="seconds after the corner before", ge=1)]
    price: Price
    rateBump: RateBump


class Auction(TypedDict):
    """The Dutch auction of this amount on this route and urgency, before all fees: from the start price through its points down
    to the end price, each stretch a straight line. It is what resolvers compete by; this service pays the quote's own
    `destinationAmount`, whenever the swap is made."""

    startPrice: Price
    endPrice: Price
    currentPrice: Annotated[str, Meta(description="at the moment of the quote", pattern="^[0-9]+\\.[0-9]+$")]
    duration: Annotated[int, Meta(description="seconds", ge=1)]
    startTime: Annotated[int, Meta(description="unix seconds")]
    endTime: Annotated[int, Meta(description="unix seconds")]
    startAmount: Amount
    endAmount: Amount
    currentAmount: Amount
    initialRateBump: RateBump
    points: list[AuctionPoint]


class NetworkCall(TypedDict):
    """One transaction of ours."""

    call: Annotated[str, Meta(examples=["lock"])]
    gas: Annotated[str, Meta(description="units of gas", pattern="^[0-9]+$")]
    fee: Annotated[
        str, Meta(description="base units of the chain's coin: gas times its price, and L1 fees", pattern="^[0-9]+$")
    ]


class NetworkPart(TypedDict):
    """What one chain takes, in base units of its own coin (wei, yoctoNEAR)."""

    chain: str
    coin: Annotated[str, Meta(examples=["ETH"])]
    decimals: int
    gasPrice: Annotated[str, Meta(description="for one gas", pattern="^[0-9]+$")]
    calls: list[NetworkCall]
    gas: Annotated[str, Meta(description="of all calls", pattern="^[0-9]+$")]
    storage: Annotated[str, Meta(description="paid for storage, and gone", pattern="^[0-9]+$")]
    deposit: Annotated[
        str, Meta(description="kept for storage, and back when the lock is removed: no cost", pattern="^[0-9]+$")
    ]
    spent: Annotated[str, Meta(description="gas and storage", pattern="^[0-9]+$")]
    price: Usd
    amount: Annotated[
        str, Meta(description="the same in base units of the destination token, rounded up", pattern="^[0-9]{1,78}$")
    ]
    estimated: Annotated[bool, Meta(description="whether a part of the gas is not yet known from receipts of our own")]


class NetworkFees(TypedDict):
    """What the network takes for the transactions that we send, on both chains."""

    status: Annotated[
        Literal["charged", "shown", "unknown"],
        Meta(
            description="`charged`: it was taken off; `shown`: we bear it; `unknown`: we bear it, and `why` says more"
        ),
    ]
    amount: Annotated[str | None, Meta(description="base units of the destination token; null while it is unknown")]
    why: str
    chains: list[NetworkPart]


class QuoteFees(TypedDict):
    """What the swap costs besides the amounts."""

    protocol: Annotated[
        str, Meta(description="base units of the destination token, taken off already", pattern="^[0-9]{1,78}$")
    ]
    protocolBps: Annotated[int, Meta(description="basis points", ge=0, le=10_000)]
    network: NetworkFees


class QuoteMarket(TypedDict):
    """The market that the quote was made from. `numerator`/`denominator`: destination base units for one source base unit."""

    source: MarketDocument
    destination: MarketDocument
    numerator: Annotated[str, Meta(pattern="^[0-9]+$")]
    denominator: Annotated[str, Meta(pattern="^[0-9]+$")]
    depth: Annotated[
        str | None,
        Meta(
            description="base units of the destination token that can be paid out, which the impact is counted by; null: no bound"
        ),
    ]
    impactCurve: Annotated[
        list[list[int]],
        Meta(description="corners of [share of the depth, impact], both in basis points; straight between them"),
    ]


class EstimatedTime(TypedDict):
    """Seconds from the maker's lock until the receiver has his tokens."""

    seconds: Annotated[int, Meta(description="with the chains as they were lately", ge=0)]
    atMostSeconds: Annotated[int, Meta(description="with the chains at their configured worst", ge=0)]


class QuoteTimelocks(TypedDict):
    """The plan that a session on this route gets: seconds after the lock of that side was made."""

    source_withdrawal: int
    source_public_withdrawal: int
    source_cancellation: int
    source_public_cancellation: int
    destination_withdrawal: int
    destination_public_withdrawal: int
    destination_cancellation: int
    margins: dict[str, int]
    claims: Literal["destination_first", "source_first"]


class QuoteSignature(TypedDict):
    """Ed25519 over the canonical JSON (RFC 8785) of the quote without this member; keys at `/api/v1/receipt-keys`."""

    algorithm: Literal["Ed25519"]
    keyId: str
    publicKey: Annotated[str, Meta(description="32 bytes in hexadecimal", pattern="^[0-9a-f]{64}$")]
    value: Annotated[str, Meta(description="64 bytes in hexadecimal", pattern="^[0-9a-f]{128}$")]


class QuoteDocument(TypedDict):
    """What a swap would give now."""

    quoteId: Annotated[
        str | None,
        Meta(description="send it with `POST /sessions` by validUntil, and this price holds; null for a dry quote"),
    ]
    kind: Kind
    route: QuoteRoute
    quote: QuoteAmounts
    breakdown: Breakdown
    dutchAuction: Auction
    fees: QuoteFees
    market: QuoteMarket
    estimatedTime: EstimatedTime | None
    timelocks: QuoteTimelocks | None
    issuedAt: Moment
    issuedTo: Annotated[str, Meta(description="who may make a session on it")]
    warnings: list[Oddity]
    signature: Annotated[QuoteSignature | None, Meta(description="null for a dry quote, which promises nothing")]


class QuoteStanding(TypedDict):
    """What has become of a quote."""

    status: Annotated[
        Literal["open", "used", "expired"],
        Meta(description="`used`: a session was made on it; `expired`: none, and none can be"),
    ]
    sessionId: Annotated[str | None, Meta(description="the session that was made on it")]
    at: Moment
    auctionAmount: Annotated[
        str,
        Meta(
            description="what its auction asks for at this moment, base units of the destination token",
            pattern="^[0-9]+$",
        ),
    ]


class KeptQuote(QuoteDocument):
    """A quote as it was given, and what has become of it; `standing` is not under the signature."""

    standing: QuoteStanding


class Range(TypedDict):
    """Base units; `maximum` null is no limit."""

    minimum: Amount
    maximum: Amount | None


class Pair(TypedDict):
    """Two tokens that can be swapped, in this direction, and how much of them in one swap at this moment."""

    pair: Annotated[str, Meta(examples=["USDC/USDT"])]
    sourceChain: str
    destinationChain: str
    sourceToken: str
    destinationToken: str
    open: Annotated[bool, Meta(description="whether a swap can be begun now")]
    closed: Annotated[str, Meta(description="why not; empty while it is open")]
    source: Range
    destination: Range
    available: Annotated[
        str | None, Meta(description="what we can pay out now, base units of the destination token; null: not known")
    ]


class Pairs(TypedDict):
    """Every pair."""

    pairs: list[Pair]
    count: Annotated[int, Meta(ge=0)]


class QuoteHistory(TypedDict):
    """Quotes that were kept, newest first."""

    history: list[QuoteDocument]
    count: Annotated[int, Meta(ge=0)]
