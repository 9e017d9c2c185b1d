"""What can be read about swaps."""

from collections.abc import Collection
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from access.actions.models import Proposal
from access.actions.selectors import proposals_of
from access.masking import masked
from chains.models import ChainEvent, ChainTransaction, Intent
from swaps.errors import SessionNotFound
from swaps.loading import session_load
from swaps.machine import Status
from swaps.models import Leg, Pause, Reservation, SessionTransition, StrayLock, SwapSession
from swaps.models.pause import paused_of
from swaps.models.session import ACTIVE

SETTLE = timedelta(seconds=60)
WAITING_FOR_THE_CLIENT = (Status.INITIALIZED, Status.EXECUTING)
SUBJECT = "session"


def session_get(session_id: str, *, principal: str | None = None) -> SwapSession:
    """One session with its legs, chains and secret. `principal` None sees every session. Raises `SessionNotFound`."""
    session = session_load(session_id, principal=principal)
    if session is None:
        raise SessionNotFound(f"there is no session {masked(session_id)!r}")
    return session


def sessions_visible(*, principal: str | None, only: Q | None = None) -> QuerySet[SwapSession]:
    """Sessions that fulfil `only`, newest first."""
    related = SwapSession.objects.select_related("secret", "source_chain", "destination_chain")
    sessions = related.prefetch_related("legs").order_by("-created_at", "id")
    if principal is not None:
        sessions = sessions.filter(principal=principal)
    return sessions if only is None else sessions.filter(only)


def by_transaction(tx_hash: str) -> Q:
    """The sessions that a transaction belongs to: one of ours by what it was sent for, anybody's by the lock it made or
    settled. EVM hashes in any case; NEAR's events name receipts."""
    hashes = {tx_hash, tx_hash.lower()}
    sent = ChainTransaction.objects.filter(hash__in=hashes, intent__subject_type=SUBJECT)
    events = ChainEvent.objects.filter(tx_hash__in=hashes, orphaned_at=None)
    locked = Leg.objects.filter(chain_id=OuterRef("chain_id"), lock_id=OuterRef("lock_id")).values("session_id")[:1]
    return Q(pk__in=sent.values("intent__subject_id")) | Q(pk__in=events.annotate(of=Subquery(locked)).values("of"))


def sessions_due() -> list[str]:
    """Active sessions whose `wake_at` has come, or in which we should act and nothing happened for a while; at most 500."""
    now = timezone.now()
    silent = Q(updated_at__lte=now - SETTLE) & ~Q(status__in=WAITING_FOR_THE_CLIENT)
    due = SwapSession.objects.filter(Q(wake_at__lte=now) | silent, status__in=ACTIVE)
    return list(due.order_by("updated_at").values_list("pk", flat=True)[:500])


def own_strays(chain: str, session: str = "") -> list[Leg]:
    """The strays of ours on a chain, of one session or all, each as the leg that it might have been: the destination leg of
    its session with the stray's lock. Not to be saved."""
    strays = StrayLock.objects.filter(chain_id=chain, session__destination_chain_id=chain)
    if session:
        strays = strays.filter(session_id=session)
    locks = list(strays.order_by("pk").values_list("session_id", "lock_id", "call__immutables"))
    legs = Leg.objects.filter(session_id__in={lock[0] for lock in locks}, side=Leg.Side.DESTINATION)
    of = {leg.session_id: leg for leg in legs.select_related("session", "chain")} if locks else {}
    return [
        _with_lock(of[session_id], lock_id, terms)
        for session_id, lock_id, terms in locks
        if of[session_id].lock_id != lock_id
    ]


def _with_lock(leg: Leg, lock_id: str, immutables: dict[str, Any]) -> Leg:
    other = copy(leg)
    other.lock_id, other.lock_terms = lock_id, {"immutables": immutables}
    return other


def transitions_after(session_id: str, seq: int) -> QuerySet[SessionTransition]:
    """The transitions with a higher `seq`, in order."""
    return SessionTransition.objects.filter(session_id=session_id, seq__gt=seq).order_by("seq")


def transactions_of(session_id: str) -> QuerySet[ChainTransaction]:
    """Our transactions for a session, oldest first."""
    return (
        ChainTransaction.objects.filter(intent__subject_type=SUBJECT, intent__subject_id=session_id)
        .select_related("intent")
        .order_by("pk")
    )


def transactions_of_all(session_ids: Collection[str]) -> dict[str, list[ChainTransaction]]:
    """The same for several sessions at once, by session."""
    found = ChainTransaction.objects.filter(intent__subject_type=SUBJECT, intent__subject_id__in=session_ids)
    sent: dict[str, list[ChainTransaction]] = {}
    for row in found.select_related("intent").order_by("pk"):
        sent.setdefault(row.intent.subject_id, []).append(row)
    return sent


def intents_of(session_id: str) -> QuerySet[Intent]:
    """What was ordered for a session, oldest first."""
    return Intent.objects.filter(subject_type=SUBJECT, subject_id=session_id).order_by("pk")


def intents_to_send(session_id: str) -> list[int]:
    """The ids of a session's intents that nothing was sent for yet, and that need not wait."""
    due = Q(not_before=None) | Q(not_before__lte=timezone.now())
    return list(intents_of(session_id).filter(due, state=Intent.State.PENDING).values_list("pk", flat=True))


def reserved(chain: str, token: str, *, since: datetime) -> int:
    """Our tokens that are promised and were not locked yet at `since`, base units: to be set against a balance that
    was read then."""
    open_then = Q(released_at=None) | Q(released_at__gte=since)
    total = Reservation.objects.filter(open_then, chain=chain, token=token).aggregate(sum=Sum("amount"))["sum"]
    return int(total or 0)


def is_paused(source: str, destination: str) -> bool:
    """Whether everything, one of both chains or the route between them is paused, by setting or by an operator."""
    by_operator = Pause.objects.filter(lifted_at=None).values_list("target", flat=True)
    return bool(paused_of(source, destination, by_operator=set(by_operator)))


def pauses_in_force() -> list[str]:
    """Every paused target."""
    by_operator = Pause.objects.filter(lifted_at=None).values_list("target", flat=True)
    return sorted({*by_operator, *settings.PAUSED})


def is_reviewed(session_id: str, attention: str) -> bool:
    """Whether an operator has marked exactly this reason of a session as reviewed: it is not told of again."""
    reviewed = proposals_of(session_id, ["session.review"]).filter(parameters__attention=attention)
    return reviewed.filter(state=Proposal.State.EXECUTED).exists()


def active_count() -> int:
    """How many sessions are not at their end."""
    return SwapSession.objects.filter(status__in=ACTIVE).count()


def counts_by_status() -> dict[str, int]:
    """How many sessions have each status."""
    rows = SwapSession.objects.values("status").annotate(count=Count("pk"))
    return {row["status"]: row["count"] for row in rows}
