"""The swap's state machine: pure, table-driven, level-triggered.

Rule 1: everything that decides what happens to a swap stands in this file. Rule 2: it decides from facts alone; the same
facts give the same decision, so a restart, a duplicate event or a reorg needs no path of its own.

`decide` takes one step at a time; its caller repeats it until the decision changes nothing. Times are unix seconds of
chain time. *Expired* is judged by the final head, *time left* by the later of the newest head and the wall clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Status(StrEnum):
    """The API's words (seed 002), with what is true on chain."""

    INITIALIZED = "initialized"  # nothing is locked, nothing was asked for
    EXECUTING = "executing"  # we wait for the maker's lock
    SOURCE_LOCKING = "source_locking"  # a source lock was sent or seen, and is not final
    SOURCE_LOCKED = "source_locked"  # the source lock is final and right
    DESTINATION_LOCKING = "destination_locking"  # our lock was ordered or seen, and is not final
    BOTH_LOCKED = "both_locked"  # both locks are final; the secret is not out
    REVEALING_SECRET = "revealing_secret"  # the secret is out, or may be: we only claim
    COMPLETED = "completed"  # both locks are claimed and paid, finally
    CANCELLED = "cancelled"  # called off before anything was locked
    CANCELLING = "cancelling"  # called off with a lock standing: it goes back at its expiry
    TIMEOUT = "timeout"  # too late to go on safely
    REFUNDING = "refunding"  # every lock that stands goes back as soon as its contract allows it
    REFUNDED = "refunded"  # every lock went back, finally
    FAILED = "failed"  # nothing is locked and nothing is in flight; `reason` says why


EARLY = frozenset({Status.INITIALIZED, Status.EXECUTING, Status.SOURCE_LOCKING})
TERMINAL = frozenset({Status.COMPLETED, Status.CANCELLED, Status.REFUNDED, Status.FAILED})
GIVEN_UP = frozenset({Status.CANCELLING, Status.TIMEOUT, Status.REFUNDING})

_S = Status
_GIVE_UP = {_S.CANCELLING: "cancel requested", _S.TIMEOUT: "too late to go on safely"}
_CLAIMED_ELSEWHERE = {_S.REVEALING_SECRET: "the destination was claimed: its secret is public"}
_LATE_LOCK = {_S.REFUNDING: "a lock landed late: it goes back"}

# The only moves there are. The diagrams in the docs and in the admin are drawn from this table.
TRANSITIONS: Mapping[Status, Mapping[Status, str]] = {
    _S.INITIALIZED: {
        _S.EXECUTING: "execute",
        _S.SOURCE_LOCKING: "the maker's lock was seen before execute",
        _S.CANCELLED: "cancel requested",
        _S.FAILED: "the session expired",
    },
    _S.EXECUTING: {
        _S.SOURCE_LOCKING: "source lock sent or seen",
        _S.CANCELLED: "cancel requested",
        _S.FAILED: "the session expired",
    },
    _S.SOURCE_LOCKING: {
        _S.SOURCE_LOCKED: "source lock final",
        _S.EXECUTING: "a reorg undid the maker's lock",
        _S.FAILED: "the order could not be filled",
        _S.CANCELLED: "cancel requested, and nothing was locked",
        _S.REFUNDING: "refunded by its maker",
        **_GIVE_UP,
    },
    _S.SOURCE_LOCKED: {
        _S.DESTINATION_LOCKING: "destination lock ordered",
        _S.REFUNDING: "refunded",
        **_CLAIMED_ELSEWHERE,
        **_GIVE_UP,
    },
    _S.DESTINATION_LOCKING: {
        _S.BOTH_LOCKED: "destination lock final",
        _S.SOURCE_LOCKED: "the destination lock failed for good",
        _S.REFUNDING: "refunded",
        **_CLAIMED_ELSEWHERE,
        **_GIVE_UP,
    },
    _S.BOTH_LOCKED: {
        _S.REVEALING_SECRET: "secret released into the claim",
        _S.REFUNDING: "refunded",
        **_GIVE_UP,
    },
    _S.REVEALING_SECRET: {
        _S.COMPLETED: "both claims final",
        _S.TIMEOUT: "the destination expired unclaimed",
        _S.FAILED: "the destination was claimed and the source was refunded",
    },
    _S.CANCELLING: {_S.REFUNDING: "the refund window opened", **_CLAIMED_ELSEWHERE},
    _S.TIMEOUT: {_S.REFUNDING: "by itself", **_CLAIMED_ELSEWHERE},
    _S.REFUNDING: {_S.REFUNDED: "every refund final", **_CLAIMED_ELSEWHERE},
    _S.CANCELLED: _LATE_LOCK,
    _S.FAILED: _LATE_LOCK,
    _S.COMPLETED: {},
    _S.REFUNDED: {},
}


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
    """Seconds, from `timelocks.py`. `reveal` is the time a claim on the destination must still have, `source_tail` the
    time the source must outlive it; `destination_needs` the shortest destination lock worth making."""

    reveal: int
    source_tail: int
    destination_needs: int


