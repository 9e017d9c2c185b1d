"""What is promised against what the active sessions need: a promise lives from `execute` until our lock is final."""

from chains.events import EventKind
from chains.models import ChainEvent
from swaps.models import Leg, Reservation, SwapSession
from swaps.models.session import ACTIVE
from swaps.services.reconcile.report import Difference, Scope, What


def reservations_compare(scope: Scope) -> list[Difference]:
    """Promises of ended sessions, promises of another amount, and locks still to be made without one."""
    live = Reservation.objects.filter(released_at=None, chain_id__in=scope.chains).select_related("session")
    if scope.session:
        live = live.filter(session_id=scope.session)
    found = []
    for reservation in live:
        session = reservation.session
        if session.is_terminal:
            found.append(
                _difference(reservation, "nothing", f"the session is {session.status}: nothing will be locked")
            )
        elif _promised(reservation) != _needed(session):
            found.append(_difference(reservation, _needed(session), "it is not what the session's destination says"))
    return found + [_freed_early(session) for session in _unlocked(scope)]


def _unlocked(scope: Scope) -> list[SwapSession]:
    """Active sessions whose promise was released although their lock is not final."""
    released = Reservation.objects.filter(released_at__isnull=False, session__status__in=ACTIVE)
    released = released.filter(chain_id__in=scope.chains).select_related("session", "chain")
    if scope.session:
        released = released.filter(session_id=scope.session)
    return [one.session for one in released if not destination_is_final(one.session, one.chain.final_height or 0)]


def destination_is_final(session: SwapSession, height: int) -> bool:
    """Whether the session's own lock was made by that block."""
    locks = Leg.objects.filter(session=session, side=Leg.Side.DESTINATION).exclude(lock_id="")
    created = ChainEvent.objects.filter(
        chain_id=session.destination_chain_id,
        lock_id__in=locks.values("lock_id"),
        kind=EventKind.LOCK_CREATED,
        orphaned_at=None,
        block_height__lte=height,
    )
    return created.exists()


def _needed(session: SwapSession) -> str:
    return f"{session.destination_amount} of {session.destination_token} on {session.destination_chain_id}"


def _promised(reservation: Reservation) -> str:
    return f"{reservation.amount} of {reservation.token} on {reservation.chain_id}"


def _difference(reservation: Reservation, expected: str, why: str) -> Difference:
    return Difference(
        What.RESERVATION,
        reservation.chain_id,
        reservation.session_id,
        "reserved",
        expected,
        _promised(reservation),
        why,
        units=int(reservation.amount) if expected == "nothing" else None,
        token=reservation.token,
    )


def _freed_early(session: SwapSession) -> Difference:
    return Difference(
        What.RESERVATION,
        session.destination_chain_id,
        session.pk,
        "reserved",
        _needed(session),
        "nothing",
        "its lock is not final, and others may be promised the same tokens",
        token=session.destination_token,
    )
