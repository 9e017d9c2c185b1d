"""What may be done with a lock now: the rules, the same on every chain. Nothing here asks a node."""

from dataclasses import dataclass

from onebalancer_rescue.errors import NotYet, Unsafe
from onebalancer_rescue.locks import ChainTime, Lock, hash_of
from onebalancer_rescue.receipt import Leg, Receipt
from onebalancer_rescue.words import moment, span

OTHER = {"source": "destination", "destination": "source"}


@dataclass(frozen=True)
class Seen:
    """One leg as its chain shows it now; `wall` is our own clock, unix seconds."""

    leg: Leg
    locks: list[Lock]
    time: ChainTime
    wall: int

    @property
    def late(self) -> int:
        """What time it may be by now at the latest: by this, time left is judged."""
        return max(self.time.head, self.wall)

    @property
    def agreed(self) -> list[Lock]:
        """Locks that are what was agreed."""
        return [lock for lock in self.locks if not lock.differs]


def public_secret(receipt: Receipt, legs: list[Seen]) -> bytes | None:
    """The secret, if a chain shows it."""
    shown = (lock.secret for seen in legs for lock in seen.locks if lock.secret)
    return next((secret for secret in shown if hash_of(secret, receipt.hash_function) == receipt.hashlock), None)


def refund_action(seen: Seen, lock: Lock) -> str | None:
    """ "refund", "pay" where only the payment failed, or None when there is nothing left to do. Raises `NotYet`, `Unsafe`."""
    if lock.unpaid:
        return "pay"
    if lock.state != "locked":
        return None
    if not seen.leg.public_refund:
        raise Unsafe(
            "these contracts let only the taker, or holders of an access token, refund: nothing can be done here"
        )
    if seen.time.head < lock.refund_from:
        raise _not_yet("a refund", lock, lock.refund_from, seen)
    return "refund"


def claim_action(receipt: Receipt, seen: Seen, lock: Lock, *, public: bool, accept_risk: bool) -> str | None:
    """ "claim", "pay" or None, as above. `public`: the secret is known to everyone already. Raises `NotYet`, `Unsafe`."""
    if lock.unpaid:
        return "pay"
    if lock.state == "claimed":
        return None
    if lock.state != "locked":
        raise Unsafe(f"{lock.id} is {lock.state}: there is nothing left to claim, and the secret stays secret")
    if not seen.leg.public_claim:
        raise Unsafe(
            "these contracts let only the taker, or holders of an access token, claim: nothing can be done here"
        )
    if seen.late >= lock.claim_until:
        raise Unsafe(f"{lock.id} expired at {moment(lock.claim_until)}: a claim would fail and give the secret away")
    if not lock.final:
        raise NotYet(f"{lock.id} is not final yet: it could vanish, and the secret would be out")
    if seen.time.head < lock.claim_from:
        raise _not_yet("a claim by anyone", lock, lock.claim_from, seen)
    if not public and not accept_risk:
        _must_be_safe(receipt, seen, lock)
    return "claim"


def _must_be_safe(receipt: Receipt, seen: Seen, lock: Lock) -> None:
    left = lock.claim_until - seen.late
    if left <= receipt.reveal_margin:
        raise Unsafe(
            f"{lock.id} expires in {span(left)}; a secret should not leave with less than {span(receipt.reveal_margin)} left, "
            f"for if the claim comes too late the other side has the secret for nothing (--accept-risk sends it all the same)"
        )
    if seen.leg.side == "source":
        raise Unsafe(
            "claiming the source pays the other side and makes the secret public while the destination is unclaimed: claim the "
            "destination first (--accept-risk does it all the same)"
        )


def _not_yet(what: str, lock: Lock, opens: int, seen: Seen) -> NotYet:
    wait = span(opens - seen.time.head)
    return NotYet(
        f"too early: the contract refuses {what} of {lock.id} until {moment(opens)}, which is in {wait}", opens
    )


def warnings_before_claim(receipt: Receipt, other: Seen | None, chain: str) -> list[str]:
    """What is odd about the source before its secret comes out on the destination."""
    if other is None:
        return [f"the source was not looked at: a node of its own, --rpc {chain}=URL, would have it checked"]
    standing = [lock for lock in other.agreed if lock.state == "locked"]
    if not standing:
        states = ", ".join(sorted({lock.state for lock in other.locks})) or "nothing was locked there"
        return [f"the source lock does not stand ({states}): the other side gets nothing for what you claim"]
    lock = standing[0]
    told = [] if lock.final else ["the source lock is not final yet"]
    if other.late + receipt.reveal_margin >= lock.claim_until:
        told.append(
            f"the source lock can be claimed only until {moment(lock.claim_until)}: the other side may not make it"
        )
    return told