@dataclass(frozen=True)
class Facts:
    """Everything that the machine may know. `order_mode` = we fill the maker's signed order ourselves."""

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


class IllegalTransition(Exception):
    """A move that `TRANSITIONS` does not have: a bug of ours, and nothing happens."""


def check_transition(old: Status, new: Status) -> None:
    """Raise `IllegalTransition` unless the table has the move."""
    if new not in TRANSITIONS[old]:
        raise IllegalTransition(f"no transition from {old} to {new}")


def decide(facts: Facts) -> Decision:
    """The next step for these facts. Steps already in flight or done are never asked for again."""
    decision = _decide(facts)
    if decision.status is not facts.status:
        check_transition(facts.status, decision.status)
    return Decision(
        decision.status,
        tuple(step for step in decision.steps if facts.state(step) in (Sending.ABSENT, Sending.REVERTED)),
        decision.verify,
        decision.wake_at,
        decision.reason,
    )


def _decide(f: Facts) -> Decision:
    if f.status in (_S.COMPLETED, _S.REFUNDED):
        return Decision(f.status)
    if f.status in (_S.CANCELLED, _S.FAILED):
        return _after_the_end(f)
    if f.source.lock is Presence.ABSENT and f.destination.lock is Presence.ABSENT:
        return _nothing_locked(f)
    if f.destination.claim:
        return _claimed(f)
    if f.source.refund and f.status not in GIVEN_UP and not f.revealed:
        early = f.status in (_S.INITIALIZED, _S.EXECUTING)
        return Decision(_S.SOURCE_LOCKING if early else _S.REFUNDING, reason="source_refunded")
    if f.status in GIVEN_UP:
        return _going_back(f)
    return _going_on(f)


def _after_the_end(f: Facts) -> Decision:
    """A lock that lands after the end is money again: it goes back."""
    stands = f.source.lock is Presence.FINAL and not f.source.settled_and_paid
    return Decision(_S.REFUNDING, reason="late_lock") if stands else Decision(f.status)


def _nothing_locked(f: Facts) -> Decision:
    filling = f.state(Step.SOURCE_LOCK)
    if f.status not in EARLY:  # a final lock is gone: its chain is halted, and nothing is guessed
        return Decision(f.status)
    if filling in (Sending.IN_FLIGHT, Sending.DONE):
        return Decision(_S.SOURCE_LOCKING)
    if f.cancel_requested:
        return Decision(_S.CANCELLED, reason="cancel_requested")
    if filling is Sending.REVERTED:
        return Decision(_S.FAILED, reason="order_not_fillable")
    if f.source_now.wall >= f.expires_at and f.status in (_S.INITIALIZED, _S.EXECUTING):
        return Decision(_S.FAILED, reason="session_expired")
    if not f.executed:
        return Decision(_S.INITIALIZED if f.status is _S.INITIALIZED else _S.EXECUTING, wake_at=f.expires_at)
    if f.status is _S.INITIALIZED:
        return Decision(_S.EXECUTING, wake_at=f.expires_at)
    if f.order_mode and f.source_now.open:
        return Decision(_S.SOURCE_LOCKING, steps=(Step.SOURCE_LOCK,))
    return Decision(_S.EXECUTING, wake_at=f.expires_at)


def _going_on(f: Facts) -> Decision:
    """Towards both locks and the reveal."""
    if f.revealed:
        return _revealed(f)
    if f.source.lock is not Presence.FINAL:
        return Decision(_S.SOURCE_LOCKING if f.status in EARLY else f.status)
    if f.status in (_S.INITIALIZED, _S.EXECUTING):
        return Decision(_S.SOURCE_LOCKING)
    if f.status is _S.SOURCE_LOCKING:
        return Decision(_S.SOURCE_LOCKED)
    if f.cancel_requested:
        return Decision(_S.CANCELLING, reason="cancel_requested")
    if f.status is _S.BOTH_LOCKED and f.destination.lock is not Presence.FINAL:
        return Decision(f.status)
    if f.destination.lock is Presence.ABSENT:
        return _lock_destination(f)
    if f.status is _S.SOURCE_LOCKED or f.destination.lock is Presence.SEEN:
        return Decision(_S.DESTINATION_LOCKING)
    if f.status is _S.DESTINATION_LOCKING:
        return Decision(_S.BOTH_LOCKED)
    return _both_locked(f)


def _lock_destination(f: Facts) -> Decision:
    sending = f.state(Step.DESTINATION_LOCK)
    deadline = f.source.expires_at - f.margins.source_tail
    left = deadline - max(f.source_now.latest, f.destination_now.latest)
    if sending in (Sending.IN_FLIGHT, Sending.DONE) and left > 0:
        return Decision(_S.DESTINATION_LOCKING, wake_at=deadline)
    if left < f.margins.destination_needs:
        return Decision(_S.TIMEOUT, reason="too_late_for_the_destination_lock")
    if sending is Sending.REVERTED and f.status is _S.DESTINATION_LOCKING:
        return Decision(_S.SOURCE_LOCKED, reason="destination_lock_failed")
    if not f.destination_now.open:
        return Decision(_S.SOURCE_LOCKED, wake_at=f.source.expires_at)
    return Decision(_S.DESTINATION_LOCKING, steps=(Step.DESTINATION_LOCK,))


