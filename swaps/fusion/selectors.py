"""What can be read of orders. `principal` None sees everybody's."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from chains.models import ChainEvent
from pricing.errors import QuoteNotFound
from swaps.fusion.errors import OrderNotFound
from swaps.models import FusionOrder, FusionQuote, Leg
from swaps.models.session import ACTIVE
from swaps.statuses import EARLY, Status

Lock = tuple[str, str]
ACTIONS_LIMIT = 100
_WITH_SESSION = ("session", "session__secret", "session__source_chain", "session__destination_chain")


def quote_get(quote_id: str, *, principal: str) -> FusionQuote:
    """A quote that was given to this principal. Raises `QuoteNotFound`."""
    found = FusionQuote.objects.select_related("quote").filter(pk=quote_id, quote__principal=principal).first()
    if found is None:
        raise QuoteNotFound("there is no such quote: ask for one with enableEstimate=true")
    return found


def orders_visible(*, principal: str | None) -> QuerySet[FusionOrder]:
    """Orders with their sessions and legs, newest first."""
    found = FusionOrder.objects.select_related(*_WITH_SESSION).prefetch_related("session__legs__chain")
    if principal is not None:
        found = found.filter(session__principal=principal)
    return found.order_by("-session__created_at", "session_id")


def order_known(order_hash: str, *, principal: str) -> FusionOrder | None:
    """An order that this principal has submitted before."""
    return orders_visible(principal=principal).filter(order_hash=order_hash).first()


def order_get(order_hash: str, *, principal: str | None) -> FusionOrder:
    """An order by its hash (hex without 0x). Raises `OrderNotFound`, also for somebody else's."""
    found = orders_visible(principal=principal).filter(order_hash=order_hash).first()
    if found is None:
        raise OrderNotFound(f"there is no order 0x{order_hash}")
    return found


def orders_active(*, principal: str | None) -> QuerySet[FusionOrder]:
    """Orders that are not filled yet."""
    return orders_visible(principal=principal).filter(session__status__in=sorted(EARLY))


def orders_of_maker(
    maker: str, *, principal: str | None, with_token: str = "", from_ms: int = 0, to_ms: int = 0, **filters: Any
) -> QuerySet[FusionOrder]:
    """A maker's orders; `filters` are fields of the session, times unix milliseconds."""
    found = orders_visible(principal=principal).filter(session__maker=maker)
    found = found.filter(**{f"session__{name}": value for name, value in filters.items()})
    if with_token:
        found = found.filter(Q(session__source_token=with_token) | Q(session__destination_token=with_token))
    if from_ms:
        found = found.filter(session__created_at__gte=_moment(from_ms))
    return found.filter(session__created_at__lte=_moment(to_ms)) if to_ms else found


def orders_ready_for_secrets(*, principal: str | None) -> QuerySet[FusionOrder]:
    """Orders whose locks are both final, and whose secret nobody has handed over."""
    found = orders_visible(principal=principal)
    return found.filter(session__status=Status.BOTH_LOCKED, session__secret=None)


def orders_with_locks(*, principal: str | None) -> QuerySet[FusionOrder]:
    """Orders whose escrows may hold something; at most a hundred, the oldest first."""
    found = orders_visible(principal=principal).filter(session__status__in=sorted(set(ACTIVE) - EARLY))
    return found.order_by("session__created_at")[:ACTIONS_LIMIT]


def events_of(orders: Sequence[FusionOrder]) -> dict[Lock, list[ChainEvent]]:
    """What happened to the escrows of these orders, by chain and escrow, oldest first: one query for all."""
    legs = [leg for order in orders for leg in order.session.legs.all() if leg.lock_id]
    found: dict[Lock, list[ChainEvent]] = {lock_of(leg): [] for leg in legs}
    events = ChainEvent.objects.filter(lock_id__in={leg.lock_id for leg in legs}, orphaned_at=None)
    for event in events.order_by("block_height", "index", "pk"):
        if (event.chain_id, event.lock_id) in found:
            found[event.chain_id, event.lock_id].append(event)
    return found


def lock_of(leg: Leg) -> Lock:
    """A leg's lock, as `events_of` knows it."""
    return leg.chain_id, leg.lock_id


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
