"""What can be read about the chains."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from chains.config import ChainConfig
from chains.events import EventKind
from chains.measures import KEEP, Measured, measured
from chains.models import Chain, ChainBlock, ChainEvent, ChainTransaction, Intent, ProviderHealth
from chains.models.event import SALT

OVERDUE = timedelta(seconds=10)


def intents_overdue() -> QuerySet[Intent]:
    """Pending intents whose time has come and that no job has sent: lost jobs, at most a hundred at once. An intent
    whose signed bytes never reached a node counts too."""
    now = timezone.now()
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    pending = Q(state=Intent.State.PENDING) & due & Q(updated_at__lt=now - OVERDUE)
    unsent = Q(transactions__state=ChainTransaction.State.SIGNED, updated_at__lt=now - OVERDUE)
    return Intent.objects.filter(pending | unsent).distinct()[:100]


def events_of_lock(chain_id: str, lock_id: str) -> QuerySet[ChainEvent]:
    """The events that stand for one lock, oldest first."""
    return ChainEvent.objects.filter(chain_id=chain_id, lock_id=lock_id, orphaned_at=None).order_by(
        "block_height", "index", "pk"
    )


def events_of_locks(locks: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[ChainEvent, ...]]:
    """The same for several locks (chain, lock id) at once, by lock."""
    if not locks:
        return {}
    chains, ids = ({lock[part] for lock in locks} for part in (0, 1))
    found: dict[tuple[str, str], list[ChainEvent]] = {}
    rows = ChainEvent.objects.filter(chain_id__in=chains, lock_id__in=ids, orphaned_at=None)
    for event in rows.order_by("block_height", "index", "pk"):
        found.setdefault((event.chain_id, event.lock_id), []).append(event)
    return {lock: tuple(events) for lock, events in found.items()}


def locks_of_swap(hashlock: str, salt: str, maker: str) -> QuerySet[ChainEvent]:
    """The lock creations that stand, on every chain, oldest first: those that carry this hashlock, whoever made them, and those
    of the maker's that carry this salt (both hex without 0x)."""
    own = Q(payload__sender=maker) | Q(payload__immutables__maker=maker)
    named = Q(own_salt__in=(salt, f"0x{salt}")) & own
    created = ChainEvent.objects.filter(kind=EventKind.LOCK_CREATED.value, orphaned_at=None)
    return created.alias(own_salt=SALT).filter(Q(hashlock=hashlock) | named).order_by("observed_at", "pk")


def own_hashes(chain_id: str, hashes: Collection[str]) -> set[str]:
    """Which of these transactions of a chain are our own. NEAR's events name receipts, which are none."""
    return set(ChainTransaction.objects.filter(chain_id=chain_id, hash__in=hashes).values_list("hash", flat=True))


def measured_of(chain: Chain) -> Measured:
    """How quick the chain was lately."""
    return measured({**chain.measured, "inclusion": _inclusions(chain)})


def _inclusions(chain: Chain) -> list[int]:
    """Milliseconds from our first broadcast of a transaction to the time of its block, of the newest ones."""
    newest = (
        ChainTransaction.objects.filter(chain=chain, first_broadcast_at__isnull=False)
        .exclude(block_hash="")
        .order_by("-pk")
        .values_list("first_broadcast_at", "block_hash")[:KEEP]
    )
    sent = list(newest)
    blocks = ChainBlock.objects.filter(chain=chain, hash__in={block for _, block in sent})
    times = dict(blocks.values_list("hash", "timestamp_ns"))
    return [
        max(0, times[block] // 10**6 - int(at.timestamp() * 1000))
        for at, block in reversed(sent)
        if at is not None and block in times
    ]


def clock_alarms(chain: Chain, *, skew_seconds: float, stale_seconds: float, now: datetime) -> list[str]:
    """What is wrong between the chain's time and ours, in words: a head from the future, or one that stands still."""
    if not chain.head_time_ns:
        return []
    age = now.timestamp() - chain.head_time_ns / 10**9
    if age < -skew_seconds:
        return [f"the chain's clock is {-age:.0f} s ahead of ours"]
    if age > stale_seconds:
        return [f"its newest block is {age:.0f} s old"]
    return []


def finality_late_seconds(config: ChainConfig, chain: Chain) -> float:
    """By how much the newest block that we have read is further ahead of the last final one than finality takes at most."""
    if chain.seen_height is None or chain.final_height is None:
        return 0.0
    return max(0.0, (chain.seen_time_ns - chain.final_time_ns) / 10**9 - config.finality_seconds)


def quorum_trouble(config: ChainConfig) -> str:
    """Why no money can move on a chain's word, in words; "" while enough providers answer and agree."""
    rows = list(ProviderHealth.objects.filter(chain_id=config.name))
    if not rows:
        return ""
    disagreeing = [row.label for row in rows if row.disagreed_at]
    well = [row for row in rows if row.state == ProviderHealth.State.CLOSED and not row.disagreed_at]
    if len(well) >= config.providers_needed:
        return ""
    why = f"; contradicting the others: {', '.join(disagreeing)}" if disagreeing else ""
    return f"{len(well)} of {config.providers_needed} providers that money needs are well{why}"


def chains_by_name() -> dict[str, Chain]:
    """Every chain that was ever watched."""
    return {chain.name: chain for chain in Chain.objects.all()}
