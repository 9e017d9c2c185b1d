"""Kinds of action about alerts and processes, for the registry of `access.actions`."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from access.actions.errors import ActionRefused
from access.actions.forms import ids_read
from access.actions.kinds import About, ActionKind, Field, Order, Parameters
from access.actions.plans import Plan, Step
from balancer.models import Process
from balancer.notices.targets import targets
from balancer.notices.writing import notice_test
from balancer.processes.registry import process_forget, processes_seen
from balancer.settings.alerts import RULES
from swaps.models import Alert, AlertMute
from swaps.services.alert_care import alert_mute, alert_unmute

TIMES = {"1": "for an hour", "4": "for four hours", "24": "for a day", "168": "for a week"}
EVERYBODY = "operators"


class MuteAlert(ActionKind):
    """Its subject is an alert's key, or the name of a rule for all alerts of it."""

    name, title, verb = "alert.mute", "Keep messages about an alert back", "Keep them back"
    permission, icon = "swaps.acknowledge_alert", "notifications_off"
    fields = (Field("hours", "For how long", choices=lambda: list(TIMES.items())),)

    def about(self, subject: str) -> About:
        if subject in RULES:
            return About(f"All alerts of {subject}: {RULES[subject].what}", _alerts_url())
        alert = Alert.objects.filter(key=subject).order_by("-seq").first()
        if alert is None:
            raise ActionRefused(f"{subject!r} is neither the name of a rule nor the key of an alert")
        return About(alert.message, reverse("admin:swaps_alert_change", args=[alert.pk]))

    def subjects(self) -> list[tuple[str, str]]:
        standing = Alert.objects.filter(state=Alert.State.RAISED, cleared_at=None).order_by("key")
        keys = [(alert.key, alert.message) for alert in standing[:100]]
        return keys + [(rule.name, f"All alerts of {rule.name}") for rule in RULES.values()]

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        when = TIMES.get(str(parameters.get("hours", "")), "")
        return Plan(
            sentence=f"No message about it leaves the console {when}.",
            steps=(Step(f"Mute {subject} {when}", is_free=True),),
            effects=("The console, the socket and /health go on showing it.", "Messages begin again by themselves."),
        )

    def run(self, order: Order) -> str:
        until = timezone.now() + timedelta(hours=int(order.parameters["hours"]))
        mute = alert_mute(target=order.subject, until=until, reason=order.reason, actor=order.actor)
        return f"Messages about {mute.target} are kept back until {mute.until:%Y-%m-%d %H:%M:%S} UTC."


class UnmuteAlert(ActionKind):
    name, title, verb = "alert.unmute", "Let messages about an alert leave again", "Let them leave"
    permission, icon = "swaps.acknowledge_alert", "notifications_active"

    def about(self, subject: str) -> About:
        return About(f"Messages about {subject}", _alerts_url())

    def subjects(self) -> list[tuple[str, str]]:
        return [(mute.target, str(mute)) for mute in AlertMute.objects.filter(until__gt=timezone.now())]

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        mute = AlertMute.objects.filter(target=subject, until__gt=timezone.now()).first()
        return Plan(
            sentence=f"What stands of {subject} is told again at once.",
            steps=(Step(f"Lift the mute of {subject}", is_free=True),),
            effects=(f"It was {mute.muted_by}'s: {mute.reason}",) if mute else (),
            why_not="" if mute else "it is not muted",
        )

    def run(self, order: Order) -> str:
        alert_unmute(target=order.subject, actor=order.actor)
        return f"Messages about {order.subject} leave again."


class TestNotice(ActionKind):
    """Its subject is always the same."""

    __test__ = False  # not pytest's
    name, title, verb = "notices.test", "Send a test message", "Send it"
    permission, icon = "swaps.acknowledge_alert", "outgoing_mail"

    def about(self, subject: str) -> About:
        return About("Messages to operators", reverse("admin:balancer_notice_changelist"))

    def subjects(self) -> list[tuple[str, str]]:
        return [(EVERYBODY, "Every address of ALERT_URLS")]

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        labels = [target.label for target in targets().values()]
        return Plan(
            sentence="A message that says that messages arrive goes to every address of ALERT_URLS.",
            steps=tuple(Step(f"Send to {label}", is_free=True) for label in labels),
            effects=("Whether it was taken stands under Messages to operators within seconds.",),
            why_not="" if labels else "ALERT_URLS names no address that can be used",
        )

    def run(self, order: Order) -> str:
        notice = notice_test(actor=order.actor)
        return f"Message {notice.pk} is on its way to {len(targets())} addresses."


class ForgetProcess(ActionKind):
    """Its subject is the process's key."""

    name, title, verb = "process.forget", "Forget a lost process", "Forget it"
    permission, icon = "swaps.acknowledge_alert", "delete_sweep"

    def about(self, subject: str) -> About:
        row = Process.objects.filter(pk__in=ids_read([subject])).first()
        if row is None:
            raise ActionRefused(f"there is no process {subject!r}: it left, or another has taken its place")
        return About(str(row), reverse("admin:balancer_process_changelist"))

    def subjects(self) -> list[tuple[str, str]]:
        return [(str(one.id), f"{one.label} on {one.host}:{one.pid}") for one in processes_seen() if one.is_lost]

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        lost = {str(one.id) for one in processes_seen() if one.is_lost}
        return Plan(
            sentence="It is no longer missed. Do this for a process that shall not come back.",
            steps=(Step("Forget it, and end its alert", is_free=True),),
            effects=("One that only hung comes back by itself when it goes on.",),
            why_not="" if subject in lost else "it lives",
        )

    def run(self, order: Order) -> str:
        process_forget(int(order.subject))
        return "It is no longer missed."


KINDS = (MuteAlert(), UnmuteAlert(), TestNotice(), ForgetProcess())


def _alerts_url() -> str:
    return reverse("admin:swaps_alert_changelist")
