"""Marking a session as reviewed, and saying that somebody is at an alert."""

from django.urls import reverse
from django.utils import timezone

from access.actions.errors import ActionRefused
from access.actions.kinds import About, ActionKind, Order, Parameters
from access.actions.plans import Plan, Step
from swaps.locks import lock_session
from swaps.models import Alert, SwapSession
from swaps.operations.words import about_session, session_of


class ReviewSession(ActionKind):
    """Clears what an operator should look at. The same reason does not come back by itself while nothing new happens; another
    one does."""

    name, title, verb = "session.review", "Mark a swap as reviewed", "Mark as reviewed"
    permission, icon = "swaps.review_session", "task_alt"

    def about(self, subject: str) -> About:
        return about_session(session_of(subject))

    def complete(self, subject: str, parameters: Parameters) -> Parameters:
        """Which reason is reviewed: the one that stands."""
        return {"attention": session_of(subject).attention, **parameters}

    def lock(self, subject: str) -> None:
        lock_session(session_of(subject).pk)

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        session, reviewed = session_of(subject), str(parameters.get("attention", ""))
        why_not = ""
        if not session.attention:
            why_not = "nothing of this swap asks for an operator"
        elif session.attention != reviewed:
            why_not = f"another reason stands by now: {session.attention}"
        return Plan(
            sentence="It disappears from what needs an operator. What you write as the reason is kept with the swap.",
            steps=(Step(session.attention or "Nothing", is_free=True),),
            effects=("A new reason brings it back.", "Nothing else of the swap changes."),
            why_not=why_not,
            state=session.attention,
        )

    def run(self, order: Order) -> str:
        SwapSession.objects.filter(pk=order.subject, attention=order.parameters["attention"]).update(attention="")
        return f"Reviewed: {order.parameters['attention']}"


class AcknowledgeAlert(ActionKind):
    """The alert stands until its trouble is over; who is at it is seen with it."""

    name, title, verb = "alert.acknowledge", "Acknowledge an alert", "I am at it"
    permission, icon = "swaps.acknowledge_alert", "back_hand"

    def about(self, subject: str) -> About:
        alert = _alert(subject)
        return About(f"Alert {alert.seq}: {alert.message}", reverse("admin:swaps_alert_change", args=[alert.pk]))

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        alert, why_not = _alert(subject), ""
        if alert.state != Alert.State.RAISED or alert.cleared_at is not None:
            why_not = "its trouble is over"
        elif alert.acknowledged_at is not None:
            why_not = f"{alert.acknowledged_by} is at it since {alert.acknowledged_at:%H:%M:%S} UTC"
        return Plan(
            sentence="Everybody sees that you are at it. The alert itself stands until its trouble is over.",
            steps=(Step(alert.message, is_free=True),),
            why_not=why_not,
        )

    def run(self, order: Order) -> str:
        mine = Alert.objects.filter(pk=int(order.subject), acknowledged_at=None)
        if not mine.update(acknowledged_at=timezone.now(), acknowledged_by=order.actor):
            raise ActionRefused("Somebody else was quicker and is at it.")
        return f"{order.actor} is at it."


def _alert(subject: str) -> Alert:
    is_number = subject.isascii() and subject.isdigit() and len(subject) < 19
    found = Alert.objects.filter(pk=int(subject)).first() if is_number else None
    if found is None:
        raise ActionRefused(f"there is no alert {subject!r}")
    return found
