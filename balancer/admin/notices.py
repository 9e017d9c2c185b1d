"""Messages to operators, whether they arrived, and what is kept back."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action, display

from access.actions.forms import ask_url
from access.readonly_admin import ReadOnlyAdmin, ReadOnlyInline
from balancer.models import Delivery, Notice
from balancer.operations.kinds import EVERYBODY
from swaps.models import AlertMute

SEVERITIES = {"error": "danger", "warning": "warning", "info": "info"}


class DeliveryInline(ReadOnlyInline):
    model = Delivery
    fields = ("label", "attempts", "due_at", "sent_at", "given_up_at", "error")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Each message, with its way to each address."""

    list_display = ("title", "shown_severity", "alerts", "created_at")
    list_filter = ("severity",)
    search_fields = ("title", "body")
    ordering = ("-pk",)
    inlines = (DeliveryInline,)
    show_full_result_count = False
    actions_list = ("send_test",)

    @action(description="Send a test message…", url_path="test", permissions=["send_test"], icon="outgoing_mail")
    def send_test(self, request: HttpRequest) -> HttpResponse:
        """The page that asks first: nothing leaves by a link."""
        return redirect(ask_url("notices.test", EVERYBODY))

    def has_send_test_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("swaps.acknowledge_alert")

    @display(description="severity", label=SEVERITIES, ordering="severity")
    def shown_severity(self, notice: Notice) -> str:
        return notice.severity


@admin.register(AlertMute)
class AlertMuteAdmin(ReadOnlyAdmin):
    """Which messages are kept back, until when, by whom and why."""

    list_display = ("target", "until", "muted_by", "reason", "muted_at")
    search_fields = ("target", "reason")
    actions_list = ("mute", "unmute")

    @action(description="Keep messages back…", url_path="mute", permissions=["mute"], icon="notifications_off")
    def mute(self, request: HttpRequest) -> HttpResponse:
        return redirect(ask_url("alert.mute", ""))

    @action(description="Let them leave again…", url_path="unmute", permissions=["mute"], icon="notifications_active")
    def unmute(self, request: HttpRequest) -> HttpResponse:
        return redirect(ask_url("alert.unmute", ""))

    def has_mute_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("swaps.acknowledge_alert")
