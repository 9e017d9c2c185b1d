"""The operators' view of the chains: heads, events, intents and transactions, to read."""

from django.contrib import admin

from access.readonly_admin import ReadOnlyAdmin
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent, Outflow, ProviderHealth


@admin.register(Chain)
class ChainAdmin(ReadOnlyAdmin):
    list_display = ("name", "family", "head_height", "seen_height", "final_height", "watched_at", "halted_reason")


@admin.register(ChainEvent)
class ChainEventAdmin(ReadOnlyAdmin):
    list_display = ("chain", "block_height", "kind", "lock_id", "tx_hash", "observed_at", "orphaned_at")
    list_filter = ("chain", "kind")
    search_fields = ("lock_id", "hashlock", "tx_hash", "block_hash")


@admin.register(Intent)
class IntentAdmin(ReadOnlyAdmin):
    list_display = ("subject_id", "step", "chain", "state", "attempts", "attention", "last_error", "updated_at")
    list_filter = ("state", "chain", "step")
    search_fields = ("subject_id",)


@admin.register(ChainTransaction)
class ChainTransactionAdmin(ReadOnlyAdmin):
    list_display = ("hash", "chain", "intent", "kind", "state", "nonce", "fee_paid", "first_broadcast_at", "error")
    list_filter = ("state", "kind", "chain")
    search_fields = ("hash", "intent__subject_id")
    exclude = ("raw",)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("address", "chain", "public_key", "next_nonce", "stopped_reason", "attention", "last_used_at")


@admin.register(Outflow)
class OutflowAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "account", "intent", "token", "amount", "nonce", "released_at")
    list_filter = ("account", "token")


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnlyAdmin):
    list_display = (
        "chain", "label", "state", "head_height", "lag", "requests", "errors", "disagreements", "last_ok_at", "last_error",
    )  # fmt: skip
    list_filter = ("chain", "state")
