"""One lock of a swap, as documents show it."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Amount, Hash32, Moment, one_of
from swaps.shapes.words import Account, ChainName, Family, LegState, LockId, TokenId, TxHash


class Immutables(TypedDict):
    """Terms of a 1inch escrow, which its address commits to. `timelocks` is the packed word."""

    orderHash: Hash32
    hashlock: Hash32
    maker: str
    taker: str
    token: str
    amount: Amount
    safetyDeposit: Amount
    timelocks: str


class EvmTerms(TypedDict):
    """What an escrow must be; the timelocks bear its time of creation once it stands."""

    immutables: Immutables


class NearTerms(TypedDict):
    """What a lock of the NEAR HTLC must be. `timelock` is null for a destination lock that is not ordered yet."""

    receiver: str
    hashlock: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    salt: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    timelock: NotRequired[Annotated[int, Meta(description="unix seconds")]]
    sender: NotRequired[str]
    token: NotRequired[str | None]
    amount: NotRequired[Amount]


if TYPE_CHECKING:
    Terms = dict[str, Any]
else:
    Terms = one_of(EvmTerms, NearTerms)


class Confirmations(TypedDict):
    """How sure the lock is: blocks on top of its own, as many as are needed at most. While it stands still, so does this."""

    seen: Annotated[int, Meta(ge=0)]
    needed: Annotated[int, Meta(ge=0, description="an estimate where `rule` is a tag of the node's")]
    final: bool
    rule: Annotated[
        str, Meta(description="what makes it final: a block tag (`finalized`), or a number of confirmations")
    ]


class ChainTransactionRef(TypedDict):
    """A transaction on a leg's chain, by whomever, that made or settled the lock."""

    hash: TxHash
    height: int
    at: Annotated[Moment, Meta(description="the block's own time")]
    final: bool
    explorer: str | None


class LegDocument(TypedDict):
    """One lock: what was agreed, which lock on chain it is, and what became of it. Times are the chain's."""

    side: Literal["source", "destination"]
    chain: ChainName
    family: Family
    token: TokenId
    amount: Amount
    payee: Annotated[Account, Meta(description="whom a claim pays")]
    refundee: Annotated[Account, Meta(description="whom a refund pays")]
    contract: Annotated[str, Meta(description="the escrow factory, or the HTLC's account")]
    state: LegState
    lockId: LockId | None
    lockHeight: int | None
    lockTransaction: TxHash | None
    locked: ChainTransactionRef | None
    claimed: ChainTransactionRef | None
    refunded: ChainTransactionRef | None
    confirmations: Confirmations | None
    claimFrom: Moment | None
    expiresAt: Annotated[Moment | None, Meta(description="the first instant at which a claim fails")]
    refundableAt: Annotated[Moment | None, Meta(description="from when it can go back")]
    verified: Annotated[
        bool | None, Meta(description="re-read from the chain before the reveal; null while it was not")
    ]
    terms: Terms


class TransactionDocument(TypedDict):
    """One of our own transactions."""

    step: Annotated[str, Meta(description="what it does: `source_lock`, `destination_claim`, …")]
    chain: ChainName
    hash: TxHash
    kind: Annotated[
        Literal["call", "cancellation", "filler"],
        Meta(description="a cancellation does nothing, and takes a call's nonce"),
    ]
    state: Literal["signed", "broadcast", "included", "succeeded", "failed", "replaced"]
    blockHeight: int | None
    explorer: str | None
    sentAt: Moment | None
