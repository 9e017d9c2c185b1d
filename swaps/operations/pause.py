"""Pausing new swaps, and letting them begin again: everywhere, on a chain, on a route."""

from django.conf import settings
from django.urls import reverse

from access.actions.errors import ActionRefused
from access.actions.kinds import About, ActionKind, Order, Parameters
from access.actions.plans import Plan, Step
from chains.config import chain_configs
from swaps.models import Pause
from swaps.models.pause import ALL, ARROW, is_target
from swaps.selectors import pauses_in_force
from swaps.services.pauses import pause_lift, pause_start


def target_words(target: str) -> str:
    """ "base>near" is "swaps from base to near"."""
    if target == ALL:
        return "all swaps"
    source, arrow, destination = target.partition(ARROW)
    return f"swaps from {source} to {destination}" if arrow else f"swaps on {source}"


def _about(subject: str) -> About:
    if not is_target(subject):
        raise ActionRefused(f"{subject!r} is neither all, nor a chain, nor a route as source{ARROW}destination")
    return About(f"New {target_words(subject)}", reverse("admin:swaps_pause_changelist"))


class PauseSwaps(ActionKind):
    """Never needs a second person: who sees trouble stops."""

    name, title, verb = "swaps.pause", "Pause new swaps", "Pause them"
    permission, icon = "swaps.pause_swaps", "pause_circle"

    def about(self, subject: str) -> About:
        return _about(subject)

    def subjects(self) -> list[tuple[str, str]]:
        names = [config.name for config in chain_configs() if config.is_usable]
        routes = [f"{a}{ARROW}{b}" for a in names for b in names if a != b]
        return [(one, f"New {target_words(one)}") for one in (ALL, *names, *routes)]

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        standing = Pause.objects.filter(target=subject, lifted_at=None).first()
        return Plan(
            sentence=f"No new {target_words(subject)} begin, and no maker's order is filled, until somebody lifts the pause.",
            steps=(Step(f"Pause new {target_words(subject)}", is_free=True),),
            effects=("What is locked goes on to its claim or its refund: no money gets stuck by a pause.",),
            why_not=f"they are paused already, by {standing.actor}: {standing.reason}" if standing else "",
        )

    def run(self, order: Order) -> str:
        pause_start(target=order.subject, reason=order.reason, actor=order.actor)
        return f"New {target_words(order.subject)} are refused from now on."


class ResumeSwaps(ActionKind):
    name, title, verb = "swaps.resume", "Resume new swaps", "Let them begin again"
    permission, icon = "swaps.pause_swaps", "play_circle"

    def about(self, subject: str) -> About:
        return _about(subject)

    def subjects(self) -> list[tuple[str, str]]:
        paused = Pause.objects.filter(lifted_at=None).order_by("target").values_list("target", flat=True)
        return [(one, f"New {target_words(one)}") for one in paused]

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        standing = Pause.objects.filter(target=subject, lifted_at=None).first()
        others = [target for target in pauses_in_force() if target != subject]
        why_not = "" if standing else f"new {target_words(subject)} are not paused by an operator"
        if not standing and subject in settings.PAUSED:
            why_not = "they are paused by the setting PAUSED: only a restart without it lifts that"
        effects = [f"It was {standing.actor}'s pause: {standing.reason}"] if standing else []
        if others:
            effects.append(f"Still paused afterwards: {', '.join(target_words(one) for one in others)}.")
        return Plan(
            sentence=f"New {target_words(subject)} begin again, and orders that waited are filled.",
            steps=(Step(f"Lift the pause of {target_words(subject)}", is_free=True),),
            effects=tuple(effects),
            why_not=why_not,
            state=str(standing.pk if standing else ""),
        )

    def run(self, order: Order) -> str:
        lifted = pause_lift(target=order.subject, actor=order.actor)
        return f"New {target_words(order.subject)} begin again." if lifted else "It was not paused any more."
