"""Whether an action that was ordered for a swap is still wanted: only one that is not may be cancelled by hand."""

from django.utils import timezone

from chains.models import Intent
from swaps.machine import GIVEN_UP, Status, Step
from swaps.operations.words import session_of
from swaps.services.effects import LOCK_STEPS, has_effect
from swaps.services.facts import facts_gather


def still_wanted(intent: Intent) -> str:
    """Why it must not be cancelled, in words; empty where nothing is lost by it. A claim or a refund brings money home: it is
    wanted until the chain shows that its lock is settled."""
    session, step = session_of(intent.subject_id), Step(intent.step)
    gathered = facts_gather(session, wall=timezone.now())
    view = gathered.source if step.value.startswith("source") else gathered.destination
    if has_effect(step, view.facts):
        return ""
    if step not in LOCK_STEPS:
        return f"it brings money home, and the lock on {intent.chain_id} is not settled: cancelling it could lose the money"
    if session.is_terminal or session.cancel_requested_at is not None or Status(session.status) in GIVEN_UP:
        return ""
    return "the swap still wants it; give the swap up first, and it is withdrawn by itself"
