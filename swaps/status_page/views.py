"""The page, its live part, and what is said of links that open nothing. It asks for no key: the link is the right to read."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from access.addresses import address_unit, client_address
from access.limits.limiter import limiter
from access.limits.policies import Bucket, Quota
from swaps.status_page.page import Page
from swaps.status_page.reading import page_read

PAGE, WRONG_LINK = "status-page", "wrong-link"
MINUTE_MS = 60_000
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
}
View = Callable[..., HttpResponseBase]


class TooMany(Exception):
    """An address asks too often: seconds until it may ask again."""

    def __init__(self, quota: Quota) -> None:
        super().__init__()
        self.seconds = quota.reset_seconds


def guarded(view: View) -> View:
    """Headers for every answer, and one answer for whoever asks too often."""

    @require_safe
    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _count(request, PAGE, settings.STATUS_PAGE["requests"])
            response = view(request, *args, **kwargs)
        except TooMany as busy:
            response = _answer("status/busy.html", 429, seconds=busy.seconds)
            response["Retry-After"] = str(busy.seconds)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return guard


@guarded
def status_page(request: HttpRequest, token: str) -> HttpResponse:
    """The whole page."""
    page = _page(request, token)
    return _missing() if page is None else _answer("status/page.html", 200, page=page, token=token, **_bounds(page))


@guarded
def status_part(request: HttpRequest, token: str) -> HttpResponse:
    """What changes of it, for the page's own script; 304 while it has not changed."""
    page = _page(request, token)
    if page is None:
        return _missing()
    tag = page.tag
    response = (
        HttpResponse(status=304)
        if request.headers.get("If-None-Match") == tag
        else _answer("status/swap.html", 200, page=page)
    )
    response["ETag"] = tag
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt`: there is nothing here for them."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


def _page(request: HttpRequest, token: str) -> Page | None:
    page = page_read(token)
    if page is None:
        _count(request, WRONG_LINK, settings.STATUS_PAGE["wrong_links"])
    return page


def _count(request: HttpRequest, policy: str, limit: int) -> None:
    """Raises `TooMany`."""
    quotas = limiter.take(Bucket(policy, address_unit(client_address(request.META)), limit, MINUTE_MS))
    for quota in quotas:
        if not quota.allowed:
            raise TooMany(quota)


def _bounds(page: Page) -> dict[str, int]:
    """Seconds between two looks: of the script, and of a browser without scripts."""
    poll = settings.STATUS_PAGE["poll_seconds"]
    return {"poll_seconds": poll * 10 if page.is_over else poll, "refresh_seconds": 120 if page.is_over else 15}


def _missing() -> HttpResponse:
    return _answer("status/missing.html", 404)


def _answer(template: str, status: int, **context: Any) -> HttpResponse:
    return HttpResponse(render_to_string(template, context), status=status)
