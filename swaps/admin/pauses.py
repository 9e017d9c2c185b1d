"""The pauses of new swaps: what there was, and the ways to pause and to lift one."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from access.actions.forms import bulk_url
from access.readonly_admin import ReadOnlyAdmin
from swaps.models import Pause


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    """The pauses there were; a new one by the button, the end of one by the action."""

    list_display = ("target", "reason", "actor", "started_at", "lifted_at", "lifted_by")
    list_filter = ("target",)
    actions = ("lift",)

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("swaps.pause_swaps")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_pause_permission(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_pause_permission(request):
            raise PermissionDenied("pausing needs the permission swaps.pause_swaps")
        return redirect(reverse("admin:access_proposal_ask", args=["swaps.pause"]))

    @admin.action(description="Lift the pause…", permissions=["pause"])
    def lift(self, request: HttpRequest, pauses: QuerySet[Pause]) -> HttpResponse:
        return redirect(bulk_url("swaps.resume", list(pauses.values_list("target", flat=True))))
