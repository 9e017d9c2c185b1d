"""The live settings' page: constance's, with unfold's look, and our service behind its button."""

from functools import partial
from typing import Any, cast

from constance.admin import Config, ConstanceAdmin
from constance.forms import ConstanceForm
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from access.models import ActorKind
from access.operating import operating_change, operating_lock

admin.site.unregister([Config])


class OperatingForm(ConstanceForm):
    """Checks each value by its kind; refuses to overwrite what somebody else has changed since the page was drawn."""

    def __init__(self, initial: dict[str, Any], request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(initial, request, *args, **kwargs)
        self._actor = request.user.get_username()[:80]

    def clean(self) -> dict[str, Any]:
        """The page has no place for what is wrong with a hidden field."""
        for fault in self.errors.pop("version", []):
            self.add_error(None, fault)
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def save(self) -> list[str]:
        values = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return operating_change(values, actor_kind=ActorKind.OPERATOR, actor_id=self._actor)


@admin.register(Config)
class OperatingAdmin(ConstanceAdmin):
    """A change looks and writes under one lock, so that two operators never overwrite each other unseen."""

    change_list_form = OperatingForm

    def _log_config_change(self, request: HttpRequest, changed_fields: list[str]) -> None:
        """The audit trail has it, with the values."""

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The trail's entries about live settings."""
        return redirect(f"{reverse('admin:access_auditentry_changelist')}?q=operating_setting_changed")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        show = partial(super().changelist_view, request, {"title": "Live settings", **(extra_context or {})})
        if request.method != "POST":
            return _typed(show())
        with transaction.atomic():
            operating_lock()
            return _typed(show())


def _typed(answer: Any) -> HttpResponse:
    """Constance has no types."""
    return cast(HttpResponse, answer)
