"""API keys and the audit trail in the admin."""

from datetime import datetime
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
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from access.errors import ApplicationError
from access.models import ActorKind, ApiKey, AuditEntry
from access.readonly_admin import ReadOnlyAdmin
from access.scopes import SCOPES
from access.services import api_key_create, api_key_revoke

STATES = {"live": "success", "expired": "warning", "revoked": "danger"}


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What an operator says of a new key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {meaning}") for scope, meaning in SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expires_at", "note")

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise forms.ValidationError("must be in the future")
        return expires_at


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A key is made here, shown once, and can be revoked. It cannot be changed: make another and revoke the first."""

    form = ApiKeyForm
    list_display = ("name", "prefix", "state", "scopes", "created_at", "expires_at", "last_used_at")
    search_fields = ("name", "prefix", "note")
    readonly_fields = ("prefix", "state", "created_at", "revoked_at", "last_used_at")
    fields = ("name", "prefix", "state", "scopes", "expires_at", "created_at", "revoked_at", "last_used_at", "note")
    actions_detail = ("revoke",)

    @display(description="state", label=STATES)
    def state(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return "revoked"
        return "live" if key.is_live else "expired"

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.fields if obj else ApiKeyForm.Meta.fields

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        made, obj.plain = api_key_create(  # type: ignore[attr-defined]  # for response_add, and nowhere else
            name=obj.name,
            scopes=obj.scopes,
            expires_at=obj.expires_at,
            note=obj.note,
            actor_kind=ActorKind.OPERATOR,
            actor_id=request.user.get_username(),
        )
        obj.pk, obj.prefix = made.pk, made.prefix

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The page that shows the key, once: not a message, for those are kept in a cookie until they are seen."""
        context = {**self.admin_site.each_context(request), "title": "New API key", "key": obj}
        return TemplateResponse(request, "admin/access/apikey/made.html", context)

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
            api_key_revoke(prefix=key.prefix, actor_kind=ActorKind.OPERATOR, actor_id=request.user.get_username())
            messages.success(request, f"{key} is revoked")
        except ApplicationError as error:
            messages.error(request, error.detail)
        return redirect(reverse("admin:access_apikey_change", args=[key.pk]))

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may make keys may revoke them."""
        return bool(self.has_add_permission(request))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_kind", "actor_id", "action", "target")
    list_filter = ("action", "actor_kind")
    search_fields = ("target", "actor_id", "request_id")
    date_hierarchy = "at"
