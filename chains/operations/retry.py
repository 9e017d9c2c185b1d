"""Trying an action again at once: one that waits in back-off is due now, one that failed is looked at again by its app."""

from django.utils import timezone

from access.actions.kinds import About, ActionKind, Order, Parameters
from access.actions.plans import Plan, Step
from chains.locks import lock_intent
from chains.models import Intent
from chains.operations.words import about_intent, call_words, config_of, halted, intent_get, short, step_words
from chains.registry import registry
from chains.services.intents import intent_defer

State = Intent.State


class RetryIntent(ActionKind):
    """Never makes a second effect: an intent is signed once, and only while nothing of it is out."""

    name, title, verb = "intent.retry", "Try an action again", "Try it now"
    permission, icon = "chains.retry_intent", "refresh"

    def about(self, subject: str) -> About:
        return about_intent(intent_get(subject))

    def lock(self, subject: str) -> None:
        intent = intent_get(subject)
        registry.lock_subject(intent)
        lock_intent(intent.pk)

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        intent = intent_get(subject)
        what = f"{step_words(intent.step)} on {intent.chain_id}"
        step = Step(what, call=call_words(intent.call, config_of(intent.chain_id)), is_free=True)
        effects = [f"It was tried {intent.attempts} times, and put off {intent.delays} times since it was last signed."]
        if intent.last_error:
            effects.append(f"What went wrong last: {intent.last_error}")
        return Plan(
            sentence=_sentence(intent, what),
            steps=(step,),
            effects=tuple(effects),
            why_not=_why_not(intent),
            state=f"{intent.state}:{intent.attempts}",
        )

    def run(self, order: Order) -> str:
        intent = intent_get(order.subject)
        if intent.state == State.REVERTED:
            registry.look_again[intent.subject_type](intent.subject_id)
            return "It is looked at again now, and ordered anew if it is still wanted."
        intent.not_before = None
        intent.save(update_fields=["not_before", "updated_at"])
        intent_defer(intent)
        return "It is sent by the next free worker, within seconds; what becomes of it is seen on its page."


def _sentence(intent: Intent, what: str) -> str:
    if intent.state == State.REVERTED:
        return f"{what} failed for good. Its swap is looked at again now; if it is still wanted, it is ordered anew."
    if intent.not_before is not None and intent.not_before > timezone.now():
        return f"{what} is tried now, and not at {intent.not_before:%H:%M:%S} UTC: the same call, once."
    return f"{what} is due already; it is sent at once: the same call, once."


def _why_not(intent: Intent) -> str:
    if intent.state == State.DONE:
        return "it is done: its transaction succeeded and is final"
    if intent.state == State.WITHDRAWN:
        return f"it was withdrawn: {intent.cancel_reason or 'it is not wanted any more'}"
    if intent.cancel_requested_at is not None:
        return "it is being cancelled"
    if intent.state == State.SENT:
        sent = intent.transactions.order_by("-pk").first()
        which = f" in {short(sent.hash)}" if sent else ""
        return f"its signed bytes are out{which}, and are sent again by themselves; a stuck transaction is replaced instead"
    if intent.state == State.REVERTED and intent.subject_type not in registry.look_again:
        return "it failed for good, and nobody orders such an action anew"
    return halted(intent.chain)
