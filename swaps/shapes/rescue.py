"""What a maker needs to do without us: receipts, and the calls that claim and refund."""
# ruff: noqa: N815  (the names are JSON's)

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Amount, Hash32, Hex, Moment, Url, one_of
from swaps.shapes.words import (
    Account,
    ChainName,
    Custody,
    Family,
    HashFunction,
    LegState,
    LockId,
    SessionId,
    TokenId,
    TxHash,
)
from swaps.statuses import Status


class RawEvmCall(TypedDict):
    """A transaction that any funded account can send."""

    chainId: int
    to: str
    data: Hex
    value: Annotated[str, Meta(pattern="^[0-9]+$")]
    signature: Annotated[str, Meta(description="the function, for a block explorer's form")]


class NearAction(TypedDict):
    """A function call action; `args` and `argsBase64` say the same."""

    type: Literal["FunctionCall"]
    methodName: str
    args: dict[str, Any]
    argsBase64: str
    gas: Annotated[str, Meta(pattern="^[0-9]+$")]
    deposit: Annotated[str, Meta(pattern="^[0-9]+$")]


class RawNearCall(TypedDict):
    """A transaction that any NEAR account can send."""

    networkId: str
    receiverId: str
    actions: list[NearAction]


if TYPE_CHECKING:
    RawCall = RawEvmCall | RawNearCall
else:
    RawCall = one_of(RawEvmCall, RawNearCall)


class SecretPlace(TypedDict):
    """Where in the call the secret stands; not `filled` while only its maker knows it."""

    filled: bool
    bytes: int
    field: str
    byteOffset: int
    encoding: Literal["raw", "hex"]


class _From(TypedDict("_From", {"from": Moment | None})):
    pass


class RescueOption(_From):
    """Whether, when and by whom a lock can be settled on chain now, and the call. Times are chain time."""

    available: bool
    reason: Annotated[str | None, Meta(description="why not now")]
    fromSeconds: int | None
    until: Moment | None
    untilSeconds: int | None
    secondsToWait: int | None
    who: str | None
    pays: Annotated[Account, Meta(description="who receives the amount, whoever calls")]
    call: RawCall | None
    secret: NotRequired[Annotated[SecretPlace, Meta(description="claims alone")]]


class PayOption(TypedDict):
    """NEAR: another try of a payment that failed, by anyone."""

    available: bool
    reason: str | None
    who: str
    call: RawNearCall


class RescueLeg(TypedDict):
    """One lock, and what can be done with it."""

    chain: ChainName
    family: Family
    state: LegState
    lockId: LockId | None
    contract: str
    token: TokenId
    amount: Amount
    chainTime: Moment | None
    publicClaim: bool
    publicRefund: bool
    claim: RescueOption
    refund: RescueOption
    pay: PayOption | None


class RescueLegs(TypedDict):
    """Both legs."""

    source: RescueLeg
    destination: RescueLeg


class Rescue(TypedDict):
    """Claim and refund on each leg."""

    sessionId: SessionId
    status: Status
    secretIsPublic: bool
    receipt: Url
    legs: RescueLegs


class Signature(TypedDict):
    """Ed25519 over the canonical JSON of all other members."""

    algorithm: Literal["Ed25519"]
    keyId: str
    publicKey: Annotated[str, Meta(description="32 bytes, hex", pattern="^[0-9a-f]{64}$")]
    value: Annotated[str, Meta(description="64 bytes, hex", pattern="^[0-9a-f]{128}$")]


class EvmContracts(TypedDict):
    """Where escrows come from."""

    factory: str
    escrowImplementation: str
    resolver: str
    limitOrderProtocol: str | None


class NearContracts(TypedDict):
    """Where locks are."""

    htlc: str


class ReceiptLock(TypedDict):
    """Which lock it is, and its times, once it was seen."""

    id: LockId
    height: int
    transaction: TxHash
    createdAtSeconds: int
    terms: Annotated[dict[str, Any], Meta(description="as in the leg's terms, with the times that the lock fixed")]
    claimFrom: Moment
    publicClaimFrom: Moment
    expiresAt: Moment
    refundFrom: Moment
    publicRefundFrom: Moment


class ReceiptEvmTerms(TypedDict):
    """What the escrow's address is derived from, and the order hashes that it may bear."""

    orderHash: Hash32
    hashlock: Hash32
    maker: str
    taker: str
    token: str
    amount: Amount
    safetyDeposit: Amount
    timelocks: str
    orderHashes: list[Hash32]


class ReceiptNearTerms(TypedDict):
    """What the lock's id is derived from; `timelock` is null while it is open."""

    sender: str
    receiver: str
    token: str | None
    amount: Amount
    hashlock: str
    salt: str
    timelock: int | None


if TYPE_CHECKING:
    Contracts = EvmContracts | NearContracts
    ReceiptTerms = ReceiptEvmTerms | ReceiptNearTerms
else:
    Contracts = one_of(EvmContracts, NearContracts)
    ReceiptTerms = one_of(ReceiptEvmTerms, ReceiptNearTerms)


class ReceiptLeg(TypedDict):
    """One leg, complete enough to find and settle its lock without us."""

    chain: ChainName
    family: Family
    networkId: str
    contracts: Contracts
    token: TokenId
    native: bool
    amount: Amount
    safetyDeposit: Amount
    payee: Account
    refundee: Account
    publicClaim: Annotated[bool, Meta(description="whether the contract lets anyone claim for the payee")]
    publicRefund: Annotated[bool, Meta(description="whether the contract lets anyone refund the refundee")]
    finality: Annotated[str | int, Meta(description="what counts as final: a block tag, or confirmations")]
    stages: Annotated[
        dict[str, int], Meta(description="EVM: seconds after the escrow's creation at which each stage begins")
    ]
    terms: ReceiptTerms
    lock: ReceiptLock | None


class ReceiptLegs(TypedDict):
    """Both legs."""

    source: ReceiptLeg
    destination: ReceiptLeg


class RouteNames(TypedDict):
    """The two chains."""

    source: ChainName
    destination: ChainName


class ReceiptMargins(TypedDict):
    """Seconds that must be left for a safe reveal, and after it."""

    reveal: int
    tail: int


class Receipt(TypedDict):
    """All that a maker needs to get his money without us, signed. It never holds the secret."""

    type: Literal["1balancer.receipt"]
    version: int
    sessionId: SessionId
    issuedAt: Moment
    createdAt: Moment
    createdAtSeconds: int
    expiresAt: Moment
    status: Status
    route: RouteNames
    custody: Custody
    hashFunction: HashFunction
    hashlock: Hash32
    plan: Annotated[dict[str, int], Meta(description="offsets in seconds after each lock")]
    margins: ReceiptMargins
    legs: ReceiptLegs
    signature: Signature


class PublicKey(TypedDict):
    """A key whose receipts are ours."""

    keyId: str
    algorithm: Literal["Ed25519"]
    publicKey: Annotated[str, Meta(description="32 bytes, hex", pattern="^[0-9a-f]{64}$")]
    current: Annotated[bool, Meta(description="whether it signs now")]


class ReceiptKeys(TypedDict):
    """The public keys that sign our receipts."""

    type: Literal["1balancer.receipt"]
    keys: list[PublicKey]
