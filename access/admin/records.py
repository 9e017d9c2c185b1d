"""The audit trail and who was refused, to read."""

from django.contrib import admin

from access.models import AuditEntry, RateViolation
from access.readonly_admin import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_kind", "actor_id", "action", "target", "outcome", "address")
    list_filter = ("actor_kind", "action")
    search_fields = ("target", "actor_id", "request_id", "address")
    date_hierarchy = "at"


@admin.register(RateViolation)
class RateViolationAdmin(ReadOnlyAdmin):
    """One row for each caller, endpoint and hour."""

    list_display = ("hour", "kind", "principal", "address", "endpoint", "count", "last_at")
    list_filter = ("kind", "endpoint")
    search_fields = ("principal", "address")
    date_hierarchy = "hour"
