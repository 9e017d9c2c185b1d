"""Sessions as a CSV file: those that the list shows, for whoever may take them away, written down in the audit trail."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm

from access.models import ActorKind
from access.services import audit_record
from swaps.models import SwapSession
from swaps.page.words import whole_tokens
from swaps.services.saved_views import query_kept
from swaps.times import rfc3339
from swaps.words import symbol_of

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
AGREED = (
    "id", "status", "reason", "attention", "principal", "custody", "confirmation_level", "source_lock", "hash_function",
    "hashlock", "maker", "taker", "quote_id",
)  # fmt: skip
SIDES = ("source", "destination")
TIMES = ("created_at", "executed_at", "expires_at", "finished_at")


def harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text


class SessionResource(ModelResource):
    """The file's columns: amounts in whole tokens and in base units, times in UTC."""

    source_symbol = Field()
    source_amount_whole = Field()
    destination_symbol = Field()
    destination_amount_whole = Field()

    class Meta:
        model = SwapSession
        name = "sessions"
        fields = (
            *AGREED,
            *(f"{side}_{what}" for side in SIDES for what in ("chain", "token", "symbol", "amount_whole", "amount")),
            *TIMES,
        )
        export_order = fields

    def get_queryset(self) -> QuerySet[SwapSession]:
        return SwapSession.objects.all()

    def export_field(self, field: Field, instance: SwapSession, **kwargs: Any) -> str:
        name = str(self.get_field_name(field))
        side, _, what = name.partition("_")
        if side in SIDES and what in ("chain", "token", "symbol", "amount", "amount_whole"):
            return harmless(_of_side(instance, side, what))
        value = getattr(instance, name)
        return harmless(rfc3339(value) if name in TIMES else value)


def _of_side(session: SwapSession, side: str, what: str) -> Any:
    chain, token = getattr(session, f"{side}_chain_id"), getattr(session, f"{side}_token")
    if what == "symbol":
        return symbol_of(chain, token)
    if what == "amount_whole":
        return whole_tokens(chain, token, getattr(session, f"{side}_amount"))
    return {"chain": chain, "token": token}.get(what) or getattr(session, f"{side}_{what}")


class SessionExportMixin(ExportMixin):
    """The button, its page, and the file. More rows than `SESSIONS_EXPORT_LIMIT` are refused, and nothing is cut."""

    resource_classes = (SessionResource,)
    export_form_class = ExportForm

    def get_export_formats(self) -> list[type[CSV]]:
        return [CSV]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("swaps.export_sessions")

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[SwapSession], export_form: Any = None
    ) -> HttpResponse:
        most = settings.SESSIONS_EXPORT_LIMIT
        count = queryset.order_by()[: most + 1].count()
        if count > most:
            raise ValueError(
                f"these filters let more than {most} sessions through, which is the most that one file holds: narrow them"
            )
        made: HttpResponse = super()._do_file_export(file_format, request, queryset, export_form=export_form)
        audit_record(
            action="sessions_exported",
            actor_kind=ActorKind.OPERATOR,
            actor_id=request.user.get_username(),
            target="sessions",
            detail={"rows": count, "filters": query_kept(request.GET.urlencode())},
        )
        made["Cache-Control"] = "no-store"
        return made
