"""Times and states in plain words."""

from datetime import UTC, datetime

from onebalancer_rescue.locks import Lock
from onebalancer_rescue.receipt import Leg

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def moment(seconds: int) -> str:
    """Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat().replace("+00:00", "Z")


def span(seconds: int) -> str:
    """A length of time in its two largest units."""
    parts, rest = [], max(0, seconds)
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def amount_of(leg: Leg) -> str:
    """An amount and its token."""
    return f"{leg.amount} base units of {'the native coin' if leg.native else leg.token}"


def lock_story(leg: Leg, lock: Lock, now: int) -> list[str]:
    """What stands there, and what can be done with it from when on."""
    lines = [f"{lock.id}: {lock.state}, made {moment(lock.created_at)}, {'final' if lock.final else 'NOT final yet'}"]
    lines += [f"NOT as agreed: {difference}; it can only be refunded" for difference in lock.differs]
    if lock.unpaid:
        lines.append("its payment failed: run the same command again to have it paid")
    if lock.state != "locked":
        return lines
    if not lock.differs:
        lines.append(
            "claim  " + _when(leg.public_claim, lock.claim_from, lock.claim_until, now) + f"; pays {leg.payee}"
        )
    return [*lines, "refund " + _when(leg.public_refund, lock.refund_from, None, now) + f"; pays {leg.refundee}"]


def _when(public: bool, start: int, end: int | None, now: int) -> str:
    if not public:
        return "only by the taker or holders of an access token"
    if end is not None and now >= end:
        return f"no more: it expired {moment(end)}"
    until = f" until {moment(end)}" if end is not None else ""
    if now < start:
        return f"by anyone from {moment(start)} (in {span(start - now)}){until}"
    return f"by anyone NOW{until}" + (f" ({span(end - now)} left)" if end is not None else "")
