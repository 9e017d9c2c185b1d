"""What `swaps` does when a chain has news: it has the sessions concerned looked at, in the news' own transaction."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from access import tracing
from chains.models import Chain, ChainEvent, Intent
from chains.models.event import SALT
from swaps.models import Leg, StrayLock, SwapSession
from swaps.models.session import ACTIVE
from swaps.tasks import advance_session


def events_stored(chain: Chain, events: list[ChainEvent]) -> None:
    """Events that are new, or were orphaned: by hashlock or salt where they carry it, else by the lock they belong to."""
    hashlocks = {event.hashlock for event in events if event.hashlock}
    salts = {event.salt for event in events if event.salt}
    locks = {event.lock_id for event in events}
    by_terms = SwapSession.objects.filter(_named(hashlocks, salts)).values_list("pk", flat=True)
    _look_at({*by_terms, *_with_locks(chain, locks)})
    if tracing.is_tracing():
        _tell(chain, events, hashlocks, locks)


def _tell(chain: Chain, events: list[ChainEvent], hashlocks: set[str], locks: set[str]) -> None:
    """Each event as a span of its session's trace, linked to the one look at the chain that found them all."""
    sessions = dict(SwapSession.objects.filter(hashlock__in=hashlocks).values_list("hashlock", "pk"))
    legs = dict(Leg.objects.filter(chain=chain, lock_id__in=locks).values_list("lock_id", "session_id"))
    with tracing.span(f"watch {chain.name}", chain=chain.name, height=chain.seen_height, events=len(events)):
        for event in events:
            subject = sessions.get(event.hashlock) or legs.get(event.lock_id)
            if subject:
                orphaned = event.orphaned_at is not None
                told: dict[str, Any] = {
                    "chain": chain.name,
                    "tx": event.tx_hash,
                    "height": event.block_height,
                    "orphaned": orphaned,
                }
                tracing.mark(f"event {event.kind}", subject=subject, **told)


def final_moved(chain: Chain, after: int, upto: int) -> None:
    """Blocks that became final: the sessions with an event in them, and those whose time has come by this chain."""
    final = ChainEvent.objects.filter(chain=chain, block_height__gt=after, block_height__lte=upto, orphaned_at=None)
    told = list(final.values_list("lock_id", "hashlock", SALT))
    hashlocks = {hashlock for _, hashlock, _ in told if hashlock}
    salts = {salt.removeprefix("0x") for _, _, salt in told if salt}
    by_terms = SwapSession.objects.filter(_named(hashlocks, salts)).values_list("pk", flat=True)
    chain_time = datetime.fromtimestamp(chain.final_time_ns / 10**9, tz=UTC)
    on_chain = Q(source_chain=chain) | Q(destination_chain=chain)
    due = SwapSession.objects.filter(
        on_chain, status__in=ACTIVE, wake_at__lte=max(chain_time, timezone.now())
    ).values_list("pk", flat=True)
    _look_at({*by_terms, *_with_locks(chain, {lock_id for lock_id, _, _ in told}), *due})


def _with_locks(chain: Chain, locks: set[str]) -> set[str]:
    """The sessions that one of these locks belongs to, as a leg or as a stray; no query for none."""
    found = [
        rows.objects.filter(chain=chain, lock_id__in=locks).values_list("session_id", flat=True)
        for rows in (Leg, StrayLock)
    ]
    return {session for sessions in found for session in sessions}


def _named(hashlocks: set[str], salts: set[str]) -> Q:
    """A maker may lock for his session by its salt, and with a wrong hashlock."""
    return Q(hashlock__in=hashlocks) | Q(salt__in=salts)


def attention_needed(intent: Intent, why: str) -> None:
    """A step that does not get on: a cap, a stopped key, a price, an empty account. The session's row is locked."""
    text = f"{intent.step} on {intent.chain_id}: {why}"[:200]
    SwapSession.objects.filter(pk=intent.subject_id).update(attention=text)


def _look_at(session_ids: set[str]) -> None:
    for session_id in sorted(session_ids):
        advance_session.defer(session_id=session_id)
