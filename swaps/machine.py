"""The swap's state machine: pure, table-driven, level-triggered.

Rule 1: everything that decides what happens to a swap stands in this file. Rule 2: it decides from facts alone; the same
facts give the same decision, so a restart, a duplicate event or a reorg needs no path of its own.

`decide` takes one step at a time; its caller repeats it until the decision changes nothing. Times are unix seconds of
chain time. *Expired* is judged by the final head, *time left* by the later of the newest head and the wall clock.

A chain that is halted proves nothing: while one is, nothing is locked or revealed, no step is taken on the other chain on
the strength of it, and no end is decided. What a contract checks by itself is decided all the same: claims of a public secret,
and refunds. On the halted chain itself nothing is sent until the halt is lifted (docs/adr/0005).
"""

from dataclasses import dataclass, replace

from swaps.evidence import (
    ChainNow,
    ClaimOrder,
    Decision,
    Facts,
    LegFacts,
    Margins,
    Payout,
    Presence,
    Sending,
    Step,
)
from swaps.statuses import (
    EARLY,
    GIVEN_UP,
    TERMINAL,
    TRANSITIONS,
    IllegalTransition,
    Status,
    check_transition,
)

# fmt: off
__all__ = [
    "EARLY", "GIVEN_UP", "TERMINAL", "TRANSITIONS", "ChainNow", "ClaimOrder", "Decision", "Facts", "IllegalTransition",
    "LegFacts", "Margins", "Payout", "Presence", "Sending", "Status", "Step", "check_transition", "decide",
]
# fmt: on

_S = Status
UNSENT = (Sending.ABSENT, Sending.REVERTED)  # nothing of it is on its way, or can still arrive


@dataclass(frozen=True)
class _Side:
    """A leg with its chain's time and the steps that settle it."""

    leg: LegFacts
    now: ChainNow
    claim: Step
    refund: Step
    pay: Step

    @property
    def is_open(self) -> bool:
        """It is locked, and nobody has claimed or refunded it."""
        return bool(self.leg.lock) and not (self.leg.claim or self.leg.refund)

    @property
    def stands(self) -> bool:
        """Likewise, by a lock that is final."""
        return self.is_open and self.leg.lock is Presence.FINAL

    @property
    def claimable(self) -> bool:
        return self.stands and self.now.final < self.leg.expires_at

    @property
    def refundable(self) -> bool:
        return self.stands and self.now.final >= self.leg.refund_from


def decide(facts: Facts) -> Decision:
    """The next step for these facts. Steps already in flight or done are never asked for again."""
    decision = _decide(facts)
    if decision.status is not facts.status:
        check_transition(facts.status, decision.status)
    return replace(decision, steps=tuple(step for step in decision.steps if facts.state(step) in UNSENT))


def _decide(f: Facts) -> Decision:
    if f.status in TERMINAL:
        return _after_the_end(f)
    if f.status in EARLY:
        return _early(f)
    first, _ = _in_order(f)
    if first.leg.claim or (f.revealed and first.claimable):
        return _claiming(f)
    if f.status is _S.REVEALING_SECRET:
        return _unclaimed(f)
    if f.status in GIVEN_UP:
        return _going_back(f)
    return _going_on(f)


def _source(f: Facts) -> _Side:
    return _Side(f.source, f.source_now, Step.SOURCE_CLAIM, Step.SOURCE_REFUND, Step.SOURCE_PAY)


def _destination(f: Facts) -> _Side:
    steps = (Step.DESTINATION_CLAIM, Step.DESTINATION_REFUND, Step.DESTINATION_PAY)
    return _Side(f.destination, f.destination_now, *steps)


def _in_order(f: Facts) -> tuple[_Side, _Side]:
    """The side that is claimed first, which makes the secret public, and the other."""
    if f.claims is ClaimOrder.DESTINATION_FIRST:
        return _destination(f), _source(f)
    return _source(f), _destination(f)


def _after_the_end(f: Facts) -> Decision:
    """A lock that lands after the end is money again: it goes back."""
    late = f.source.lock is Presence.FINAL and not f.source.settled_and_paid
    may = f.status in (_S.CANCELLED, _S.FAILED)
    return Decision(_S.REFUNDING, reason="late_lock") if may and late else Decision(f.status)


# Until the source lock is final


