"""Pausing new swaps: everywhere, on a chain, on a route; by setting (`PAUSED`) or by an operator.

A pause refuses new sessions and `execute`, and no order of a maker's is filled. What is locked goes on to its claim or refund.
"""

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access.services import audit_record
from swaps.errors import PauseRefused, SwapsPaused
from swaps.machine import Status
from swaps.models import Pause, SwapSession
from swaps.models.pause import ALL, ARROW, is_target
from swaps.routes import Route
from swaps.tasks import advance_session

log = structlog.get_logger(__name__)


@transaction.atomic
def pause_start(*, target: str, reason: str, actor: str) -> Pause:
    """Pause a target. Paused already, it stays as it was. Raises `PauseRefused` for an unknown target or no reason."""
    target, reason = target.strip().lower(), reason.strip()
    _check(target, reason)
    pause, created = Pause.objects.get_or_create(
        target=target, lifted_at=None, defaults={"reason": reason[:200], "actor": actor}
    )
    if created:
        audit_record(
            action="swaps_paused", actor_kind="operator", actor_id=actor, target=target, detail={"reason": reason}
        )
        log.warning("swaps.paused", target=target, reason=reason, actor=actor)
    return pause


@transaction.atomic
def pause_lift(*, target: str, actor: str) -> bool:
    """Lift the pause of a target; False when there was none. Orders that waited are filled now."""
    lifted = Pause.objects.filter(target=target, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=actor)
    if not lifted:
        return False
    audit_record(action="swaps_resumed", actor_kind="operator", actor_id=actor, target=target)
    log.warning("swaps.resumed", target=target, actor=actor)
    for session_id in SwapSession.objects.filter(status=Status.EXECUTING).values_list("pk", flat=True):
        advance_session.defer(session_id=session_id)
    return True


def route_require_open(route: Route) -> None:
    """Raise `SwapsPaused` when no new swap may start on this route."""
    for chain in (route.source_row, route.destination_row):
        if chain.halted_reason:
            raise SwapsPaused(f"swaps on {chain.name} wait until an operator has looked at the chain; try again later")
    if route.paused:
        where = "" if ALL in route.paused else f" on {route.paused[0].replace(ARROW, ' to ')}"
        raise SwapsPaused(
            f"new swaps{where} are paused; those under way go on. Try again later", extra={"paused": list(route.paused)}
        )


def _check(target: str, reason: str) -> None:
    if not is_target(target):
        names = ", ".join(sorted(settings.CHAINS))
        raise PauseRefused(
            f"{target!r} cannot be paused: say all, a chain ({names}), or a route as source{ARROW}destination"
        )
    if not reason:
        raise PauseRefused("a pause needs a reason, for the books")
