"""The public page of one swap, for its maker: see `swaps/status_page`."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured


def load(env: Any) -> dict[str, Any]:
    """`STATUS_PAGE_…` variables. Counts are requests a minute of one address; 0: no limit."""
    found = {
        "base_url": env.str("STATUS_PAGE_URL", default="").rstrip("/"),  # https://swaps.example.org; empty: paths alone
        "days": env.int("STATUS_PAGE_DAYS", default=90),  # a link is good for so long after the swap's end
        "requests": env.int("STATUS_PAGE_REQUESTS", default=120),
        "wrong_links": env.int("STATUS_PAGE_WRONG_LINKS", default=20),
        "poll_seconds": env.int("STATUS_PAGE_POLL_SECONDS", default=3),
    }
    if not found["base_url"].startswith(("http://", "https://")) and found["base_url"]:
        raise ImproperlyConfigured("STATUS_PAGE_URL must begin with https:// (or http:// on your own machine)")
    if found["days"] < 1 or found["poll_seconds"] < 1:
        raise ImproperlyConfigured("STATUS_PAGE_DAYS and STATUS_PAGE_POLL_SECONDS must be 1 or more")
    return found
