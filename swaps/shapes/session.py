"""The session document: what REST, the socket, the event stream and webhooks tell of a swap."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Amount, Hash32, Moment, Oddity, Url
from swaps.reasons import Reason
from swaps.shapes.calls import Call, OrderOffer
from swaps.shapes.legs import LegDocument, TransactionDocument
from swaps.shapes.words import (
    Account,
    Bps,
    ChainName,
    ClaimsOrder,
    ConfirmationLevel,
    Custody,
    HashFunction,
    LockId,
    NextAction,
    Phase,
    Seconds,
    SecretState,
    SessionId,
    SourceLock,
    StepName,
    StepStatus,
    TokenId,
    TxHash,
)
from swaps.statuses import Status


class StepDocument(TypedDict):
    """One of the five steps. `timestamp` is when it was completed, or failed."""

    step: StepName
    status: StepStatus
    timestamp: Moment | None
    txHash: TxHash | None
    escrowAddress: LockId | None
    estimatedTime: Annotated[int | None, Meta(description="seconds it usually takes, while it is not done")]
    error: Annotated[Reason | None, Meta(description="why it failed")]


class NextDocument(TypedDict):
    """What the client should do now. `calls` and `limitOrder` stand only in answers about one session."""

    action: NextAction
    detail: Annotated[str, Meta(description="the same in words")]
    until: Annotated[Moment | None, Meta(description="until when it makes sense")]
    url: Annotated[Url | None, Meta(description="where to send it")]
    sourceLocks: NotRequired[Annotated[list[SourceLock], Meta(description="how the source can be locked")]]
    calls: NotRequired[Annotated[list[Call], Meta(description="to be sent by the maker's wallet, in this order")]]
    limitOrder: NotRequired[OrderOffer]


class Explanation(TypedDict):
    """A reason code in words."""

    code: Reason
    title: str
    happened: str
    todo: str


class Legs(TypedDict):
    """Both locks of the swap."""

    source: LegDocument
    destination: LegDocument


class ProtocolFee(TypedDict):
    """What the swap leaves us: the market value of the source amount when the session was made, less what the taker gets."""

    token: TokenId
    amount: Annotated[str | None, Meta(description="base units of the destination token; null where it was not noted")]


class Deposits(TypedDict):
    """Native coins (wei) that whoever locks adds, and whoever settles the escrow gets. NEAR has none."""

    source: Amount
    destination: Amount


class Fees(TypedDict):
    """What the swap costs besides its amounts. We pay the gas of all that we send; the maker that of his own calls."""

    protocol: ProtocolFee
    safetyDeposits: Deposits


class PlanMargins(TypedDict):
    """Seconds that must be left: for the first claim when the secret is released, between the two locks' ends, and for a
    destination lock to be worth making."""

    reveal: Seconds
    source_tail: Seconds
    destination_needs: Seconds


class Plan(TypedDict):
    """The ladder: offsets in seconds after the lock of that side was made, fixed when the session was."""

    source_withdrawal: Seconds
    source_public_withdrawal: Seconds
    source_cancellation: Seconds
    source_public_cancellation: Seconds
    destination_withdrawal: Seconds
    destination_public_withdrawal: Seconds
    destination_cancellation: Seconds
    margins: PlanMargins
    claims: ClaimsOrder
    order_expires_at: Annotated[int, Meta(description="unix seconds until which a limit order may be filled")]


class SessionDocument(TypedDict):
    """The whole state of a swap. Nothing in it merely ticks: it changes when the swap does."""

    sessionId: SessionId
    status: Status
    reason: Annotated[
        Reason | None, Meta(description="why it was given up, went back or failed; null while it goes well")
    ]
    explanation: Explanation | None
    seq: Annotated[
        int, Meta(ge=0, description="of the newest event; `GET /sessions/{id}/events?since=` tells what follows")
    ]
    currentPhase: Phase
    progress: Annotated[int, Meta(ge=0, le=100, description="0, 10, 30, 50, 70, 90, 100")]
    nextAction: NextAction
    next: NextDocument
    steps: Annotated[list[StepDocument], Meta(min_length=5, max_length=5)]
    sourceChain: ChainName
    destinationChain: ChainName
    sourceToken: TokenId
    destinationToken: TokenId
    sourceAmount: Amount
    destinationAmount: Annotated[
        str, Meta(description="base units: exactly what is locked for the taker", pattern="^[0-9]{1,78}$")
    ]
    requestedDestinationAmount: Annotated[
        str, Meta(description="base units: what was asked for", pattern="^[0-9]{1,78}$")
    ]
    minimumDestinationAmount: Annotated[
        str,
        Meta(description="base units: what was asked for, less slippageTolerance, rounded up", pattern="^[0-9]{1,78}$"),
    ]
    slippageTolerance: Bps
    quoteId: str | None
    maker: Account
    taker: Account
    custody: Custody
    custodyNote: str
    hashFunction: HashFunction
    hashlock: Hash32
    hashlockHash: Annotated[str, Meta(description="the same as hashlock", pattern="^0x[0-9a-f]{64}$")]
    secretState: Annotated[
        SecretState, Meta(description="what became of the secret as far as we know; never the secret")
    ]
    sourceLock: Annotated[SourceLock | None, Meta(description="how the source is locked, once that is decided")]
    confirmationLevel: ConfirmationLevel
    orderHash: Annotated[str | None, Meta(description="of the signed order that we fill")]
    srcEscrowAddress: Annotated[LockId | None, Meta(description="the same as legs.source.lockId")]
    dstEscrowAddress: Annotated[LockId | None, Meta(description="the same as legs.destination.lockId")]
    legs: Legs
    transactions: Annotated[list[TransactionDocument], Meta(description="those we sent, oldest first")]
    fees: Fees
    timelocks: Plan
    estimatedCompletionTime: Annotated[
        int, Meta(ge=0, description="seconds a swap on this route takes when all goes well")
    ]
    receiptUrl: Annotated[Url, Meta(description="keep what it answers: with it you need us no more")]
    rescueUrl: Url
    statusLinkUrl: Annotated[Url, Meta(description="answers with the link to the page for the maker")]
    createdAt: Moment
    updatedAt: Moment
    expiresAt: Annotated[Moment, Meta(description="by then the source lock must be seen")]
    expirationTime: Annotated[Moment, Meta(description="the same as expiresAt")]
    finishedAt: Moment | None
    warnings: Annotated[list[Oddity], Meta(description="what was odd about the request that made it")]


class LegClock(TypedDict):
    """Seconds by the chain's own time, 0 when it has come; null while nothing is locked."""

    chainTime: Annotated[Moment | None, Meta(description="of the newest block that we know")]
    secondsToExpiry: int | None
    secondsToRefund: int | None