def _early(f: Facts) -> Decision:
    if f.source.lock is Presence.ABSENT:
        return _nothing_locked(f)
    if f.status is not _S.SOURCE_LOCKING:
        return Decision(_S.SOURCE_LOCKING)
    return Decision(_S.SOURCE_LOCKED if f.source.lock is Presence.FINAL else _S.SOURCE_LOCKING)


def _nothing_locked(f: Facts) -> Decision:
    filling = f.state(Step.SOURCE_LOCK)
    if filling not in UNSENT:
        return Decision(_S.SOURCE_LOCKING)
    if f.cancel_requested:
        return Decision(_S.CANCELLED, reason="cancel_requested")
    if filling is Sending.REVERTED:
        return Decision(_S.FAILED, reason="order_not_fillable")
    if f.status is _S.SOURCE_LOCKING:
        return Decision(_S.EXECUTING, wake_at=f.expires_at)
    if f.source_now.wall >= f.expires_at:
        return Decision(_S.FAILED, reason="session_expired")
    if f.status is _S.INITIALIZED:
        return Decision(_S.EXECUTING if f.executed else _S.INITIALIZED, wake_at=f.expires_at)
    if f.order_mode and _both_open(f):
        return Decision(_S.SOURCE_LOCKING, steps=(Step.SOURCE_LOCK,))
    return Decision(_S.EXECUTING, wake_at=f.expires_at)


# Towards both locks and the reveal


def _going_on(f: Facts) -> Decision:
    if f.source.refund:
        return Decision(_S.REFUNDING, reason="source_refunded")
    if f.cancel_requested:
        return Decision(_S.CANCELLING, reason="cancel_requested")
    if f.source.lock is not Presence.FINAL:
        return _source_undone(f)
    if f.destination.lock is Presence.ABSENT:
        return _lock_destination(f)
    if f.status is _S.SOURCE_LOCKED or f.destination.lock is Presence.SEEN:
        return Decision(_S.DESTINATION_LOCKING)
    if f.status is _S.DESTINATION_LOCKING:
        return Decision(_S.BOTH_LOCKED)
    return _both_locked(f)


def _source_undone(f: Facts) -> Decision:
    """A reorg took back a lock that was believed. It may return, and until then only our own lock is looked after."""
    if _destination(f).refundable or _source_vanished(f):
        return Decision(_S.TIMEOUT, reason="source_lock_vanished")
    return Decision(f.status, wake_at=max(f.expires_at, f.destination.refund_from))


def _lock_destination(f: Facts) -> Decision:
    if f.status is _S.BOTH_LOCKED:
        return Decision(_S.DESTINATION_LOCKING, reason="destination_lock_vanished")
    sending = f.state(Step.DESTINATION_LOCK)
    deadline = _destination_deadline(f)
    left = deadline - max(f.source_now.latest, f.destination_now.latest)
    if sending not in UNSENT and left > 0:
        return Decision(_S.DESTINATION_LOCKING, wake_at=deadline)
    if left < f.margins.destination_needs:
        return Decision(_S.TIMEOUT, reason="too_late_for_the_destination_lock")
    if f.status is _S.DESTINATION_LOCKING:
        return Decision(_S.SOURCE_LOCKED, reason="destination_lock_failed")
    if not _both_open(f):
        return Decision(_S.SOURCE_LOCKED, wake_at=deadline)
    return Decision(_S.DESTINATION_LOCKING, steps=(Step.DESTINATION_LOCK,))


def _destination_deadline(f: Facts) -> int:
    """By when the first claim must be possible: the last moment that leaves the second one its time."""
    return f.source.expires_at - (f.margins.tail if f.claims is ClaimOrder.DESTINATION_FIRST else 0)


def _both_locked(f: Facts) -> Decision:
    first, second = _in_order(f)
    if not _reveal_is_safe(first, second, f.margins):
        return Decision(_S.TIMEOUT, reason="too_late_to_reveal")
    deadline = first.leg.expires_at - f.margins.reveal
    if not f.secret_held:
        return Decision(_S.BOTH_LOCKED, wake_at=deadline)
    if first.leg.verified is False or second.leg.verified is False:
        return Decision(_S.TIMEOUT, reason="a_lock_is_not_what_was_agreed")
    opens = max(first.leg.claim_from, second.leg.claim_from)
    if min(first.now.seen, second.now.seen) < opens:
        return Decision(_S.BOTH_LOCKED, wake_at=min(opens, deadline))
    if not _both_open(f):
        return Decision(_S.BOTH_LOCKED, wake_at=deadline)
    if not (first.leg.verified and second.leg.verified):
        return Decision(_S.BOTH_LOCKED, verify=True, wake_at=deadline)
    return Decision(_S.REVEALING_SECRET, steps=(first.claim,))


