"""A session's page: its parts drawn on the server, and those that changed for whoever looks on."""

import re
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from access.readonly_admin import ReadOnlyAdmin
from swaps.loading import session_load
from swaps.models import SwapSession
from swaps.page.parts import Part, parts_changed, parts_of
from swaps.page.reading import picture_of
from swaps.services.profitability import profit_sentence

LIVE = "swaps_swapsession_live"
UNCONFIGURED = "admin/swaps/swapsession/unconfigured.html"
PLAIN = re.compile(r"sess_[a-z2-7]{24}")


class SessionPageMixin(ReadOnlyAdmin):
    """Shows a session instead of its form. What may be done with it are the admin's own `actions_detail`."""

    change_form_template = "admin/swaps/swapsession/page.html"
    fieldsets = ((None, {"fields": ("id",)}),)

    def get_urls(self) -> list[URLPattern]:
        live = path("<path:object_id>/live/", self.admin_site.admin_view(self.live_view), name=LIVE)
        return [live, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page. Whoever may not view sessions gets a 403, an unknown id goes back to the list."""
        session = self._seen(request, object_id)
        if session is None:
            unknown: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return unknown
        missing = chains_missing(session)
        shown = {"session": session, "missing": missing, "subtitle": None} if missing else self._shown(session)
        answer: HttpResponse = super().change_view(
            request, quote(session.pk), form_url, {**(extra_context or {}), **shown}
        )
        if missing and isinstance(answer, TemplateResponse):
            answer.template_name = UNCONFIGURED
        return answer

    def live_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """`{now, seq, status, terminal, parts: [{name, digest, html}]}`: the parts that differ from `have`, which names
        what is on the screen as `name:digest` with commas between."""
        session = self._seen(request, object_id)
        if session is None or chains_missing(session):
            raise Http404("there is no such session, or none of chains that are configured")
        picture = picture_of(session, wall=timezone.now())
        have = dict(one.split(":", 1) for one in request.GET.get("have", "").split(",") if ":" in one)
        changed = parts_changed(parts_of(picture), have)
        answer = {
            "now": picture.now,
            "seq": session.seq,
            "status": session.status,
            "terminal": session.is_terminal,
            "parts": [
                {"name": part.name, "digest": part.digest, "html": part_html(part, picture.now)} for part in changed
            ],
        }
        return JsonResponse(answer, headers={"Cache-Control": "no-store"})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> SwapSession | None:
        """The admin takes "_22" in an id for a quoted character, and asks for an id that nobody has."""
        found: SwapSession | None = super().get_object(request, object_id, from_field)
        return found or super().get_object(request, quote(object_id), from_field)

    def _seen(self, request: HttpRequest, object_id: str) -> SwapSession | None:
        if not self.has_view_permission(request):
            raise PermissionDenied("you may not see sessions: ask for the permission swaps.view_swapsession")
        return session_load(session_id_of(object_id), principal=None)

    def _shown(self, session: SwapSession) -> dict[str, Any]:
        picture = picture_of(session, wall=timezone.now())
        return {
            "session": session,
            "now": picture.now,
            "parts": parts_of(picture),
            "profit": "" if session.is_terminal else profit_sentence(session),
            "title": f"Swap {session.pk}",
            "subtitle": None,
        }


def chains_missing(session: SwapSession) -> list[str]:
    """The session's chains that are configured no more: what stands on them cannot be told."""
    return [name for name in (session.source_chain_id, session.destination_chain_id) if name not in settings.CHAINS]


def session_id_of(object_id: str) -> str:
    """The id in an address. The admin's own links quote ids (`_` as `_5F`), and others do not: a plain one is taken as it is,
    though `_24` in it looks like a quoted dollar sign."""
    return object_id if PLAIN.fullmatch(object_id) else str(unquote(object_id))


def part_html(part: Part, now: int) -> str:
    """One part, drawn."""
    return render_to_string(part.template, {"part": part.value, "now": now})
