"""The timeline: every transition with its cause, who caused it, and how long it took."""

from dataclasses import dataclass
from typing import Any

from swaps.models import SessionTransition
from swaps.page.words import plain, told
from swaps.reasons import REASONS
from swaps.statuses import TRANSITIONS, Status

CAUSES = {
    "created": "The session was made",
    "execute": "Its maker asked us to execute",
    "cancel_requested": "It was called off",
    "secret_received": "The maker handed over the secret",
    "refund_requested": "A refund was ordered",
    "stray_lock": "A lock that is not what was agreed was found",
    "stray_stands": "A lock that is not what was agreed does not go back",
    "lock_not_recognised": "A lock is not what was agreed",
    "not_admitted": "The lock came before execute, and was not admitted",
    "verification_failed": "A lock was re-read from its chain, and is wrong",
}
SHOWN = ("problems", "differences", "reason", "lockId", "side", "leg", "chain")


@dataclass(frozen=True)
class Happened:
    """One transition. `took` are the seconds since the one before it, None for the first one shown."""

    seq: int
    at: int
    old: str
    new: str
    title: str
    actor: str
    took: int | None
    details: tuple[tuple[str, str], ...]

    @property
    def moved(self) -> bool:
        return self.old != self.new


@dataclass(frozen=True)
class History:
    """Newest first. `earlier` are those before the ones that are shown."""

    happened: tuple[Happened, ...]
    earlier: int
    spent: tuple[tuple[str, int], ...]


def history(transitions: tuple[SessionTransition, ...], earlier: int = 0) -> History:
    """The timeline of transitions in their order, and how long each status lasted (whole seconds; not the one it is in)."""
    rows: list[Happened] = []
    before: int | None = None
    spent: dict[str, int] = {}
    for one in transitions:
        at = int(one.at.timestamp())
        took: int | None = None if before is None else max(0, at - before)
        if took is not None:
            spent[plain(one.from_status)] = spent.get(plain(one.from_status), 0) + took
        rows.append(_happened(one, at, took))
        before = at
    return History(tuple(reversed(rows)), earlier, tuple((name, seconds) for name, seconds in spent.items() if seconds))


def _happened(one: SessionTransition, at: int, took: int | None) -> Happened:
    return Happened(
        seq=one.seq,
        at=at,
        old=plain(one.from_status),
        new=plain(one.to_status),
        title=_title(one),
        actor=one.actor,
        took=took,
        details=_details(one.data),
    )


def _title(one: SessionTransition) -> str:
    reason = REASONS.get(one.cause)
    if one.cause in CAUSES:
        return CAUSES[one.cause]
    if reason is not None:
        return reason.title
    if one.cause == one.to_status:
        return _move(one)
    what, _, state = one.cause.partition(":")
    return f"{plain(what).capitalize()}: {plain(state)}" if state else told(plain(one.cause)).capitalize()


def _move(one: SessionTransition) -> str:
    """A move without a cause of its own: the table's word for it."""
    if one.from_status not in set(Status) or one.to_status not in set(Status):
        return plain(one.to_status).capitalize()
    cause = TRANSITIONS[Status(one.from_status)].get(Status(one.to_status), plain(one.to_status))
    return cause[:1].upper() + cause[1:]


def _details(data: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a cause tells beside, of the members that are known to be harmless."""
    return tuple((name, _text(data[name])) for name in SHOWN if data.get(name))


def _text(value: Any) -> str:
    return "; ".join(told(str(one)) for one in value) if isinstance(value, list) else told(str(value))
