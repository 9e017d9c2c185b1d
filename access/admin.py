"""Keys and the audit trail in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from access.models import ApiKey, AuditEntry
from access.readonly_admin import ReadOnlyAdmin
from access.services import api_key_create


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A key is made here, and shown once; afterwards it can be revoked by giving `revoked_at`."""

    list_display = ("name", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    search_fields = ("name", "prefix")
    readonly_fields = ("prefix", "created_at", "last_used_at")
    exclude = ("key_hash",)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, plain = api_key_create(name=obj.name, scopes=obj.scopes, expires_at=obj.expires_at, note=obj.note)
        obj.pk, obj.prefix, obj.key_hash = made.pk, made.prefix, made.key_hash
        messages.warning(request, f"The key, shown only now: {plain}")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_kind", "actor_id", "action", "target")
    list_filter = ("action", "actor_kind")
    search_fields = ("target", "actor_id")
