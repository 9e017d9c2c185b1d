"""The list's filters, each a form field of unfold's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter, TextFilter

from chains.config import chain_configs
from swaps import listing
from swaps.models import SwapSession
from swaps.statuses import Status

Sessions = QuerySet[SwapSession]


class _Chosen(DropdownFilter):
    """One of a list that is known without asking the database. A word that is none of it finds nothing."""

    options: Callable[[], list[tuple[str, str]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return type(self).options()

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        word = self.value()
        if not word:
            return queryset
        found = self.condition(word)
        return queryset.none() if found is None else queryset.filter(found)

    def condition(self, word: str) -> Q | None:
        raise NotImplementedError


class StatusFilter(_Chosen):
    title, parameter_name = "status", "status"
    options = staticmethod(lambda: [*listing.GROUPS.items(), *((one.value, one.replace("_", " ")) for one in Status)])

    def condition(self, word: str) -> Q | None:
        return listing.by_status(word, now=timezone.now())


class RouteFilter(_Chosen):
    title, parameter_name = "route", "route"
    options = staticmethod(listing.routes)

    def condition(self, word: str) -> Q | None:
        return listing.by_route(word)


class ChainFilter(_Chosen):
    title, parameter_name = "chain", "chain"
    options = staticmethod(lambda: [(config.name, config.name) for config in chain_configs()])

    def condition(self, word: str) -> Q | None:
        return listing.by_chain(word)


class TokenFilter(_Chosen):
    title, parameter_name = "token", "token"
    options = staticmethod(listing.tokens)

    def condition(self, word: str) -> Q | None:
        return listing.by_token(word)


class CustodyFilter(_Chosen):
    title, parameter_name = "custody", "custody"
    options = staticmethod(lambda: [(one.value, one.value) for one in SwapSession.Custody])

    def condition(self, word: str) -> Q | None:
        return Q(custody=word)


class _Amount(TextFilter):
    """Whole tokens of the source. What is no number finds nothing, so that nobody takes it for an answer."""

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        text = self.value()
        if not text:
            return queryset
        value = listing.whole_amount(text)
        return queryset.none() if value is None else queryset.filter(self.condition(value))

    def condition(self, value: Any) -> Q:
        raise NotImplementedError


class MadeFilter(RangeDateTimeFilter):
    """Made within two moments of UTC; a day without a time is the whole of it."""

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        since, until = self._moment("from", "00:00:00"), self._moment("to", "23:59:59.999999")
        queryset = queryset if since is None else queryset.filter(created_at__gte=since)
        return queryset if until is None else queryset.filter(created_at__lte=until)

    def _moment(self, end: str, otherwise: str) -> datetime | None:
        day = self.used_parameters.get(f"{self.parameter_name}_{end}_0")
        time = self.used_parameters.get(f"{self.parameter_name}_{end}_1") or otherwise
        try:
            return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC) if day else None
        except ValueError:
            return None


class LeastFilter(_Amount):
    title, parameter_name = "source amount from (whole tokens)", "amount_from"

    def condition(self, value: Any) -> Q:
        return listing.by_amount(value, None)


class MostFilter(_Amount):
    title, parameter_name = "source amount to (whole tokens)", "amount_to"

    def condition(self, value: Any) -> Q:
        return listing.by_amount(None, value)


class OwnerFilter(TextFilter):
    title, parameter_name = "owner of the key", "owner"

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        text = self.value()
        return queryset.filter(listing.by_owner(text.strip())) if text else queryset


FILTERS = (
    StatusFilter,
    RouteFilter,
    ChainFilter,
    TokenFilter,
    CustodyFilter,
    ("created_at", MadeFilter),
    LeastFilter,
    MostFilter,
    OwnerFilter,
)
