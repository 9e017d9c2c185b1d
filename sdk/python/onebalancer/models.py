"""Made from sdk/openapi.json by sdk/generate.py: change that file instead."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class Approval(TypedDict):
    """
    The allowance that the order needs before it is filled.
    """

    amount: str
    spender: str
    token: str


class AuctionPoint(TypedDict):
    """
    A corner of the auction's price.
    """

    delay: int
    price: str
    rateBump: int


class Breakdown(TypedDict):
    """
    Where every unit goes: `worth` is the sum of the five others. Base units of the destination token.
    """

    destinationAmount: str
    networkFee: str
    priceImpact: str
    protocolFee: str
    rounding: str
    worth: str


class CallCost(TypedDict):
    """
    One call of ours. `samples` of our own receipts say so; with 0 it is the contracts' own figure, a guess.
    """

    fee: str
    gas: str
    samples: int
    work: Literal["claim", "fill", "lock", "refund"]


class CancelSession(TypedDict):
    """
    It has no fields, and may be left out.
    """


class CandleDocument(TypedDict):
    """
    The first, highest, lowest and last market price that was sampled from `time` on. A time without samples has no candle.
    """

    close: str
    high: str
    low: str
    open: str
    samples: int
    time: str


class Candles(TypedDict):
    """
    Oldest first.
    """

    candles: list[CandleDocument]
    count: int
    interval: Literal["15m", "1d", "1h", "1m", "5m"]
    pair: str


class ChainTransactionRef(TypedDict):
    """
    A transaction on a leg's chain, by whomever, that made or settled the lock.
    """

    at: str
    explorer: str | None
    final: bool
    hash: str
    height: int


class Confirmations(TypedDict):
    """
    How sure the lock is: blocks on top of its own, as many as are needed at most. While it stands still, so does this.
    """

    final: bool
    needed: int
    rule: str
    seen: int


class CreateSession(TypedDict):
    """
    Seed 000's body, and what is optional beside it.
    """

    confirmationLevel: NotRequired[Literal["fast", "normal", "secure"]]
    destinationAmount: str
    destinationChain: str
    destinationToken: str
    expiresIn: NotRequired[int]
    hashlock: NotRequired[str]
    maker: str
    quoteId: NotRequired[str]
    refundAddress: NotRequired[str]
    slippageTolerance: NotRequired[int]
    sourceAmount: str
    sourceChain: str
    sourceToken: str
    taker: str


class Deposits(TypedDict):
    """
    Native coins (wei) that whoever locks adds, and whoever settles the escrow gets. NEAR has none.
    """

    destination: str
    source: str


class EstimatedTime(TypedDict):
    """
    Seconds from the maker's lock until the receiver has his tokens.
    """

    atMostSeconds: int
    seconds: int


class EvmCall(TypedDict):
    """
    A transaction of the maker's on an EVM chain, as `eth_sendTransaction` takes it.
    """

    chain: str
    data: str
    purpose: Literal["approve", "lock"]
    to: str
    value: str


class EvmContracts(TypedDict):
    """
    Where escrows come from.
    """

    escrowImplementation: str
    factory: str
    limitOrderProtocol: str | None
    resolver: str


class FieldError(TypedDict):
    """
    What is wrong with one field. `field` is a path (`limitOrder.order.salt`), empty for the body as a whole.
    """

    code: str
    field: str
    message: str


class GasPriceDocument(TypedDict):
    """
    What one gas costs in the next block, tip included.
    """

    asOf: str
    price: str


class HandOverSecret(TypedDict):
    """
    The secret, once both locks are final and you have verified them yourself.
    """

    secret: str


class Immutables(TypedDict):
    """
    Terms of a 1inch escrow, which its address commits to. `timelocks` is the packed word.
    """

    amount: str
    hashlock: str
    maker: str
    orderHash: str
    safetyDeposit: str
    taker: str
    timelocks: str
    token: str


class LegClock(TypedDict):
    """
    Seconds by the chain's own time, 0 when it has come; null while nothing is locked.
    """

    chainTime: str | None
    secondsToExpiry: int | None
    secondsToRefund: int | None


class MarginsDocument(TypedDict):
    """
    Seconds until each gate closes, negative once it has; null where it does not apply. Ticks.
    """

    claims: Literal["destination_first", "source_first"]
    destinationClaim: int | None
    destinationLock: int | None
    reveal: int | None
    sourceClaim: int | None


class NearAction(TypedDict):
    """
    A function call action; `args` and `argsBase64` say the same.
    """

    args: dict[str, Any]
    argsBase64: str
    deposit: str
    gas: str
    methodName: str
    type: Literal["FunctionCall"]


class NearCall(TypedDict):
    """
    A function call of the maker's on NEAR.
    """

    args: dict[str, Any]
    chain: str
    deposit: str
    gas: str
    methodName: str
    purpose: Literal["lock", "storage"]
    receiverId: str


class NearContracts(TypedDict):
    """
    Where locks are.
    """

    htlc: str


class NearTerms(TypedDict):
    """
    What a lock of the NEAR HTLC must be. `timelock` is null for a destination lock that is not ordered yet.
    """

    amount: NotRequired[str]
    hashlock: str
    receiver: str
    salt: str
    sender: NotRequired[str]
    timelock: NotRequired[int]
    token: NotRequired[str | None]


class NetworkCall(TypedDict):
    """
    One transaction of ours.
    """

    call: str
    fee: str
    gas: str


class NetworkPart(TypedDict):
    """
    What one chain takes, in base units of its own coin (wei, yoctoNEAR).
    """

    amount: str
    calls: list[NetworkCall]
    chain: str
    coin: str
    decimals: int
    deposit: str
    estimated: bool
    gas: str
    gasPrice: str
    price: str
    spent: str
    storage: str


class Oddity(TypedDict):
    """
    What is odd about one field, and was accepted.
    """

    field: str
    message: str


class Order(TypedDict):
    """
    1inch's limit order v4: numbers as decimal strings, addresses in hexadecimal.
    """

    maker: str
    makerAsset: str
    makerTraits: str
    makingAmount: str
    receiver: str
    salt: str
    takerAsset: str
    takingAmount: str


class PaidExpense(TypedDict):
    """
    The same of a session, with what our transactions for it took so far.
    """

    calls: list[CallCost]
    chain: str
    coin: str
    cost: str
    gasPrice: GasPriceDocument
    held: str
    paid: str
    spent: str
    storage: str


class PlanMargins(TypedDict):
    """
    Seconds that must be left: for the first claim when the secret is released, between the two locks' ends, and for a
    destination lock to be worth making.
    """

    destination_needs: int
    reveal: int
    source_tail: int


class PriceSource(TypedDict):
    """
    What one source said.
    """

    observedAt: str
    price: str
    source: str
    used: bool
    why: str


class Problem(TypedDict):
    """
    Why a request was refused (RFC 9457). Switch on `code`; `detail` is for people.
    """

    code: str
    detail: str
    errors: list[FieldError]
    status: int
    title: str
    type: str


class ProtocolFee(TypedDict):
    """
    What the swap leaves us: the market value of the source amount when the session was made, less what the taker gets.
    """

    amount: str | None
    token: str


class PublicKey(TypedDict):
    """
    A key whose receipts are ours.
    """

    algorithm: Literal["Ed25519"]
    current: bool
    keyId: str
    publicKey: str


class QuoteAmounts(TypedDict):
    """
    What is given and what is got. `rate` is the market's, before our fee.
    """

    destinationAmount: str
    minimumDestinationAmount: str
    priceImpact: str
    rate: str
    slippageTolerance: int
    sourceAmount: str
    validUntil: str


class QuoteRequest(TypedDict):
    """
    Seed 000's body, and what is optional beside it.
    """

    amount: str
    destinationChain: str
    destinationToken: str
    dry: NotRequired[bool]
    kind: NotRequired[Literal["exactInput", "exactOutput"]]
    slippageTolerance: NotRequired[int]
    sourceChain: str
    sourceToken: str
    urgency: NotRequired[Literal["fast", "normal", "slow"]]


class QuoteRoute(TypedDict):
    """
    What is swapped for what.
    """

    destinationChain: str
    destinationDecimals: int
    destinationToken: str
    pair: str
    sourceChain: str
    sourceDecimals: int
    sourceToken: str


class QuoteSignature(TypedDict):
    """
    Ed25519 over the canonical JSON (RFC 8785) of the quote without this member; keys at `/api/v1/receipt-keys`.
    """

    algorithm: Literal["Ed25519"]
    keyId: str
    publicKey: str
    value: str


class QuoteStanding(TypedDict):
    """
    What has become of a quote.
    """

    at: str
    auctionAmount: str
    sessionId: str | None
    status: Literal["expired", "open", "used"]


class QuoteTimelocks(TypedDict):
    """
    The plan that a session on this route gets: seconds after the lock of that side was made.
    """

    claims: Literal["destination_first", "source_first"]
    destination_cancellation: int
    destination_public_withdrawal: int
    destination_withdrawal: int
    margins: dict[str, int]
    source_cancellation: int
    source_public_cancellation: int
    source_public_withdrawal: int
    source_withdrawal: int


class Range(TypedDict):
    """
    Base units; `maximum` null is no limit.
    """

    maximum: str | None
    minimum: str


class RawEvmCall(TypedDict):
    """
    A transaction that any funded account can send.
    """

    chainId: int
    data: str
    signature: str
    to: str
    value: str


class RawNearCall(TypedDict):
    """
    A transaction that any NEAR account can send.
    """

    actions: list[NearAction]
    networkId: str
    receiverId: str


Reason: TypeAlias = Literal[
    "a_lock_is_not_what_was_agreed",
    "cancel_requested",
    "destination_lock_failed",
    "destination_lock_vanished",
    "destination_unpaid_after_source_claim",
    "expired_after_reveal",
    "late_lock",
    "order_not_fillable",
    "session_expired",
    "source_lock_vanished",
    "source_refunded",
    "source_refunded_after_destination_claim",
    "the_secret_is_public",
    "too_late_for_the_destination_lock",
    "too_late_to_reveal",
]


class ReceiptEvmTerms(TypedDict):
    """
    What the escrow's address is derived from, and the order hashes that it may bear.
    """

    amount: str
    hashlock: str
    maker: str
    orderHash: str
    orderHashes: list[str]
    safetyDeposit: str
    taker: str
    timelocks: str
    token: str


class ReceiptKeys(TypedDict):
    """
    The public keys that sign our receipts.
    """

    keys: list[PublicKey]
    type: Literal["1balancer.receipt"]


class ReceiptLock(TypedDict):
    """
    Which lock it is, and its times, once it was seen.
    """

    claimFrom: str
    createdAtSeconds: int
    expiresAt: str
    height: int
    id: str
    publicClaimFrom: str
    publicRefundFrom: str
    refundFrom: str
    terms: dict[str, Any]
    transaction: str


class ReceiptMargins(TypedDict):
    """
    Seconds that must be left for a safe reveal, and after it.
    """

    reveal: int
    tail: int


class ReceiptNearTerms(TypedDict):
    """
    What the lock's id is derived from; `timelock` is null while it is open.
    """

    amount: str
    hashlock: str
    receiver: str
    salt: str
    sender: str
    timelock: int | None
    token: str | None


class RouteNames(TypedDict):
    """
    The two chains.
    """

    destination: str
    source: str


class SecretPlace(TypedDict):
    """
    Where in the call the secret stands; not `filled` while only its maker knows it.
    """

    byteOffset: int
    bytes: int
    encoding: Literal["hex", "raw"]
    field: str
    filled: bool


class Signature(TypedDict):
    """
    Ed25519 over the canonical JSON of all other members.
    """

    algorithm: Literal["Ed25519"]
    keyId: str
    publicKey: str
    value: str


class SignedOrder(TypedDict):
    """
    The maker's signed order. Without `extension` it must be the order that the session offered.
    """

    extension: NotRequired[str]
    order: Order
    signature: str


Status: TypeAlias = Literal[
    "both_locked",
    "cancelled",
    "cancelling",
    "completed",
    "destination_locking",
    "executing",
    "failed",
    "initialized",
    "refunded",
    "refunding",
    "revealing_secret",
    "source_locked",
    "source_locking",
    "timeout",
]


class StatusLinkDocument(TypedDict):
    """
    Where the maker follows his swap. Whoever has the link can read the page, and do nothing else with it.
    """

    expiresAt: str | None
    number: int
    sessionId: str
    url: str | None


class StepDocument(TypedDict):
    """
    One of the five steps. `timestamp` is when it was completed, or failed.
    """

    error: Reason | None
    escrowAddress: str | None
    estimatedTime: int | None
    status: Literal["completed", "failed", "pending", "waiting"]
    step: Literal["complete", "destination_lock", "initialize", "reveal_secret", "source_lock"]
    timestamp: str | None
    txHash: str | None


class Token(TypedDict):
    """
    A short-lived JWT with the scopes of the key that it was made for, or fewer.
    """

    accessToken: str
    expiresIn: int
    scopes: list[str]
    tokenType: Literal["Bearer"]


class TokenWanted(TypedDict):
    """
    What the token shall be worth. Without a body: all that the key is worth, for a quarter of an hour.
    """

    expiresIn: NotRequired[int]
    scopes: NotRequired[list[str]]


class TransactionDocument(TypedDict):
    """
    One of our own transactions.
    """

    blockHeight: int | None
    chain: str
    explorer: str | None
    hash: str
    kind: Literal["call", "cancellation", "filler"]
    sentAt: str | None
    state: Literal["broadcast", "failed", "included", "replaced", "signed", "succeeded"]
    step: str


class TypedData(TypedDict):
    """
    EIP-712: hand it to `eth_signTypedData_v4` as it is.
    """

    domain: dict[str, Any]
    message: dict[str, Any]
    primaryType: str
    types: dict[str, list[dict[str, str]]]


class UpdateTransaction(TypedDict):
    """
    The transaction that an event tells of.
    """

    blockHeight: int | None
    chain: str
    hash: str
    kind: str
    state: str
    step: str


class Version(TypedDict):
    """
    Which service this is.
    """

    service: Literal["orchestrator"]
    timestamp: str
    version: str


class Auction(TypedDict):
    """
    The Dutch auction of this amount on this route and urgency, before all fees: from the start price through its points down
    to the end price, each stretch a straight line. It is what resolvers compete by; this service pays the quote's own
    `destinationAmount`, whenever the swap is made.
    """

    currentAmount: str
    currentPrice: str
    duration: int
    endAmount: str
    endPrice: str
    endTime: int
    initialRateBump: int
    points: list[AuctionPoint]
    startAmount: str
    startPrice: str
    startTime: int


class Clock(TypedDict):
    """
    What ticks: as of the moment of the answer, and no part of its ETag.
    """

    at: str
    destination: LegClock
    source: LegClock


class EvmTerms(TypedDict):
    """
    What an escrow must be; the timelocks bear its time of creation once it stands.
    """

    immutables: Immutables


class ExecuteSession(TypedDict):
    """
    `{"sourceLock": "self"}`, or the signed limit order.
    """

    confirmationLevel: NotRequired[Literal["fast", "normal", "secure"]]
    limitOrder: NotRequired[SignedOrder]
    sourceLock: NotRequired[Literal["order", "self"]]


class Explanation(TypedDict):
    """
    A reason code in words.
    """

    code: Reason
    happened: str
    title: str
    todo: str


class Fees(TypedDict):
    """
    What the swap costs besides its amounts. We pay the gas of all that we send; the maker that of his own calls.
    """

    protocol: ProtocolFee
    safetyDeposits: Deposits


class LegDocument(TypedDict):
    """
    One lock: what was agreed, which lock on chain it is, and what became of it. Times are the chain's.
    """

    amount: str
    chain: str
    claimFrom: str | None
    claimed: ChainTransactionRef | None
    confirmations: Confirmations | None
    contract: str
    expiresAt: str | None
    family: Literal["evm", "near"]
    lockHeight: int | None
    lockId: str | None
    lockTransaction: str | None
    locked: ChainTransactionRef | None
    payee: str
    refundableAt: str | None
    refunded: ChainTransactionRef | None
    refundee: str
    side: Literal["destination", "source"]
    state: Literal["absent", "claimed", "locked", "refunded", "seen"]
    terms: EvmTerms | NearTerms
    token: str
    verified: bool | None


class Legs(TypedDict):
    """
    Both locks of the swap.
    """

    destination: LegDocument
    source: LegDocument


class MarketDocument(TypedDict):
    """
    A token's price, and where it comes from.
    """

    asOf: str
    currency: Literal["USD"]
    price: str
    sources: list[PriceSource]
    spreadBps: int
    symbol: str


class NetworkFees(TypedDict):
    """
    What the network takes for the transactions that we send, on both chains.
    """

    amount: str | None
    chains: list[NetworkPart]
    status: Literal["charged", "shown", "unknown"]
    why: str


class OrderOffer(TypedDict):
    """
    The order that the maker may sign instead of locking himself. Send `order`, `signature` and `extension` to execute.
    """

    approve: Approval
    extension: str
    order: Order
    orderHash: str
    typedData: TypedData


class Pair(TypedDict):
    """
    Two tokens that can be swapped, in this direction, and how much of them in one swap at this moment.
    """

    available: str | None
    closed: str
    destination: Range
    destinationChain: str
    destinationToken: str
    open: bool
    pair: str
    source: Range
    sourceChain: str
    sourceToken: str


class Pairs(TypedDict):
    """
    Every pair.
    """

    count: int
    pairs: list[Pair]


class PayOption(TypedDict):
    """
    NEAR: another try of a payment that failed, by anyone.
    """

    available: bool
    call: RawNearCall
    reason: str | None
    who: str


class Plan(TypedDict):
    """
    The ladder: offsets in seconds after the lock of that side was made, fixed when the session was.
    """

    claims: Literal["destination_first", "source_first"]
    destination_cancellation: int
    destination_public_withdrawal: int
    destination_withdrawal: int
    margins: PlanMargins
    order_expires_at: int
    source_cancellation: int
    source_public_cancellation: int
    source_public_withdrawal: int
    source_withdrawal: int


class QuoteFees(TypedDict):
    """
    What the swap costs besides the amounts.
    """

    network: NetworkFees
    protocol: str
    protocolBps: int


class QuoteMarket(TypedDict):
    """
    The market that the quote was made from. `numerator`/`denominator`: destination base units for one source base unit.
    """

    denominator: str
    depth: str | None
    destination: MarketDocument
    impactCurve: list[list[int]]
    numerator: str
    source: MarketDocument


class ReceiptLeg(TypedDict):
    """
    One leg, complete enough to find and settle its lock without us.
    """

    amount: str
    chain: str
    contracts: EvmContracts | NearContracts
    family: Literal["evm", "near"]
    finality: str | int
    lock: ReceiptLock | None
    native: bool
    networkId: str
    payee: str
    publicClaim: bool
    publicRefund: bool
    refundee: str
    safetyDeposit: str
    stages: dict[str, int]
    terms: ReceiptEvmTerms | ReceiptNearTerms
    token: str


class ReceiptLegs(TypedDict):
    """
    Both legs.
    """

    destination: ReceiptLeg
    source: ReceiptLeg


RescueOption = TypedDict(
    "RescueOption",
    {
        "available": bool,
        "call": RawEvmCall | RawNearCall | None,
        "from": str | None,
        "fromSeconds": int | None,
        "pays": str,
        "reason": str | None,
        "secondsToWait": int | None,
        "secret": NotRequired[SecretPlace],
        "until": str | None,
        "untilSeconds": int | None,
        "who": str | None,
    },
)


class SessionProfit(TypedDict):
    """
    `earned = worth - destinationAmount - network`, at the market prices of this moment, in destination base units.
    """

    asOf: str
    destinationAmount: str
    earned: str
    expenses: list[PaidExpense]
    leastMarginBps: int | None
    marginBps: int
    network: str
    prices: list[MarketDocument]
    profitable: bool
    sessionId: str
    sourceAmount: str
    status: str
    worth: str


class UpdateData(TypedDict):
    """
    The particulars. Beside those named here an event may carry others, which its `cause` explains.
    """

    at: str
    cause: str
    chain: NotRequired[str]
    code: NotRequired[str]
    detail: NotRequired[str]
    differences: NotRequired[Any]
    legs: NotRequired[list[str]]
    lockId: NotRequired[str]
    phase: Literal[
        "both_locked",
        "cancelled",
        "cancelling",
        "completed",
        "execution",
        "failed",
        "initialization",
        "locking_destination",
        "locking_source",
        "refunded",
        "refunding",
        "revealing",
        "source_locked",
        "timeout",
    ]
    problems: NotRequired[list[str]]
    progress: int
    sourceLock: NotRequired[str]
    transaction: NotRequired[UpdateTransaction]


class KeptQuote(TypedDict):
    """
    A quote as it was given, and what has become of it; `standing` is not under the signature.
    """

    breakdown: Breakdown
    dutchAuction: Auction
    estimatedTime: EstimatedTime | None
    fees: QuoteFees
    issuedAt: str
    issuedTo: str
    kind: Literal["exactInput", "exactOutput"]
    market: QuoteMarket
    quote: QuoteAmounts
    quoteId: str | None
    route: QuoteRoute
    signature: QuoteSignature | None
    standing: QuoteStanding
    timelocks: QuoteTimelocks | None
    warnings: list[Oddity]


class NextDocument(TypedDict):
    """
    What the client should do now. `calls` and `limitOrder` stand only in answers about one session.
    """

    action: Literal[
        "execute",
        "hand_over_secret",
        "none",
        "rescue",
        "send_calls",
        "sign_order",
        "wait",
    ]
    calls: NotRequired[list[EvmCall | NearCall]]
    detail: str
    limitOrder: NotRequired[OrderOffer]
    sourceLocks: NotRequired[list[Literal["order", "self"]]]
    until: str | None
    url: str | None


class QuoteDocument(TypedDict):
    """
    What a swap would give now.
    """

    breakdown: Breakdown
    dutchAuction: Auction
    estimatedTime: EstimatedTime | None
    fees: QuoteFees
    issuedAt: str
    issuedTo: str
    kind: Literal["exactInput", "exactOutput"]
    market: QuoteMarket
    quote: QuoteAmounts
    quoteId: str | None
    route: QuoteRoute
    signature: QuoteSignature | None
    timelocks: QuoteTimelocks | None
    warnings: list[Oddity]


class QuoteHistory(TypedDict):
    """
    Quotes that were kept, newest first.
    """

    count: int
    history: list[QuoteDocument]


class Receipt(TypedDict):
    """
    All that a maker needs to get his money without us, signed. It never holds the secret.
    """

    createdAt: str
    createdAtSeconds: int
    custody: Literal["maker", "service"]
    expiresAt: str
    hashFunction: Literal["keccak256", "sha256"]
    hashlock: str
    issuedAt: str
    legs: ReceiptLegs
    margins: ReceiptMargins
    plan: dict[str, int]
    route: RouteNames
    sessionId: str
    signature: Signature
    status: Status
    type: Literal["1balancer.receipt"]
    version: int


class RescueLeg(TypedDict):
    """
    One lock, and what can be done with it.
    """

    amount: str
    chain: str
    chainTime: str | None
    claim: RescueOption
    contract: str
    family: Literal["evm", "near"]
    lockId: str | None
    pay: PayOption | None
    publicClaim: bool
    publicRefund: bool
    refund: RescueOption
    state: Literal["absent", "claimed", "locked", "refunded", "seen"]
    token: str


class RescueLegs(TypedDict):
    """
    Both legs.
    """

    destination: RescueLeg
    source: RescueLeg


class SecretAnswer(TypedDict):
    """
    The session whose secret was taken.
    """

    confirmationLevel: Literal["fast", "normal", "secure"]
    createdAt: str
    currentPhase: Literal[
        "both_locked",
        "cancelled",
        "cancelling",
        "completed",
        "execution",
        "failed",
        "initialization",
        "locking_destination",
        "locking_source",
        "refunded",
        "refunding",
        "revealing",
        "source_locked",
        "timeout",
    ]
    custody: Literal["maker", "service"]
    custodyNote: str
    destinationAmount: str
    destinationChain: str
    destinationToken: str
    dstEscrowAddress: str | None
    estimatedCompletionTime: int
    expirationTime: str
    expiresAt: str
    explanation: Explanation | None
    fees: Fees
    finishedAt: str | None
    hashFunction: Literal["keccak256", "sha256"]
    hashlock: str
    hashlockHash: str
    legs: Legs
    maker: str
    minimumDestinationAmount: str
    next: NextDocument
    nextAction: Literal[
        "execute",
        "hand_over_secret",
        "none",
        "rescue",
        "send_calls",
        "sign_order",
        "wait",
    ]
    orderHash: str | None
    progress: int
    quoteId: str | None
    reason: Reason | None
    receiptUrl: str
    requestWarnings: list[Oddity]
    requestedDestinationAmount: str
    rescueUrl: str
    secretState: Literal["held", "none", "public", "purged", "revealed"]
    seq: int
    sessionId: str
    slippageTolerance: int
    sourceAmount: str
    sourceChain: str
    sourceLock: Literal["order", "self"] | None
    sourceToken: str
    srcEscrowAddress: str | None
    status: Status
    statusLinkUrl: str
    steps: list[StepDocument]
    taker: str
    timelocks: Plan
    transactions: list[TransactionDocument]
    updatedAt: str
    warnings: list[Oddity]


class SessionAnswer(TypedDict):
    """
    One session, with what ticks.
    """

    clock: Clock
    confirmationLevel: Literal["fast", "normal", "secure"]
    createdAt: str
    currentPhase: Literal[
        "both_locked",
        "cancelled",
        "cancelling",
        "completed",
        "execution",
        "failed",
        "initialization",
        "locking_destination",
        "locking_source",
        "refunded",
        "refunding",
        "revealing",
        "source_locked",
        "timeout",
    ]
    custody: Literal["maker", "service"]
    custodyNote: str
    destinationAmount: str
    destinationChain: str
    destinationToken: str
    dstEscrowAddress: str | None
    estimatedCompletionTime: int
    expirationTime: str
    expiresAt: str
    explanation: Explanation | None
    fees: Fees
    finishedAt: str | None
    hashFunction: Literal["keccak256", "sha256"]
    hashlock: str
    hashlockHash: str
    legs: Legs
    maker: str
    margins: MarginsDocument
    minimumDestinationAmount: str
    next: NextDocument
    nextAction: Literal[
        "execute",
        "hand_over_secret",
        "none",
        "rescue",
        "send_calls",
        "sign_order",
        "wait",
    ]
    orderHash: str | None
    progress: int
    quoteId: str | None
    reason: Reason | None
    receiptUrl: str
    requestedDestinationAmount: str
    rescueUrl: str
    secretState: Literal["held", "none", "public", "purged", "revealed"]
    seq: int
    sessionId: str
    slippageTolerance: int
    sourceAmount: str
    sourceChain: str
    sourceLock: Literal["order", "self"] | None
    sourceToken: str
    srcEscrowAddress: str | None
    status: Status
    statusLinkUrl: str
    steps: list[StepDocument]
    taker: str
    timelocks: Plan
    transactions: list[TransactionDocument]
    updatedAt: str
    warnings: list[Oddity]


class SessionDocument(TypedDict):
    """
    The whole state of a swap. Nothing in it merely ticks: it changes when the swap does.
    """

    confirmationLevel: Literal["fast", "normal", "secure"]
    createdAt: str
    currentPhase: Literal[
        "both_locked",
        "cancelled",
        "cancelling",
        "completed",
        "execution",
        "failed",
        "initialization",
        "locking_destination",
        "locking_source",
        "refunded",
        "refunding",
        "revealing",
        "source_locked",
        "timeout",
    ]
    custody: Literal["maker", "service"]
    custodyNote: str
    destinationAmount: str
    destinationChain: str
    destinationToken: str
    dstEscrowAddress: str | None
    estimatedCompletionTime: int
    expirationTime: str
    expiresAt: str
    explanation: Explanation | None
    fees: Fees
    finishedAt: str | None
    hashFunction: Literal["keccak256", "sha256"]
    hashlock: str
    hashlockHash: str
    legs: Legs
    maker: str
    minimumDestinationAmount: str
    next: NextDocument
    nextAction: Literal[
        "execute",
        "hand_over_secret",
        "none",
        "rescue",
        "send_calls",
        "sign_order",
        "wait",
    ]
    orderHash: str | None
    progress: int
    quoteId: str | None
    reason: Reason | None
    receiptUrl: str
    requestedDestinationAmount: str
    rescueUrl: str
    secretState: Literal["held", "none", "public", "purged", "revealed"]
    seq: int
    sessionId: str
    slippageTolerance: int
    sourceAmount: str
    sourceChain: str
    sourceLock: Literal["order", "self"] | None
    sourceToken: str
    srcEscrowAddress: str | None
    status: Status
    statusLinkUrl: str
    steps: list[StepDocument]
    taker: str
    timelocks: Plan
    transactions: list[TransactionDocument]
    updatedAt: str
    warnings: list[Oddity]


class SessionPage(TypedDict):
    """
    Sessions, newest first.
    """

    next: str | None
    previous: str | None
    sessions: list[SessionDocument]


class SessionUpdate(TypedDict):
    """
    One event. `seq` counts up from 1 within its session, without a gap.
    """

    data: UpdateData
    seq: int
    sessionId: str
    status: Status
    type: Literal["session_update"]


class CancelAnswer(TypedDict):
    """
    The session that was called off.
    """

    confirmationLevel: Literal["fast", "normal", "secure"]
    createdAt: str
    currentPhase: Literal[
        "both_locked",
        "cancelled",
        "cancelling",
        "completed",
        "execution",
        "failed",
        "initialization",
        "locking_destination",
        "locking_source",
        "refunded",
        "refunding",
        "revealing",
        "source_locked",
        "timeout",
    ]
    custody: Literal["maker", "service"]
    custodyNote: str
    destinationAmount: str
    destinationChain: str
    destinationToken: str
    dstEscrowAddress: str | None
    estimatedCompletionTime: int
    expirationTime: str
    expiresAt: str
    explanation: Explanation | None
    fees: Fees
    finishedAt: str | None
    hashFunction: Literal["keccak256", "sha256"]
    hashlock: str
    hashlockHash: str
    legs: Legs
    maker: str
    minimumDestinationAmount: str
    next: NextDocument
    nextAction: Literal[
        "execute",
        "hand_over_secret",
        "none",
        "rescue",
        "send_calls",
        "sign_order",
        "wait",
    ]
    orderHash: str | None
    progress: int
    quoteId: str | None
    reason: Reason | None
    receiptUrl: str
    refundAddress: str
    requestWarnings: list[Oddity]
    requestedDestinationAmount: str
    rescueUrl: str
    secretState: Literal["held", "none", "public", "purged", "revealed"]
    seq: int
    sessionId: str
    slippageTolerance: int
    sourceAmount: str
    sourceChain: str
    sourceLock: Literal["order", "self"] | None
    sourceToken: str
    srcEscrowAddress: str | None
    status: Status
    statusLinkUrl: str
    steps: list[StepDocument]
    taker: str
    timelocks: Plan
    transactions: list[TransactionDocument]
    updatedAt: str
    warnings: list[Oddity]


class ExecuteAnswer(TypedDict):
    """
    The session that was started, and what its maker sends now.
    """

    calls: list[EvmCall | NearCall]
    confirmationLevel: Literal["fast", "normal", "secure"]
    createdAt: str
    currentPhase: Literal[
        "both_locked",
        "cancelled",
        "cancelling",
        "completed",
        "execution",
        "failed",
        "initialization",
        "locking_destination",
        "locking_source",
        "refunded",
        "refunding",
        "revealing",
        "source_locked",
        "timeout",
    ]
    custody: Literal["maker", "service"]
    custodyNote: str
    destinationAmount: str
    destinationChain: str
    destinationToken: str
    dstEscrowAddress: str | None
    estimatedCompletionTime: int
    expirationTime: str
    expiresAt: str
    explanation: Explanation | None
    fees: Fees
    finishedAt: str | None
    hashFunction: Literal["keccak256", "sha256"]
    hashlock: str
    hashlockHash: str
    legs: Legs
    maker: str
    minimumDestinationAmount: str
    next: NextDocument
    nextAction: Literal[
        "execute",
        "hand_over_secret",
        "none",
        "rescue",
        "send_calls",
        "sign_order",
        "wait",
    ]
    orderHash: str | None
    progress: int
    quoteId: str | None
    reason: Reason | None
    receiptUrl: str
    requestWarnings: list[Oddity]
    requestedDestinationAmount: str
    rescueUrl: str
    secretState: Literal["held", "none", "public", "purged", "revealed"]
    seq: int
    sessionId: str
    slippageTolerance: int
    sourceAmount: str
    sourceChain: str
    sourceLock: Literal["order", "self"] | None
    sourceToken: str
    srcEscrowAddress: str | None
    status: Status
    statusLinkUrl: str
    steps: list[StepDocument]
    taker: str
    timelocks: Plan
    trackingUrl: str
    transactions: list[TransactionDocument]
    updatedAt: str
    warnings: list[Oddity]


class Rescue(TypedDict):
    """
    Claim and refund on each leg.
    """

    legs: RescueLegs
    receipt: str
    secretIsPublic: bool
    sessionId: str
    status: Status


class SessionEvents(TypedDict):
    """
    What happened after `since`, in order.
    """

    events: list[SessionUpdate]
    sessionId: str