def _reveal_is_safe(first: _Side, second: _Side, margins: Margins) -> bool:
    left = first.leg.expires_at - first.now.latest
    outlived = second.leg.expires_at - first.leg.expires_at >= margins.tail
    return left > margins.reveal and outlived


# Once the secret is public


def _claiming(f: Facts) -> Decision:
    """Somebody has claimed, or may: each leg is claimed in its turn, and what nobody can claim any more goes back."""
    first, second = _in_order(f)
    if f.status is not _S.REVEALING_SECRET:
        return Decision(_S.REVEALING_SECRET, reason="the_secret_is_public")
    end = _end(f)
    if end is not None:
        return end
    steps = [*_unpaid(f)]
    if first.claimable:
        steps.append(first.claim)
    if first.leg.claim is Presence.FINAL and first.now.open:
        steps += [second.claim] if second.claimable else []
        steps += [second.refund] if second.refundable else []
    return Decision(_S.REVEALING_SECRET, steps=tuple(steps), wake_at=max(first.leg.expires_at, second.leg.expires_at))


def _unclaimed(f: Facts) -> Decision:
    """The secret is out, and its first claim cannot be made: not now, or never again."""
    first, _ = _in_order(f)
    expired = first.leg.lock is Presence.FINAL and first.now.final >= first.leg.expires_at and first.now.open
    ours = _destination_gone(f) or _destination(f).refundable
    gone = first.leg.lock is Presence.ABSENT and ours
    if expired or gone:
        return Decision(_S.TIMEOUT, reason="expired_after_reveal")
    return Decision(_S.REVEALING_SECRET, steps=_unpaid(f), wake_at=max(first.leg.expires_at, f.expires_at))


def _unpaid(f: Facts) -> tuple[Step, ...]:
    """Settled locks whose payout failed: anyone may have it tried again."""
    return tuple(side.pay for side in (_destination(f), _source(f)) if side.leg.payout is Payout.FAILED)


# Going back


def _going_back(f: Facts) -> Decision:
    """Everything that stands goes back: the destination first, then the source, each when its window is open."""
    if f.status is _S.TIMEOUT:
        return Decision(_S.REFUNDING)
    source, destination = _source(f), _destination(f)
    waits = [side.leg.refund_from for side in (destination, source) if side.is_open]
    if f.status is _S.CANCELLING:
        opened = not waits or source.refundable or destination.refundable
        return Decision(_S.REFUNDING if opened else _S.CANCELLING, wake_at=min(waits, default=None))
    end = _end(f)
    if end is not None:
        return end
    steps = list(_unpaid(f))
    if destination.refundable:
        steps.append(destination.refund)
    if source.refundable and _destination_gone(f) and f.destination_now.open:
        steps.append(source.refund)
    return Decision(_S.REFUNDING, steps=tuple(steps), wake_at=min(waits, default=f.expires_at))


def _end(f: Facts) -> Decision | None:
    """How it ended, once no money of this swap is locked, on its way, or able to land; None before."""
    if not (_both_open(f) and _destination_gone(f)):
        return None
    if _source_vanished(f):
        return Decision(_S.FAILED, reason="source_lock_vanished")
    if not f.source.settled_and_paid:
        return None
    if f.source.claim and f.destination.claim:
        return Decision(_S.COMPLETED)
    if f.destination.claim:
        return Decision(_S.FAILED, reason="source_refunded_after_destination_claim")
    if f.source.claim:
        return Decision(_S.FAILED, reason="destination_unpaid_after_source_claim")
    return Decision(_S.REFUNDED)


def _destination_gone(f: Facts) -> bool:
    """No destination lock of ours holds money, and none can still land."""
    if f.destination.lock is Presence.ABSENT:
        return f.state(Step.DESTINATION_LOCK) in UNSENT
    return f.destination.settled_and_paid


def _source_vanished(f: Facts) -> bool:
    """A reorg took the source lock, and it had until the session's expiry to come back."""
    returning = f.state(Step.SOURCE_LOCK) not in UNSENT or f.source_now.wall < f.expires_at
    return f.source.lock is Presence.ABSENT and not returning


def _both_open(f: Facts) -> bool:
    return f.source_now.open and f.destination_now.open
