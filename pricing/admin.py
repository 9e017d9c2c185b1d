"""Quotes to read, and the presets of the auctions: who may set them does so here, while the service runs."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from access.readonly_admin import ReadOnlyAdmin
from pricing.errors import PresetsRefused
from pricing.models import PresetSetting, Quote
from pricing.preset_store import DEFAULT, presets_check, presets_remove, presets_set, routes_known
from pricing.presets import PresetBook

EXAMPLE = '{"fast": {"duration": 90}, "impact": [[0, 0], [10000, 80]]}'


def routes() -> list[tuple[str, str]]:
    """What can be set, for a select."""
    names = sorted(routes_known() - {DEFAULT})
    return [(DEFAULT, "every route without presets of its own"), *((name, name) for name in names)]


class PresetForm(forms.ModelForm):  # type: ignore[type-arg]
    """One route's presets, checked together with all others before they are kept."""

    route = forms.ChoiceField(choices=routes, widget=UnfoldAdminSelectWidget)
    config = forms.JSONField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}),
        help_text=f"Only what is otherwise than the default, for example {EXAMPLE}. Basis points are of the market.",
    )

    class Meta:
        model = PresetSetting
        fields = ("route", "config")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        route, config = given.get("route"), given.get("config")
        if route is None or config is None:
            return given
        if self.instance.pk is None and PresetSetting.objects.filter(route=route).exists():
            raise forms.ValidationError({"route": "this has presets already: change those"})
        if self.instance.pk is not None and self.instance.route != route:
            raise forms.ValidationError({"route": "stays as it is: set the other route by itself"})
        try:
            presets_check(route=route, config=config)
        except PresetsRefused as error:
            raise forms.ValidationError({"config": str(error)}) from error
        return given


@admin.register(PresetSetting)
class PresetSettingAdmin(ModelAdmin):
    """What routes have otherwise than our own presets. It holds within a second, and every change is in the audit trail."""

    form = PresetForm
    list_display = ("route", "actor", "updated_at")
    fields = ("route", "config", "ours")
    readonly_fields = ("ours",)
    actions = None

    @admin.display(description="our own presets")
    def ours(self, _: PresetSetting) -> str:
        """What holds where nothing else is set."""
        return json.dumps(PresetBook().to_config()["default"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pricing.set_presets")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("pricing.set_presets")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("pricing.set_presets")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        wanted = form.cleaned_data
        made = presets_set(route=wanted["route"], config=wanted["config"], actor=request.user.get_username())
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: PresetSetting) -> None:
        try:
            presets_remove(route=obj.route, actor=request.user.get_username())
        except PresetsRefused as error:
            messages.error(request, str(error))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PresetSetting]) -> None:
        for row in queryset:
            self.delete_model(request, row)


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    """The quotes of the last day."""

    list_display = (
        "id",
        "pair",
        "source_amount",
        "destination_amount",
        "principal",
        "created_at",
        "valid_until",
        "used_by",
    )
    list_filter = ("pair",)
    search_fields = ("id", "principal", "used_by")
