"""API keys in the admin: made, rotated and revoked, never changed; a key's text is shown once."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from access.addresses import network_read
from access.errors import ApplicationError
from access.models import ActorKind, ApiKey
from access.scopes import SCOPES
from access.services import LONGEST_OVERLAP, OVERLAP, api_key_create, api_key_revoke, api_key_rotate

STATES = {"live": "success", "rotated": "info", "expired": "warning", "revoked": "danger"}
HOUR = 3600


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What an operator says of a new key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {meaning}") for scope, meaning in SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    allowed_addresses = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Networks or addresses, one a line: 203.0.113.0/24, 2001:db8::/32. Empty: from anywhere.",
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expires_at", "requests_per_minute", "allowed_addresses", "note")

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError("must be in the future")
        return expires_at

    def clean_allowed_addresses(self) -> list[str]:
        try:
            return [network_read(text) for text in self.cleaned_data["allowed_addresses"].replace(",", " ").split()]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class RotateForm(forms.Form):
    """How long the old key works on."""

    overlap_hours = forms.FloatField(
        min_value=0, max_value=LONGEST_OVERLAP.total_seconds() / HOUR, initial=OVERLAP.total_seconds() / HOUR
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A key is made here, shown once, and can be rotated and revoked. It cannot be changed: make another and revoke the
    first."""

    form = ApiKeyForm
    list_display = ("name", "prefix", "owner", "state", "scopes", "created_at", "expires_at", "last_used_at")
    search_fields = ("name", "prefix", "owner", "note")
    readonly_fields = ("prefix", "owner", "state", "successor", "created_at", "revoked_at", "last_used_at")
    fields = (
        "name", "prefix", "owner", "state", "scopes", "requests_per_minute", "allowed_addresses", "expires_at", "successor",
        "created_at", "revoked_at", "last_used_at", "note",
    )  # fmt: skip
    actions_detail = ("rotate", "revoke")

    @display(description="state", label=STATES)
    def state(self, key: ApiKey) -> str:
        return key.state

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.fields if obj else ApiKeyForm.Meta.fields

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    # Making one

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        made, obj.plain = api_key_create(  # type: ignore[attr-defined]  # for response_add, and nowhere else
            name=obj.name,
            scopes=obj.scopes,
            expires_at=obj.expires_at,
            note=obj.note,
            requests_per_minute=obj.requests_per_minute,
            allowed_addresses=obj.allowed_addresses,
            **_by(request),
        )
        obj.pk, obj.prefix = made.pk, made.prefix

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return self._shown_once(request, obj, obj.plain)  # type: ignore[attr-defined]

    def _shown_once(self, request: HttpRequest, key: ApiKey, plain: str) -> HttpResponse:
        """The page that shows the key, once: not a message, for those are kept in a cookie until they are seen."""
        context = {**self.admin_site.each_context(request), "title": "New API key", "key": key, "plain": plain}
        return TemplateResponse(request, "admin/access/apikey/made.html", context)

    # Rotating and revoking one

    @action(description="Rotate", url_path="rotate", permissions=["rotate"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the overlap, make the successor, show it."""
        key = self.get_object(request, object_id)
        if key is None:
            return redirect(reverse("admin:access_apikey_changelist"))
        form = RotateForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
                made, plain = api_key_rotate(prefix=key.prefix, overlap=overlap, **_by(request))
            except ApplicationError as error:
                messages.error(request, error.detail)
                return redirect(reverse("admin:access_apikey_change", args=[key.pk]))
            return self._shown_once(request, made, plain)
        context = {**self.admin_site.each_context(request), "title": "Rotate API key", "key": key, "form": form}
        return TemplateResponse(request, "admin/access/apikey/rotate.html", context)

    def has_rotate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("access.rotate_apikey")

    @action(description="Revoke", url_path="revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and revoke on the answer."""
        key = self.get_object(request, object_id)
        if key is None:
            return redirect(reverse("admin:access_apikey_changelist"))
        if request.method != "POST":
            context = {**self.admin_site.each_context(request), "title": "Revoke API key", "key": key}
            return TemplateResponse(request, "admin/access/apikey/revoke.html", context)
        try:
            api_key_revoke(prefix=key.prefix, **_by(request))
            messages.success(request, f"{key} is revoked")
        except ApplicationError as error:
            messages.error(request, error.detail)
        return redirect(reverse("admin:access_apikey_change", args=[key.pk]))

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("access.revoke_apikey")


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor_kind": ActorKind.OPERATOR, "actor_id": request.user.get_username()}
