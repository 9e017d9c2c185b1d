"""Keeping an operator's filters under a name."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Q, QuerySet

from access.models import ActorKind
from access.services import audit_record
from swaps.errors import ViewRefused
from swaps.models import SavedView

MOST = 30
MOST_QUERY = 1000
NOT_KEPT = frozenset({"p", "all", "_popup", "_to_field", "e", "_facets", "_changelist_filters"})


def views_of(user: Any) -> QuerySet[SavedView]:
    """His own and everybody's shared ones, by name."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner").order_by("name", "pk")


def query_kept(query: str) -> str:
    """A list's query string without its page and what is empty, in an order of its own: equal filters, equal strings."""
    pairs = sorted((name, value) for name, value in parse_qsl(query) if value and name not in NOT_KEPT)
    return urlencode(pairs)


@transaction.atomic
def view_save(*, user: Any, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Keep the filters of `query` (a query string); one of the same name of his is replaced.

    Raises `ViewRefused` for no name, no filter, too much of either, too many views, or sharing without the permission.
    """
    name, kept = " ".join(name.split()), query_kept(query)
    _check(user, name, kept, is_shared)
    if (
        not SavedView.objects.filter(owner=user, name=name).exists()
        and SavedView.objects.filter(owner=user).count() >= MOST
    ):
        raise ViewRefused(f"you have {MOST} saved views already: delete one first")
    wanted = {"query": kept, "is_shared": is_shared}
    view, _ = SavedView.objects.update_or_create(owner=user, name=name, defaults=wanted)
    _audit("saved_view_kept", user, view)
    return view


def _check(user: Any, name: str, kept: str, is_shared: bool) -> None:
    if not 1 <= len(name) <= 40:
        raise ViewRefused("a view's name has 1 to 40 characters")
    if not kept:
        raise ViewRefused("there is nothing to keep: set a filter or search for something first")
    if len(kept) > MOST_QUERY:
        raise ViewRefused(f"these filters are longer than {MOST_QUERY} characters")
    if is_shared and not user.has_perm("swaps.share_views"):
        raise ViewRefused("you may not share views: ask for the permission swaps.share_views")


@transaction.atomic
def view_delete(*, user: Any, view_id: int) -> str:
    """Forget a view; its name. One of somebody else's needs the permission to share. Raises `ViewRefused`."""
    view = views_of(user).filter(pk=view_id).first()
    if view is None:
        raise ViewRefused("there is no such view, or it is not yours")
    if view.owner_id != user.pk and not user.has_perm("swaps.share_views"):
        raise ViewRefused("it is somebody else's: ask him, or for the permission swaps.share_views")
    _audit("saved_view_deleted", user, view)
    view.delete()
    return str(view.name)


def _audit(action: str, user: Any, view: SavedView) -> None:
    detail = {"query": view.query, "shared": view.is_shared}
    audit_record(
        action=action, actor_kind=ActorKind.OPERATOR, actor_id=user.get_username(), target=view.name, detail=detail
    )