class Clock(TypedDict):
    """What ticks: as of the moment of the answer, and no part of its ETag."""

    at: Moment
    source: LegClock
    destination: LegClock


class MarginsDocument(TypedDict):
    """Seconds until each gate closes, negative once it has; null where it does not apply. Ticks."""

    destinationLock: int | None
    reveal: int | None
    destinationClaim: int | None
    sourceClaim: int | None
    claims: Annotated[ClaimsOrder, Meta(description="which leg is claimed first")]


class SessionAnswer(SessionDocument):
    """One session, with what ticks."""

    clock: Clock
    margins: MarginsDocument


class ExecuteAnswer(SessionDocument):
    """The session that was started, and what its maker sends now."""

    calls: Annotated[
        list[Call], Meta(description="sourceLock self: the maker's lock, in this order; the same as next.calls")
    ]
    trackingUrl: Url
    requestWarnings: Annotated[list[Oddity], Meta(description="what was odd about this request")]


class CancelAnswer(SessionDocument):
    """The session that was called off."""

    refundAddress: Annotated[Account, Meta(description="where the source lock goes back to, if there is one")]
    requestWarnings: Annotated[list[Oddity], Meta(description="what was odd about this request")]


class SecretAnswer(SessionDocument):
    """The session whose secret was taken."""

    requestWarnings: Annotated[list[Oddity], Meta(description="what was odd about this request")]


class SessionPage(TypedDict):
    """Sessions, newest first."""

    sessions: list[SessionDocument]
    next: Annotated[str | None, Meta(description="the URL of the next page")]
    previous: str | None


class SessionBulk(TypedDict):
    """The sessions that were asked for by id, in the order asked for, and the ids of which there is none of yours."""

    sessions: list[SessionDocument]
    missing: list[str]
