"""A transaction that succeeded is no proof of its effect: only the chain's own events are.

NEAR knows such cases: a token's `ft_transfer_call` succeeds although the HTLC refused and gave everything back, and a `pay`
succeeds although the payout failed again. An intent that is done without its effect is opened again.
"""

import structlog

from chains.models import ChainTransaction, Intent
from swaps.machine import LegFacts, Payout, Step
from swaps.models import SwapSession
from swaps.services.facts import Gathered, LegView, intents_of

log = structlog.get_logger(__name__)
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


def intents_reopen(session: SwapSession, unproven: list[tuple[Intent, LegView]]) -> bool:
    """Count those as failed attempts whose events would have been read by now. Returns whether there were any."""
    reopened = False
    for intent, view in unproven:
        sent = intent.transactions.filter(state=ChainTransaction.State.SUCCEEDED).order_by("-pk").first()
        final = view.leg.chain.final_height
        if sent is None or final is None or final <= (sent.block_height or 0) + EFFECT_BLOCKS:
            continue
        intent.state = Intent.State.REVERTED
        intent.last_error = "its transaction succeeded without the effect it was for"
        intent.save(update_fields=["state", "last_error", "updated_at"])
        session.attention = f"{intent.step} on {intent.chain_id} had no effect; it is tried again"
        session.save(update_fields=["attention"])
        log.error("swap.step_without_effect", session=session.pk, step=intent.step, tx=sent.hash)
        reopened = True
    return reopened
