"""Proposals in the admin: the list, each one's page with approval and rejection, and the pages that ask for an action."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from access.actions.actors import APPROVE
from access.actions.models import Proposal
from access.actions.money import dollars_text
from access.actions.pages import asking, deciding, together
from access.actions.registry import registry
from access.actions.selectors import proposals_for
from access.readonly_admin import ReadOnlyAdmin

MOST = 100
STATES = {
    "proposed": "warning",
    "approved": "info",
    "executed": "success",
    "failed": "danger",
    "rejected": "danger",
}


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    """What operators asked for. A row's page decides it."""

    list_display = ("shown", "subject", "state_told", "value", "proposed_by", "approved_by", "asked_at", "reason")
    list_filter = ("state", "kind")
    search_fields = ("subject", "proposed_by", "approved_by", "reason")
    show_full_result_count = False
    paginator = InfinitePaginator
    ordering = ("-pk",)
    list_per_page = 50

    @admin.display(description="action")
    def shown(self, proposal: Proposal) -> str:
        kind = registry.kinds.get(proposal.kind)
        return kind.title if kind else proposal.kind

    @display(description="state", label=STATES, ordering="state")
    def state_told(self, proposal: Proposal) -> str:
        return str(proposal.state)

    @admin.display(description="at stake")
    def value(self, proposal: Proposal) -> str:
        return "not known" if proposal.value_usd is None else dollars_text(proposal.value_usd)

    @admin.display(description="asked for", ordering="proposed_at")
    def asked_at(self, proposal: Proposal) -> str:
        return f"{proposal.proposed_at:%Y-%m-%d %H:%M:%S} UTC"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        waiting = proposals_for(request.user.get_username())[:MOST].count() if request.user.has_perm(APPROVE) else 0
        if waiting and request.method == "GET":
            messages.warning(
                request, f"{waiting} {'waits' if waiting == 1 else 'wait'} for a second person: you may be it."
            )
        answer: HttpResponseBase = super().changelist_view(request, extra_context)
        return answer

    def get_urls(self) -> list[URLPattern]:
        def wrapped(view: Any) -> Any:
            def page(request: HttpRequest, **named: Any) -> HttpResponseBase:
                answer: HttpResponseBase = view(request, self.admin_site, **named)
                return answer

            return self.admin_site.admin_view(page)

        return [
            path("ask/<str:name>/", wrapped(asking.ask), name="access_proposal_ask"),
            path("bulk/<str:name>/", wrapped(together.bulk), name="access_proposal_bulk"),
            path("batch/<str:name>/", wrapped(together.batch), name="access_proposal_batch"),
            path("<int:proposal_id>/change/", wrapped(deciding.show), name="access_proposal_change"),
            *super().get_urls(),
        ]
