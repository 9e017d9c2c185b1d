"""Admin classes that show and never change."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.checks import UnfoldModelAdminChecks


class OfflineChecks(UnfoldModelAdminChecks):
    """At start, unfold looks up in the database whether a button's permission exists; `migrate`, which makes the database, could
    not start. That every permission in use exists is a test's to see."""

    def _check_unfold_action_permission_methods(self, obj: Any) -> list[Any]:
        return []


class ReadOnlyAdmin(ModelAdmin):
    """A list and a page, without a way to add, change or delete."""

    checks_class = OfflineChecks

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyInline(TabularInline):
    """The same for rows on another row's page."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
