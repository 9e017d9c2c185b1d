"""The operators' view of the chains: heads, events, intents and transactions, and what can be done with them."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from access.actions.buttons import DANGER, ask_button, bulk_button
from access.readonly_admin import ReadOnlyAdmin
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent, Outflow, ProviderHealth

INTENT_STATES = {"pending": "warning", "sent": "info", "done": "success", "reverted": "danger", "withdrawn": ""}
TRANSACTION_STATES = {
    "signed": "warning",
    "broadcast": "info",
    "included": "info",
    "succeeded": "success",
    "failed": "danger",
    "replaced": "",
}


class LongListAdmin(ReadOnlyAdmin):
    """A list of more rows than anybody counts, newest first."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)


@admin.register(Chain)
class ChainAdmin(ReadOnlyAdmin):
    list_display = ("name", "family", "head_height", "seen_height", "final_height", "watched_at", "halted_reason")
    actions_detail = ("pause", "resume", "rescan", "set_back", "lift_halt")

    pause = ask_button("swaps.pause", "Pause new swaps…", "swaps.pause_swaps", icon="pause_circle")
    resume = ask_button("swaps.resume", "Resume new swaps…", "swaps.pause_swaps", icon="play_circle")
    rescan = ask_button("chain.rescan", "Read blocks again…", "chains.rescan_chain", icon="manage_search")
    set_back = ask_button("chain.set_back", "Set back…", "chains.resume_chain", icon="history", variant=DANGER)
    lift_halt = ask_button("chain.resume", "Lift the halt…", "chains.resume_chain", icon="lock_open", variant=DANGER)


@admin.register(ChainEvent)
class ChainEventAdmin(LongListAdmin):
    list_display = ("chain", "block_height", "kind", "lock_id", "tx_hash", "observed_at", "orphaned_at")
    list_filter = ("chain", "kind")
    search_fields = ("lock_id", "hashlock", "tx_hash", "block_hash")


@admin.register(Intent)
class IntentAdmin(LongListAdmin):
    list_display = ("subject_id", "step", "chain", "shown_state", "attempts", "attention", "last_error", "updated_at")
    list_filter = ("state", "chain", "step")
    search_fields = ("subject_id",)
    actions = ("retry_chosen",)
    actions_detail = ("retry", "cancel")

    retry = ask_button("intent.retry", "Try again…", "chains.retry_intent", icon="refresh")
    cancel = ask_button("intent.cancel", "Cancel…", "chains.cancel_intent", icon="block", variant=DANGER)
    retry_chosen = bulk_button("intent.retry", "Try the chosen ones again…", "retry")

    @display(description="state", label=INTENT_STATES, ordering="state")
    def shown_state(self, intent: Intent) -> str:
        return intent.state

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chains.retry_intent")


@admin.register(ChainTransaction)
class ChainTransactionAdmin(LongListAdmin):
    list_display = (
        "hash",
        "chain",
        "intent",
        "kind",
        "shown_state",
        "nonce",
        "fee_paid",
        "first_broadcast_at",
        "error",
    )
    list_filter = ("state", "kind", "chain")
    search_fields = ("hash", "intent__subject_id")
    exclude = ("raw",)
    actions = ("reobserve_chosen",)
    actions_detail = ("replace", "reobserve")

    replace = ask_button("transaction.replace", "Replace…", "chains.replace_transaction", icon="bolt", variant=DANGER)
    reobserve = ask_button("transaction.reobserve", "Look again…", "chains.reobserve_transaction", icon="visibility")
    reobserve_chosen = bulk_button("transaction.reobserve", "Look for the chosen ones again…", "reobserve")

    @display(description="state", label=TRANSACTION_STATES, ordering="state")
    def shown_state(self, sent: ChainTransaction) -> str:
        return sent.state

    def has_reobserve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chains.reobserve_transaction")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("address", "chain", "public_key", "next_nonce", "stopped_reason", "attention", "last_used_at")


@admin.register(Outflow)
class OutflowAdmin(LongListAdmin):
    list_display = ("created_at", "account", "intent", "token", "amount", "nonce", "released_at")
    list_filter = ("account", "token")


@admin.register(ProviderHealth)
class ProviderHealthAdmin(ReadOnlyAdmin):
    list_display = (
        "chain", "label", "state", "head_height", "lag", "requests", "errors", "disagreements", "last_ok_at", "last_error",
    )  # fmt: skip
    list_filter = ("chain", "state")
