"""Bodies of requests. `swaps/validation.py` checks them, and says more about each fault than a schema can."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from swaps.shapes.calls import SignedOrder
from swaps.shapes.words import ConfirmationLevel, SourceLock

BIG = "340282366920938463463374607431768211455"
BaseUnits = Annotated[
    str,
    Meta(
        description=f"base units, as a string of digits: 1 to {BIG}, within the route's limits; never a JSON number",
        pattern="^[0-9]{1,78}$",
        examples=["1000000000"],
    ),
]
ChainText = Annotated[str, Meta(description="a chain's name", min_length=1, max_length=128, examples=["base"])]
TokenText = Annotated[
    str,
    Meta(
        description="a token's contract or symbol on that chain", min_length=1, max_length=128, examples=["usdt.near"]
    ),
]
AccountText = Annotated[
    str, Meta(min_length=1, max_length=128, examples=["0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e"])
]
Bytes32 = Annotated[
    str, Meta(description="32 bytes: 64 hexadecimal digits, with or without 0x", pattern="^(0x)?[0-9a-fA-F]{64}$")
]


class CreateSession(TypedDict):
    """Seed 000's body, and what is optional beside it."""

    sourceChain: ChainText
    destinationChain: ChainText
    sourceToken: TokenText
    destinationToken: TokenText
    sourceAmount: BaseUnits
    destinationAmount: Annotated[
        str,
        Meta(
            description="base units that the taker shall get. Exactly so many are locked for him; where the market gives less "
            "now, what it gives, but never less than this less slippageTolerance: else 409 slippage_exceeded",
            pattern="^[0-9]{1,78}$",
            examples=["999000000"],
        ),
    ]
    maker: Annotated[AccountText, Meta(description="who pays on the source chain, and is refunded there")]
    taker: Annotated[AccountText, Meta(description="the receiving account on the destination chain")]
    slippageTolerance: NotRequired[
        Annotated[int, Meta(description="basis points of destinationAmount, 0 by default", ge=0, le=10_000)]
    ]
    hashlock: NotRequired[
        Annotated[Bytes32, Meta(description="of your own secret, to keep it yourself (32 bytes, hex)")]
    ]
    quoteId: NotRequired[Annotated[str, Meta(description="the quote that it follows from", max_length=40)]]
    refundAddress: NotRequired[
        Annotated[AccountText, Meta(description="must be the maker: the contracts refund nobody else")]
    ]
    confirmationLevel: NotRequired[ConfirmationLevel]
    expiresIn: NotRequired[
        Annotated[int, Meta(description="seconds until which the source lock must be seen", ge=60, le=86_400)]
    ]


class ExecuteSession(TypedDict):
    """`{"sourceLock": "self"}`, or the signed limit order."""

    sourceLock: NotRequired[SourceLock]
    limitOrder: NotRequired[SignedOrder]
    confirmationLevel: NotRequired[ConfirmationLevel]


class CancelSession(TypedDict):
    """It has no fields, and may be left out."""


class HandOverSecret(TypedDict):
    """The secret, once both locks are final and you have verified them yourself."""

    secret: Bytes32
