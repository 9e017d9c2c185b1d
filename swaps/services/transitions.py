"""Writing down what happened to a session: a row, a gap-free number, and a hint."""

from datetime import datetime
from typing import Any

import structlog
from django.db.models import Model
from django.utils import timezone

from access import tracing
from access.rows import Condition, rows_insert_if
from swaps.machine import TERMINAL, Status, check_transition
from swaps.models import SessionTransition, SwapSession
from swaps.notifications import update_announce
from swaps.services.webhooks import webhooks_wake

log = structlog.get_logger(__name__)


def session_move(
    session: SwapSession, to: Status, *, cause: str, actor: str = "engine", data: dict[str, Any] | None = None
) -> None:
    """Change the status of a locked session. Raises `IllegalTransition` for a move the table does not have."""
    old = Status(session.status)
    check_transition(old, to)
    session.status = to
    session.finished_at = timezone.now() if to in TERMINAL else None
    _append(session, old, cause, actor, data or {})
    log.info("swap.moved", session=session.pk, old=old, new=to, cause=cause)
    if to in TERMINAL:
        tracing.whole(
            "swap", subject=session.pk, start_ns=lambda: _ns(session.created_at), status=str(to), route=session.route
        )


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000


def session_note(
    session: SwapSession, *, cause: str, actor: str = "engine", data: dict[str, Any] | None = None
) -> None:
    """Tell of something that does not change the status of a locked session."""
    _append(session, Status(session.status), cause, actor, data or {})


def session_begin(
    session: SwapSession, *belongings: Model, provided: Condition, cause: str, actor: str
) -> tuple[Any, ...]:
    """Write down a session that is not saved yet with its first transition and what belongs to it, by one statement, provided
    that a condition holds. Returns what the condition's query answered: `holds`, and what it adds."""
    session.seq += 1
    transition = _transition(session, Status(session.status), cause, actor, {})
    answer = rows_insert_if(provided, session, transition, *belongings)
    if answer[0]:
        _tell(session, transition)
    return answer


def _append(session: SwapSession, old: Status, cause: str, actor: str, data: dict[str, Any]) -> None:
    session.seq += 1
    session.save()
    transition = _transition(session, old, cause, actor, data)
    transition.save(force_insert=True)
    _tell(session, transition)


def _transition(session: SwapSession, old: Status, cause: str, actor: str, data: dict[str, Any]) -> SessionTransition:
    return SessionTransition(
        session=session,
        seq=session.seq,
        principal=session.principal,
        from_status=old,
        to_status=session.status,
        cause=cause[:80],
        actor=actor[:80],
        data=data,
    )


def _tell(session: SwapSession, transition: SessionTransition) -> None:
    update_announce(session, transition)
    webhooks_wake(session.principal)
