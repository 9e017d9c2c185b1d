"""Webhooks in the admin: endpoints and their log to read; disabling, enabling, and sending one message again."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action, display

from access.errors import ApplicationError
from access.models import ActorKind
from access.readonly_admin import ReadOnlyAdmin, ReadOnlyInline
from access.webhooks.models import Attempt, Delivery, Endpoint
from access.webhooks.services.endpoints import endpoint_switch
from access.webhooks.services.replay import delivery_again

ENDPOINT_STATES = {"working": "success", "failing": "warning", "disabled": "danger"}
DELIVERY_STATES = {"delivered": "success", "pending": "info", "failed": "danger"}


def asked_first(
    page: ReadOnlyAdmin, request: HttpRequest, object_id: str, question: str, act: Callable[[], str]
) -> HttpResponse:
    """Ask on a page of its own, and act on the answer: a link that somebody follows does nothing."""
    back, found = f"admin:{page.opts.app_label}_{page.opts.model_name}_", page.get_object(request, object_id)
    if found is None:
        return redirect(reverse(f"{back}changelist"))
    if request.method != "POST":
        context = {**page.admin_site.each_context(request), "title": question, "found": found}
        return TemplateResponse(request, "admin/webhooks/confirm.html", context)
    try:
        messages.success(request, act())
    except ApplicationError as error:
        messages.error(request, error.detail)
    return redirect(reverse(f"{back}change", args=[object_id]))


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """An endpoint that was disabled says why in the list, and the list says so on top."""

    list_display = ("url", "owner", "state", "disabled_reason", "on_their_way", "created_at")
    list_filter = ("enabled",)
    search_fields = ("id", "url", "owner", "description")
    fields = (
        "id",
        "owner",
        "url",
        "events",
        "description",
        "state",
        "disabled_reason",
        "disabled_at",
        "failing_since",
        "failures",
        "quiet_until",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    actions_detail = ("disable", "enable")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        rows: QuerySet[Endpoint] = super().get_queryset(request)
        return rows.annotate(waiting=Count("deliveries", filter=Q(deliveries__state="pending")))

    @display(description="state", label=ENDPOINT_STATES)
    def state(self, endpoint: Endpoint) -> str:
        if not endpoint.enabled:
            return "disabled"
        return "failing" if endpoint.failing_since else "working"

    @display(description="on their way")
    def on_their_way(self, endpoint: Any) -> int:
        return int(endpoint.waiting)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        count = Endpoint.objects.filter(enabled=False, failing_since__isnull=False).count()
        if count and request.method == "GET":
            messages.warning(request, f"{count} endpoints were disabled because they failed: tell their owners")
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @action(description="Disable", url_path="disable", permissions=["switch"])
    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, enabled=False)

    @action(description="Enable", url_path="enable", permissions=["switch"])
    def enable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, enabled=True)

    def has_switch_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return bool(request.user.has_perm("webhooks.change_endpoint"))

    def _switch(self, request: HttpRequest, object_id: str, *, enabled: bool) -> HttpResponse:
        operator = request.user.get_username()
        reason = "" if enabled else f"the operator {operator} disabled it"

        def switch() -> str:
            endpoint_switch(
                endpoint_id=object_id,
                enabled=enabled,
                reason=reason,
                actor_kind=ActorKind.OPERATOR,
                actor_id=operator,
            )
            return f"{object_id} is {'enabled' if enabled else 'disabled'}"

        question = "Enable this endpoint?" if enabled else "Disable this endpoint? It is sent nothing more."
        return asked_first(self, request, object_id, question, switch)


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("at", "number", "status", "error", "address", "milliseconds", "answer")
    readonly_fields = fields


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The log: what was sent where, and what became of it."""

    list_display = ("pk", "type", "subject", "seq", "endpoint", "state_told", "attempts", "last_status", "last_error")
    list_filter = ("state",)
    list_select_related = ("endpoint", "message")
    search_fields = ("subject", "message__id", "endpoint__id", "endpoint__url")
    date_hierarchy = "created_at"
    fields = (
        "endpoint",
        "message",
        "type",
        "subject",
        "seq",
        "state_told",
        "attempts",
        "next_attempt_at",
        "give_up_at",
        "last_status",
        "last_error",
        "delivered_at",
        "created_at",
        "body",
    )
    readonly_fields = fields
    inlines = (AttemptInline,)
    actions_detail = ("redeliver",)

    @display(description="state", label=DELIVERY_STATES)
    def state_told(self, delivery: Delivery) -> str:
        return str(delivery.state)

    @display(description="type")
    def type(self, delivery: Delivery) -> str:
        return delivery.message.type

    @display(description="message")
    def body(self, delivery: Delivery) -> str:
        return delivery.message.body

    @action(description="Send again", url_path="redeliver", permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def again() -> str:
            operator = request.user.get_username()
            delivery_again(delivery_id=int(object_id), actor_kind=ActorKind.OPERATOR, actor_id=operator)
            return "it is on its way again"

        question = "Send this message again? The receiver sees the same webhook-id."
        return asked_first(self, request, object_id, question, again)

    def has_redeliver_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return bool(request.user.has_perm("webhooks.change_delivery"))
