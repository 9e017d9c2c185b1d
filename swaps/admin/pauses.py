"""Pausing new swaps, and lifting a pause."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from access.readonly_admin import ReadOnlyAdmin
from chains.config import chain_configs
from swaps.models import Pause
from swaps.models.pause import ALL, ARROW
from swaps.services.pauses import pause_lift, pause_start


def targets() -> list[tuple[str, str]]:
    """What can be paused, for a select."""
    names = [config.name for config in chain_configs() if config.is_usable]
    routes = [(f"{a}{ARROW}{b}", f"swaps from {a} to {b}") for a in names for b in names if a != b]
    return [(ALL, "all new swaps"), *((name, f"all swaps on {name}") for name in names), *routes]


class PauseForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which new swaps stop, and why."""

    target = forms.ChoiceField(
        choices=targets,
        widget=UnfoldAdminSelectWidget,
        help_text="Only new swaps stop. What is locked goes on to its claim or its refund.",
    )
    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    class Meta:
        model = Pause
        fields = ("target", "reason")

    def clean_target(self) -> str:
        target = str(self.cleaned_data["target"])
        if Pause.objects.filter(target=target, lifted_at=None).exists():
            raise forms.ValidationError("this is paused already")
        return target


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    """The pauses there were; a new one by the button, the end of one by the action."""

    form = PauseForm
    list_display = ("target", "reason", "actor", "started_at", "lifted_at", "lifted_by")
    list_filter = ("target",)
    actions = ("lift",)

    def has_pause_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("swaps.pause_swaps")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_pause_permission(request)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        wanted = form.cleaned_data
        made = pause_start(target=wanted["target"], reason=wanted["reason"], actor=request.user.get_username())
        obj.pk, obj.actor, obj.started_at = made.pk, made.actor, made.started_at  # type: ignore[attr-defined]

    @admin.action(description="Lift the pause", permissions=["pause"])
    def lift(self, request: HttpRequest, pauses: QuerySet[Pause]) -> None:
        for pause in pauses:
            lifted = (
                pause_lift(target=pause.target, actor=request.user.get_username()) if not pause.lifted_at else False
            )
            text = f"{pause.target}: lifted" if lifted else f"{pause.target}: was not paused any more"
            messages.add_message(request, messages.SUCCESS if lifted else messages.INFO, text)
