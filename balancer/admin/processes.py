"""The processes, as they say of themselves."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from access.actions.buttons import ask_button
from access.readonly_admin import ReadOnlyAdmin
from balancer.models import Process
from balancer.processes.registry import Seen, processes_seen


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    """Who lives, who was lost, and how each is. A process that ends in good order leaves."""

    list_display = ("label", "host", "pid", "shown_state", "memory", "processor", "threads", "open_files", "started_at")
    list_filter = ("kind", "host")
    ordering = ("kind", "name", "host", "pid")
    show_full_result_count = False
    actions_detail = ("forget",)
    forget = ask_button("process.forget", "Forget it…", "swaps.acknowledge_alert", icon="delete_sweep")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        self._seen: dict[int, Seen] = {one.id: one for one in processes_seen()}
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @display(description="state", label={"lives": "success", "lost": "danger", "stuck": "warning"})
    def shown_state(self, row: Process) -> str:
        seen = self._seen.get(row.pk)
        if seen is None or seen.is_lost:
            return "lost"
        return "stuck" if seen.stuck else "lives"

    @admin.display(description="memory", ordering="rss_bytes")
    def memory(self, row: Process) -> str:
        return f"{row.rss_bytes / 2**20:.0f} MiB"

    @admin.display(description="processor time", ordering="cpu_seconds")
    def processor(self, row: Process) -> str:
        return f"{row.cpu_seconds:.0f} s"
