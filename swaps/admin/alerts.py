"""What operators were told, and what of it still stands."""

from django.contrib import admin
from unfold.decorators import display

from access.actions.buttons import ask_button
from access.readonly_admin import ReadOnlyAdmin
from swaps.models import Alert

SEVERITIES = {"error": "danger", "warning": "warning", "info": "info"}


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Troubles, and that they are over."""

    list_display = ("message", "shown_severity", "state", "action", "at", "acknowledged_by", "cleared_at")
    list_filter = ("severity", "state", ("cleared_at", admin.EmptyFieldListFilter))
    search_fields = ("key", "message", "session_id")
    ordering = ("-seq",)
    actions_detail = ("acknowledge",)

    acknowledge = ask_button("alert.acknowledge", "I am at it…", "swaps.acknowledge_alert", icon="back_hand")
    show_full_result_count = False

    @display(description="severity", label=SEVERITIES, ordering="severity")
    def shown_severity(self, alert: Alert) -> str:
        return alert.severity
