"""Who was refused, to read."""

from django.contrib import admin

from access.models import RateViolation
from access.readonly_admin import ReadOnlyAdmin


@admin.register(RateViolation)
class RateViolationAdmin(ReadOnlyAdmin):
    """One row for each caller, endpoint and hour."""

    list_display = ("hour", "kind", "principal", "address", "endpoint", "count", "last_at")
    list_filter = ("kind", "endpoint")
    search_fields = ("principal", "address")
    date_hierarchy = "hour"
