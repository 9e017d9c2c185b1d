"""How the operator's console looks and how often it tells what is new. The sidebar is a table in balancer/console/sidebar.py."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def unfold() -> dict[str, Any]:
    """The settings of django-unfold. Names of functions are looked up by it when a page is made."""
    return {
        "SITE_TITLE": "1Balancer",
        "SITE_HEADER": "1Balancer",
        "SITE_SUBHEADER": "Cross-chain swaps",
        "SITE_URL": reverse_lazy("admin:index"),
        "SITE_SYMBOL": "swap_horiz",
        "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("console/icon.svg")}],
        "SHOW_HISTORY": True,
        "SHOW_VIEW_ON_SITE": False,
        "ENVIRONMENT": "balancer.console.sidebar.environment",
        "DASHBOARD_CALLBACK": "balancer.console.page.first_page",
        "STYLES": [lambda _: static("console/console.css")],
        "SIDEBAR": {"show_search": False, "navigation": "balancer.console.sidebar.navigation"},
        "COLORS": {"primary": TEAL},
        "ACCOUNT": {"navigation": [{"title": "Your sign-in", "link": reverse_lazy("admin:account")}]},
    }


TEAL = {
    "50": "oklch(98.4% .014 180.72)",
    "100": "oklch(95.3% .051 180.801)",
    "200": "oklch(91% .096 180.426)",
    "300": "oklch(85.5% .138 181.071)",
    "400": "oklch(77.7% .152 181.912)",
    "500": "oklch(70.4% .14 182.503)",
    "600": "oklch(51.1% .096 186.391)",
    "700": "oklch(43.7% .078 188.216)",
    "800": "oklch(38.6% .063 188.416)",
    "900": "oklch(33.2% .052 189.2)",
    "950": "oklch(27.7% .046 192.524)",
}
"""Of the primary colour: text in the 600 is read on white, and the 500 on the dark ground."""


def load(env: Any) -> dict[str, Any]:
    """By name; seconds.

    `push_seconds` is the least time between two messages to an operator, `survey_seconds` how long what one process has
    gathered serves all the others, `recheck_seconds` how long a socket may outlive its operator's session. `low_hours`: inventory
    is low when what is free of it lasts for less, at the pace of the last day.
    """
    return {
        "push_seconds": env.float("CONSOLE_PUSH_SECONDS", default=1.0),
        "survey_seconds": env.float("CONSOLE_SURVEY_SECONDS", default=1.0),
        "recheck_seconds": env.float("CONSOLE_RECHECK_SECONDS", default=5.0),
        "heartbeat_seconds": env.float("CONSOLE_HEARTBEAT_SECONDS", default=5.0),
        "low_hours": env.int("INVENTORY_LOW_HOURS", default=6),
    }
