"""What can be read about the chains."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from chains.models import Chain, ChainEvent, ChainTransaction, Intent

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


def locks_of_hashlock(hashlock: str) -> QuerySet[ChainEvent]:
    """The lock creations that stand and carry this hashlock (hex without 0x), on every chain, oldest first."""
    return ChainEvent.objects.filter(hashlock=hashlock, kind="lock_created", orphaned_at=None).order_by(
        "observed_at", "pk"
    )


def chains_by_name() -> dict[str, Chain]:
    """Every chain that was ever watched."""
    return {chain.name: chain for chain in Chain.objects.all()}
