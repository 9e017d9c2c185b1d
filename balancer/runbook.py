"""`/admin/runbook/`: docs/runbook.md as a page of the console, where each alert links to."""

from functools import cache

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

FILE = settings.BASE_DIR / "docs" / "runbook.md"


@require_safe
def _page(request: HttpRequest) -> HttpResponse:
    """For whoever may enter the console."""
    context = {**admin.site.each_context(request), "title": "Runbook", "text": _html(), "pages": _pages()}
    return render(request, "admin/balancer/runbook.html", context)


runbook = admin.site.admin_view(_page)


@cache
def _source() -> str:
    try:
        return FILE.read_text()
    except FileNotFoundError as error:
        raise Http404("docs/runbook.md is not part of this installation") from error


@cache
def _html() -> SafeString:
    """Our own file's, headings with their own words as anchors."""
    from markdown import markdown

    html: str = markdown(_source(), extensions=["toc"])
    return SafeString(html)  # no words of anybody else's are in it


def _pages() -> list[str]:
    return [line[3:].strip() for line in _source().splitlines() if line.startswith("## ")]
