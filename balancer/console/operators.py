"""Who sits before a socket: an operator by the cookie of his session, from a page of our own."""

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from access.accounts.state import may_open_console

Headers = Iterable[tuple[bytes, bytes]]


def is_own_page(headers: Headers) -> bool:
    """Whether a page of this service asks, as Django's CSRF check has it: the origin is the host that was asked, or one that
    `CSRF_TRUSTED_ORIGINS` names. A browser sends the cookie with any page's socket, so this is what keeps strangers out."""
    found = {name.lower(): value.decode("latin-1") for name, value in headers}
    origin, host = found.get(b"origin", ""), found.get(b"host", "")
    domain, _ = split_domain_port(host)
    if not origin or not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    parts = urlsplit(origin)
    return (parts.scheme in ("http", "https") and parts.netloc == host) or origin in settings.CSRF_TRUSTED_ORIGINS


def session_key(headers: Headers) -> str:
    """The operator's session by his cookie; "" for who has none."""
    for name, value in headers:
        if name.lower() == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                return ""
            return found.value if found else ""
    return ""


def operator_of(key: str) -> Any:
    """The operator whose session this is, while it stands and he may use the admin; None otherwise. Reads the database."""
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    person = auth.get_user(request)
    return person if may_open_console(person, request.session) else None