def _both_locked(f: Facts) -> Decision:
    if not _reveal_is_safe(f):
        return Decision(_S.TIMEOUT, reason="too_late_to_reveal")
    deadline = f.destination.expires_at - f.margins.reveal
    if not f.secret_held:
        return Decision(_S.BOTH_LOCKED, wake_at=deadline)
    if f.source.verified is False or f.destination.verified is False:
        return Decision(_S.TIMEOUT, reason="a_lock_is_not_what_was_agreed")
    opens = max(f.destination.claim_from, f.source.claim_from)
    if min(f.destination_now.seen, f.source_now.seen) < opens:
        return Decision(_S.BOTH_LOCKED, wake_at=min(opens, deadline))
    if not (f.source_now.open and f.destination_now.open):
        return Decision(_S.BOTH_LOCKED, wake_at=deadline)
    if not (f.source.verified and f.destination.verified):
        return Decision(_S.BOTH_LOCKED, verify=True, wake_at=deadline)
    return Decision(_S.REVEALING_SECRET, steps=(Step.DESTINATION_CLAIM,))


def _reveal_is_safe(f: Facts) -> bool:
    destination_left = f.destination.expires_at - f.destination_now.latest
    outlived = f.source.expires_at - f.destination.expires_at >= f.margins.source_tail
    return destination_left > f.margins.reveal and outlived


def _revealed(f: Facts) -> Decision:
    """The secret may be public: claim the destination for the maker until that is impossible."""
    if f.destination.refund or f.destination_now.final >= f.destination.expires_at:
        return Decision(_S.TIMEOUT, reason="destination_expired_after_reveal")
    return Decision(_S.REVEALING_SECRET, steps=(Step.DESTINATION_CLAIM,), wake_at=f.destination.expires_at)


def _claimed(f: Facts) -> Decision:
    """The destination is claimed, by us or by whoever had the secret: the source is ours, once that is final."""
    if f.status is not _S.REVEALING_SECRET:
        return Decision(_S.REVEALING_SECRET, reason="destination_claimed")
    if f.destination.claim is not Presence.FINAL:
        return Decision(_S.REVEALING_SECRET)
    if f.source.refund is Presence.FINAL and f.source.settled_and_paid and f.destination.payout is Payout.PAID:
        return Decision(_S.FAILED, reason="source_refunded_after_destination_claim")
    if f.source.settled_and_paid and f.destination.settled_and_paid:
        return Decision(_S.COMPLETED)
    steps = [Step.SOURCE_CLAIM] if f.source.lock is Presence.FINAL and not (f.source.claim or f.source.refund) else []
    return Decision(_S.REVEALING_SECRET, steps=(*steps, *_unpaid(f)), wake_at=f.source.expires_at)


def _unpaid(f: Facts) -> tuple[Step, ...]:
    """Settled locks whose payout failed: anyone may have it tried again."""
    legs = ((f.destination, Step.DESTINATION_PAY), (f.source, Step.SOURCE_PAY))
    return tuple(step for leg, step in legs if leg.payout is Payout.FAILED)


def _going_back(f: Facts) -> Decision:
    """Everything that stands goes back: the destination first, then the source, each when its window is open."""
    if f.status is _S.TIMEOUT:
        return Decision(_S.REFUNDING)
    legs = ((f.destination, f.destination_now), (f.source, f.source_now))
    waits = [leg.refund_from for leg, _ in legs if leg.lock and not leg.refund]
    if f.status is _S.CANCELLING:
        opened = not waits or any(leg.lock and now.final >= leg.refund_from for leg, now in legs)
        return Decision(_S.REFUNDING if opened else _S.CANCELLING, wake_at=min(waits, default=None))
    destination_gone = _destination_gone(f)
    if destination_gone and f.source.refund is Presence.FINAL and f.source.settled_and_paid:
        return Decision(_S.REFUNDED)
    steps = list(_unpaid(f))
    if _refundable(f.destination, f.destination_now):
        steps.append(Step.DESTINATION_REFUND)
    if destination_gone and _refundable(f.source, f.source_now):
        steps.append(Step.SOURCE_REFUND)
    return Decision(_S.REFUNDING, steps=tuple(steps), wake_at=min(waits, default=None))


def _destination_gone(f: Facts) -> bool:
    """No destination lock of ours stands, and none can still land."""
    if f.destination.lock is Presence.ABSENT:
        return f.state(Step.DESTINATION_LOCK) in (Sending.ABSENT, Sending.REVERTED)
    return f.destination.refund is Presence.FINAL and f.destination.settled_and_paid


def _refundable(leg: LegFacts, now: ChainNow) -> bool:
    return leg.lock is Presence.FINAL and not (leg.claim or leg.refund) and now.final >= leg.refund_from
