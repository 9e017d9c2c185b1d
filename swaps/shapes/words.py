"""The words that documents use, where their number is fixed."""

from typing import Annotated, Literal

from msgspec import Meta

SESSION_ID = "^sess_[a-z2-7]{24}$"

SessionId = Annotated[str, Meta(pattern=SESSION_ID, examples=["sess_4k7zq2f3w5x6y7a2b3c4d5e6"])]
ChainName = Annotated[
    str,
    Meta(
        description="a chain's name; `GET /quote/pairs` lists them",
        pattern="^[a-z0-9][a-z0-9_-]*$",
        examples=["base", "near"],
    ),
]
Account = Annotated[
    str,
    Meta(
        description="EVM: an address in lower case; NEAR: an account id",
        examples=["0x742d35cc6634c0532925a3b844bc9e7595f2bd4e", "alice.near"],
    ),
]
TokenId = Annotated[
    str,
    Meta(
        description="EVM: the contract in lower case, 0x and 40 zeros for the native coin; NEAR: the contract's account, or near",
        examples=["0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "usdt.near"],
    ),
]
TxHash = Annotated[
    str, Meta(description="EVM: 0x and 64 hexadecimal digits; NEAR: base58, of the transaction or the receipt")
]
LockId = Annotated[
    str, Meta(description="which lock on chain: an escrow's address, or the id of a lock in the NEAR HTLC")
]
Bps = Annotated[int, Meta(description="basis points: 100 are one percent", ge=0, le=10_000)]
Seconds = Annotated[int, Meta(description="seconds")]

Custody = Literal["maker", "service"]
HashFunction = Literal["sha256", "keccak256"]
SourceLock = Literal["self", "order"]
ConfirmationLevel = Literal["fast", "normal", "secure"]
SecretState = Literal["none", "held", "revealed", "public", "purged"]
Family = Literal["evm", "near"]
ClaimsOrder = Literal["destination_first", "source_first"]
StepName = Literal["initialize", "source_lock", "destination_lock", "reveal_secret", "complete"]
StepStatus = Literal["completed", "pending", "waiting", "failed"]
LegState = Literal["absent", "seen", "locked", "claimed", "refunded"]
NextAction = Literal["sign_order", "execute", "send_calls", "hand_over_secret", "wait", "rescue", "none"]
Phase = Literal[
    "initialization", "execution", "locking_source", "source_locked", "locking_destination", "both_locked", "revealing",
    "completed", "cancelled", "cancelling", "timeout", "refunding", "refunded", "failed",
]  # fmt: skip
