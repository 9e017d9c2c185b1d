"""Sessions in the admin, and their refunds."""

from django.contrib import admin

from access.readonly_admin import ReadOnlyAdmin
from swaps.admin.operations import SessionOperationsMixin
from swaps.admin.sessions_export import SessionExportMixin
from swaps.admin.sessions_list import SessionListMixin
from swaps.admin.sessions_page import SessionPageMixin
from swaps.models import Refund, SwapSession


@admin.register(SwapSession)
class SessionAdmin(SessionOperationsMixin, SessionExportMixin, SessionListMixin, SessionPageMixin):
    """Every swap: the list and its file, a page for each, and what operators may do with one."""


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Every refund: who wanted it, why, and what became of it."""

    list_display = ("leg", "source", "actor", "state", "reason", "requested_at", "finished_at")
    list_filter = ("state", "source")
    search_fields = ("leg__session__id", "actor", "reason", "tx_hash")
