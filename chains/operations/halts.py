"""A chain whose money is halted: setting the cursor back to a block that still stands, and lifting the halt."""

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from access.actions.errors import ActionRefused
from access.actions.kinds import About, ActionKind, Field, Order, Parameters, Tell
from access.actions.plans import Plan, Step
from chains.config import quorum
from chains.errors import ChainError
from chains.locks import lock_chain
from chains.models import Chain, ChainBlock, ChainEvent
from chains.operations.words import about_chain, chain_get, config_of
from chains.registry import registry
from chains.services.ingest import money_resume

log = structlog.get_logger(__name__)
TRUST = "A chain that broke its word is trusted again: two people decide that."


class ResumeChain(ActionKind):
    name, title, verb = "chain.resume", "Lift a chain's halt", "Let money move again"
    permission, icon, dangerous = "chains.resume_chain", "play_circle", True

    def about(self, subject: str) -> About:
        return about_chain(chain_get(subject))

    def lock(self, subject: str) -> None:
        lock_chain(chain_get(subject).name)

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        chain = chain_get(subject)
        return Plan(
            sentence=f"Money moves on {chain.name} again: claims, refunds, and new swaps.",
            steps=(Step(f"Lift the halt of {chain.name}", is_free=True),),
            effects=(
                f"It was halted because: {chain.halted_reason}",
                "Every swap on this chain is looked at again at once.",
            ),
            why_not="" if chain.halted_reason else f"{chain.name} is not halted",
            needs_two=TRUST,
            state=chain.halted_reason,
        )

    def run(self, order: Order) -> str:
        money_resume(chain=chain_get(order.subject), actor=order.actor, reason=order.reason)
        return f"Money moves on {order.subject} again."


class SetCursorBack(ActionKind):
    """What was read after the block no longer stands; whether the block does, a quorum of providers says."""

    name, title, verb = "chain.set_back", "Set a halted chain back", "Set it back"
    permission, icon, dangerous, works_later = "chains.resume_chain", "history", True, True
    fields = (
        Field(
            "height", "Last block that still stands", "Its height. What was read after it is read anew from the chain."
        ),
    )

    def about(self, subject: str) -> About:
        return about_chain(chain_get(subject))

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        chain, height = chain_get(subject), int(parameters["height"])
        config_of(chain.name)
        point = _point(chain, height)
        blocks, events = _above(chain, height)
        return Plan(
            sentence=f"{chain.name} is read anew after block {height:,}. The {blocks.count():,} blocks and {events.count():,} "
            "events that we have after it are marked as orphaned; nothing is deleted.",
            steps=(
                Step(
                    f"The cursor and the final watermark go from {chain.seen_height:,} back to {height:,}", is_free=True
                ),
            )
            if chain.seen_height is not None
            else (),
            effects=(
                "First the providers must say that this block stands; else nothing is changed.",
                "Money on the chain stays halted until the halt is lifted, which is an action of its own.",
                "Swaps with events after that block are looked at again; compare the books with the chains afterwards.",
            ),
            why_not=_why_not(chain, height, point),
            needs_two=TRUST,
            state=f"{chain.seen_height}:{point.hash if point else ''}",
        )

    def run(self, order: Order) -> str:
        return "The providers are asked whether the block still stands."

    def work(self, order: Order, tell: Tell) -> str:
        chain, height = chain_get(order.subject), int(order.parameters["height"])
        point = _point(chain, height)
        if point is None:
            raise ActionRefused(f"Block {height:,} is none that we have read. Nothing was changed.")
        try:
            told = quorum(chain.name).ask(f"block {height}", lambda node: node.block(height))
        except ChainError as error:
            raise ActionRefused(
                f"The providers do not agree on block {height:,}: {error}. Nothing was changed."
            ) from error
        if told.hash != point.hash:
            raise ActionRefused(
                f"The chain has another block at {height:,} than we read ({told.hash}, not {point.hash}): it was reorganised "
                "deeper. Choose a lower block. Nothing was changed."
            )
        return _set_back(chain.name, point)


def _point(chain: Chain, height: int) -> ChainBlock | None:
    return ChainBlock.objects.filter(chain=chain, height=height, orphaned_at=None).first()


def _above(chain: Chain, height: int) -> tuple[QuerySet[ChainBlock], QuerySet[ChainEvent]]:
    standing = Q(chain=chain, orphaned_at=None)
    return (
        ChainBlock.objects.filter(standing, height__gt=height),
        ChainEvent.objects.filter(standing, block_height__gt=height),
    )


def _why_not(chain: Chain, height: int, point: ChainBlock | None) -> str:
    if not chain.halted_reason:
        return f"{chain.name} is not halted: a reorganisation is followed by the watcher itself"
    if point is None:
        return f"block {height:,} is none that we have read and that stands; choose one that we have"
    if chain.seen_height is None or height >= chain.seen_height:
        return f"the cursor is at {chain.seen_height}: there is nothing after {height:,} to be read anew"
    return ""


@transaction.atomic
def _set_back(name: str, point: ChainBlock) -> str:
    chain = lock_chain(name)
    if not chain.halted_reason:
        raise ActionRefused(f"The halt of {name} was lifted meanwhile. Nothing was changed.")
    blocks, above = _above(chain, point.height)
    events, now = list(above), timezone.now()
    count = blocks.update(orphaned_at=now)
    ChainEvent.objects.filter(pk__in=[event.pk for event in events]).update(orphaned_at=now)
    chain.seen_height = chain.final_height = point.height
    chain.seen_hash = chain.final_hash = point.hash
    chain.seen_time_ns = chain.final_time_ns = point.timestamp_ns
    chain.save(
        update_fields=["seen_height", "seen_hash", "seen_time_ns", "final_height", "final_hash", "final_time_ns"]
    )
    for event in events:
        event.orphaned_at = now
    registry.events_stored(chain, events)
    log.error("chain.set_back", chain=name, height=point.height, blocks=count, events=len(events))
    return f"{name} is read anew after block {point.height:,}: {count} blocks and {len(events)} events were orphaned."
