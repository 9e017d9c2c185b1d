"""What the state machine decides from, and what it answers: plain values, no behaviour. Times are unix seconds of chain time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from swaps.statuses import Status


class Presence(IntEnum):
    """How surely something is on chain."""

    ABSENT = 0
    SEEN = 1
    FINAL = 2


class Step(StrEnum):
    """What we may send, each at most once for a session (a failed attempt may be followed by another)."""

    SOURCE_LOCK = "source_lock"
    DESTINATION_LOCK = "destination_lock"
    DESTINATION_CLAIM = "destination_claim"
    SOURCE_CLAIM = "source_claim"
    DESTINATION_REFUND = "destination_refund"
    SOURCE_REFUND = "source_refund"
    DESTINATION_PAY = "destination_pay"
    SOURCE_PAY = "source_pay"


class Sending(IntEnum):
    """Where an intent stands. IN_FLIGHT until a final block tells its end."""

    ABSENT = 0
    IN_FLIGHT = 1
    DONE = 2
    REVERTED = 3


class Payout(StrEnum):
    """Whether a settled lock's money arrived. On EVM chains settling and paying are one."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


class ClaimOrder(StrEnum):
    """Which leg is claimed first; that claim makes the secret public, and the other leg must outlive it."""

    DESTINATION_FIRST = "destination_first"
    SOURCE_FIRST = "source_first"

    @property
    def first_step(self) -> Step:
        """The claim that makes the secret public."""
        return Step.DESTINATION_CLAIM if self is ClaimOrder.DESTINATION_FIRST else Step.SOURCE_CLAIM


@dataclass(frozen=True)
class LegFacts:
    """One lock as its chain shows it; `verified` is the result of re-reading it, None while that was not done."""

    lock: Presence = Presence.ABSENT
    claim: Presence = Presence.ABSENT
    refund: Presence = Presence.ABSENT
    payout: Payout = Payout.PENDING
    claim_from: int = 0
    expires_at: int = 0
    refund_from: int = 0
    verified: bool | None = None

    @property
    def settled_and_paid(self) -> bool:
        return max(self.claim, self.refund) is Presence.FINAL and self.payout is Payout.PAID


@dataclass(frozen=True)
class ChainNow:
    """A chain's time: of its final head, of its newest head, and our clock's; `open` = its money is not halted."""

    final: int
    seen: int
    wall: int
    open: bool = True

    @property
    def latest(self) -> int:
        return max(self.seen, self.wall)


@dataclass(frozen=True)
class Margins:
    """Seconds, from `timelocks.py`. `reveal` is the time the first claim must still have, `source_tail` the time by
    which the leg that is claimed second must outlive the first (the source, in the default order of claims);
    `destination_needs` the shortest time worth making a destination lock for."""

    reveal: int
    source_tail: int
    destination_needs: int

    @property
    def tail(self) -> int:
        return self.source_tail


@dataclass(frozen=True)
class Facts:
    """Everything that the machine may know. `order_mode` = we fill the maker's signed order ourselves; `revealed` = the
    secret is public or may be, whoever published it."""

    status: Status
    source: LegFacts
    destination: LegFacts
    source_now: ChainNow
    destination_now: ChainNow
    margins: Margins
    expires_at: int
    order_mode: bool = False
    executed: bool = False
    cancel_requested: bool = False
    secret_held: bool = False
    revealed: bool = False
    sending: Mapping[Step, Sending] = field(default_factory=dict)
    claims: ClaimOrder = ClaimOrder.DESTINATION_FIRST

    def state(self, step: Step) -> Sending:
        return self.sending.get(step, Sending.ABSENT)


@dataclass(frozen=True)
class Decision:
    """The next status, what to send, whether both locks must be re-read first, and when to look again at the latest."""

    status: Status
    steps: tuple[Step, ...] = ()
    verify: bool = False
    wake_at: int | None = None
    reason: str = ""
