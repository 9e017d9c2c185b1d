"""A transaction that succeeded is no proof of its effect: only the chain's own events are.

NEAR knows such cases: a token's `ft_transfer_call` succeeds although the HTLC refused and gave everything back, and a `pay`
succeeds although the payout failed again. An intent that is done without its effect is opened again.
"""

from datetime import timedelta

import structlog
from django.utils import timezone

from chains.config import chain_config
from chains.models import Chain, ChainTransaction, Intent
from chains.services.intents import intent_cancel, intent_has_open_transaction
from swaps.machine import GIVEN_UP, LegFacts, Payout, Step
from swaps.models import SwapSession
from swaps.selectors import is_reviewed
from swaps.services.facts import Gathered, LegView, intents_of

LOCK_STEPS = (Step.SOURCE_LOCK, Step.DESTINATION_LOCK)
log = structlog.get_logger(__name__)
FILL_ATTEMPTS = 6  # of a maker's order whose fill would revert each time: about two minutes
EFFECT_BLOCKS = 10  # final blocks after a transaction within which its events must have been read


def has_effect(step: Step, leg: LegFacts) -> bool:
    """Whether the chain shows what the step was for, or that it has become needless."""
    kind = step.value.split("_")[1]
    if kind == "lock":
        return bool(leg.lock)
    if kind == "pay":
        return leg.payout is Payout.PAID
    return bool(leg.claim or leg.refund)


def intents_unproven(gathered: Gathered) -> list[tuple[Intent, LegView]]:
    """Intents that are done, and whose effect the chain does not show (yet)."""
    done = intents_of(gathered.session).filter(state=Intent.State.DONE)
    pairs = [(intent, gathered.source if intent.step.startswith("source") else gathered.destination) for intent in done]
    return [(intent, view) for intent, view in pairs if not has_effect(Step(intent.step), view.facts)]


def intents_withdraw(gathered: Gathered) -> bool:
    """Give up locks of ours that are no longer wanted: at once while nothing of them can land, else by a rival of their
    nonce, when they had time enough to land by themselves.

    Neither a lock that no node would take (its estimate reverts) nor one that hangs may keep a swap from being called off
    or refunded. Returns whether one was withdrawn; of a rival a final block will tell.
    """
    withdrawn = False
    for intent in intents_of(gathered.session).filter(step__in=LOCK_STEPS, cancel_requested_at=None):
        if intent.state in (Intent.State.PENDING, Intent.State.SENT) and _is_unwanted(gathered, intent):
            cancelled = intent_cancel(intent, reason=gathered.session.reason or "the swap was given up")
            withdrawn = withdrawn or cancelled.state == Intent.State.WITHDRAWN
    return withdrawn


def claims_withdraw(session: SwapSession) -> None:
    """At the end no claim is wanted any more, and the secret is gone: what was ordered and never signed is dropped."""
    for intent in intents_of(session).filter(carries_secret=True, state=Intent.State.PENDING, cancel_requested_at=None):
        intent_cancel(intent, reason="the swap is over")


def _is_unwanted(gathered: Gathered, intent: Intent) -> bool:
    session, now = gathered.session, timezone.now()
    given_up = gathered.facts.status in GIVEN_UP or session.cancel_requested_at is not None
    late = intent.step == Step.SOURCE_LOCK and (session.expires_at <= now or intent.attempts >= FILL_ATTEMPTS)
    if not (given_up or late):
        return False
    may_land = intent_has_open_transaction(intent)
    return not may_land or intent.updated_at <= now - timedelta(seconds=chain_config(intent.chain_id).inclusion_seconds)


def intents_reopen(session: SwapSession, unproven: list[tuple[Intent, LegView]]) -> bool:
    """Count those as failed attempts whose events would have been read by now. Returns whether there were any."""
    reopened = False
    for intent, view in unproven:
        sent = intent.transactions.filter(state=ChainTransaction.State.SUCCEEDED).order_by("-pk").first()
        final = view.leg.chain.final_height
        if sent is None or final is None or final <= (sent.block_height or 0) + EFFECT_BLOCKS:
            continue
        if view.leg.chain.family == Chain.Family.EVM:
            _alert_unseen(session, intent, sent)
            continue
        intent.state = Intent.State.REVERTED
        intent.last_error = "its transaction succeeded without the effect it was for"
        intent.save(update_fields=["state", "last_error", "updated_at"])
        session.attention = f"{intent.step} on {intent.chain_id} had no effect; it is tried again"
        session.save(update_fields=["attention"])
        log.error("swap.step_without_effect", session=session.pk, step=intent.step, tx=sent.hash)
        reopened = True
    return reopened


def _alert_unseen(session: SwapSession, intent: Intent, sent: ChainTransaction) -> None:
    """A call that succeeded on an EVM chain had its effect, so it is not made twice: its event was withheld from us, and
    the watcher reads the block again."""
    told = f"{intent.step} succeeded on {intent.chain_id} in {sent.hash}, and no provider tells of its event"[:200]
    if session.attention != told and not is_reviewed(session.pk, told):
        session.attention = told
        session.save(update_fields=["attention"])
        log.error("swap.event_withheld", session=session.pk, step=intent.step, tx=sent.hash)
