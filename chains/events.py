"""What a chain tells, in the same words for every family. Pure.

A watcher yields `Forward | Backward`; what it stores and what the apps above react to are `ObservedEvent`s.

**Hex** is lower-case: with 0x for EVM addresses, hashes and words; NEAR lock ids, hashlocks, secrets and salts are 64
characters without it. **Amounts** in a payload are decimal strings of base units, **times** integers of unix seconds.

| kind | payload on EVM | payload on NEAR: all terms, and |
| --- | --- | --- |
| lock_created, source | side, hashlock, immutables, complement, deployedAt | |
| lock_created, destination | side, hashlock, taker, deployedAt | |
| lock_claimed | secret | secret |
| lock_refunded | | |
| payout_succeeded, payout_failed | never: an escrow pays as it is settled | outcome (claimed or refunded) and secret |
| funds_rescued | token, amount | never |

The terms on NEAR are sender, receiver, token (null for the native coin), amount, hashlock, timelock, salt, state,
payout, createdAt and settledAt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

JSON = None | bool | int | str | Sequence["JSON"] | Mapping[str, "JSON"]
"""JSON without floats: an amount, a price or a time is never one."""

NANOSECONDS = 10**9


class EventKind(StrEnum):
    """What happened to a lock."""

    LOCK_CREATED = "lock_created"
    LOCK_CLAIMED = "lock_claimed"
    LOCK_REFUNDED = "lock_refunded"
    PAYOUT_SUCCEEDED = "payout_succeeded"
    PAYOUT_FAILED = "payout_failed"
    FUNDS_RESCUED = "funds_rescued"


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block's place in its chain. Hashes as the chain writes them: 0x hex on EVM, base58 on NEAR.

    `parent_hash` is that of the previous block that exists: NEAR skips heights.
    """

    height: int
    hash: str
    parent_hash: str
    timestamp_ns: int

    @property
    def timestamp(self) -> int:
        """Whole unix seconds, rounded down: what an EVM contract calls `block.timestamp`."""
        return self.timestamp_ns // NANOSECONDS


@dataclass(frozen=True, slots=True)
class ObservedEvent:
    """One event of one lock, at its place in a block.

    `lock_id` is the escrow's address (EVM) or the lock's id (NEAR); `contract` emitted it. `tx_hash` is the
    transaction's hash, on NEAR the id of the receipt that caused it; `index` is its position in the block (EVM: the
    log's index) or among the block's changes (NEAR).
    """

    kind: EventKind
    lock_id: str
    contract: str
    tx_hash: str
    index: int
    payload: dict[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forward:
    """The chain grew by `block`, in which `events` happened."""

    block: BlockRef
    events: tuple[ObservedEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Backward:
    """The chain reorganised: what was after `point` no longer stands."""

    point: BlockRef
