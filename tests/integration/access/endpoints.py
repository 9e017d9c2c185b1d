"""Every call of the service, and who may make it. **A new endpoint gets one line in `ROWS`.**

    Row("GET", "api/v1/sessions/<str:session_id>", "swaps:read", thing="session")

The path is written as the URL conf has it. `scope` is what the call needs: a scope's name, `ANY_KEY` (any valid credentials)
or `NOBODY_ASKS` (it is open, and looks at no key). `thing` is what the path or the
query names and somebody owns: strangers get 404 for it. `lists` says that the answer lists such things: a stranger's list
is without the owner's. `operators=True`: whoever has `sessions:all` may do it to everybody's. `body` is what the owner sends.
"""

from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.integration.swaps.conftest import SEED_BODY

ANY_KEY, NOBODY_ASKS = "any key", "nobody asks"
METHODS = ("get", "post", "put", "patch", "delete")
ALIASES = ("fusion-plus/",)
"""The same paths again, below another name."""
SKIPPED = ("admin/", "console/", "metrics", "__", "static/")
"""The admin has a table of its own: test_roles.py. The console's figures are its operators'
(tests/integration/console/test_permissions.py), and metrics are for networks or a token of their own
(tests/integration/balancer/test_metrics.py)."""


@dataclass(frozen=True)
class Row:
    """One call: see above."""

    method: str
    path: str
    scope: str
    thing: str = ""
    lists: str = ""
    operators: bool = False
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


S, W, FUSION = "api/v1/sessions/<str:session_id>", "api/v1/webhooks/<str:webhook_id>", "orders/v1.1/order"
HASH = "(?P<order_hash>[^/]+)"
WEBHOOK = {"url": "https://203.0.114.7/hook", "events": ["session.completed"]}
PAIR = {"sourceChain": "base", "destinationChain": "near", "sourceToken": "USDC", "destinationToken": "usdt.near"}
SECRET = {"secret": "0x" + "ee" * 32}
READ, WRITE, QUOTES, HOOKS = "swaps:read", "swaps:write", "quotes:read", "webhooks:write"

ROWS = (
    Row("GET", "", NOBODY_ASKS),
    Row("GET", "health", NOBODY_ASKS),
    Row("GET", "health/live", NOBODY_ASKS),
    Row("GET", "health/ready", NOBODY_ASKS),
    Row("GET", "api/schema", NOBODY_ASKS),
    Row("GET", "api/docs", NOBODY_ASKS),
    Row("GET", "api/v1/version", ANY_KEY),
    Row("POST", "api/v1/token", ANY_KEY),
    Row("GET", "api/v1/receipt-keys", NOBODY_ASKS),
    Row("POST", "api/v1/quote", QUOTES, body={**PAIR, "amount": "1000000"}),
    Row("GET", "api/v1/quote/pairs", QUOTES),
    Row("GET", "api/v1/quote/history", QUOTES, lists="quote", query={"pair": "USDC/USDT"}),
    Row("GET", "api/v1/quote/candles", QUOTES, query={"pair": "USDC/USDT"}),
    Row("GET", "api/v1/quote/<str:quote_id>", QUOTES, thing="quote"),
    Row("GET", "api/prices", QUOTES),
    Row("GET", "api/prices/<str:asset>", QUOTES),
    Row("GET", "api/v1/sessions", READ, lists="session", operators=True),
    Row("POST", "api/v1/sessions", WRITE, body=SEED_BODY),
    Row("GET", S, READ, thing="session", operators=True),
    Row("GET", f"{S}/events", READ, thing="session", operators=True),
    Row("GET", f"{S}/stream", READ),  # of the ASGI server: its owners are tests/integration/push's
    Row("POST", f"{S}/execute", WRITE, thing="session", operators=True, body={}),
    Row("POST", f"{S}/cancel", WRITE, thing="session", operators=True, body={}),
    Row("POST", f"{S}/secret", WRITE, thing="session", operators=True, body=SECRET),
    Row("GET", f"{S}/receipt", READ, thing="session", operators=True),
    Row("GET", f"{S}/rescue", READ, thing="session", operators=True),
    Row("GET", f"{S}/status-link", READ, thing="session", operators=True),
    Row("POST", f"{S}/status-link", WRITE, thing="session", operators=True),
    Row("DELETE", f"{S}/status-link", WRITE, thing="session", operators=True),
    Row("GET", f"{S}/profit", "sessions:all"),
    Row("GET", "api/v1/auctions/<str:auction>/profit", QUOTES, thing="quote", operators=True),
    Row("GET", "swap/<str:token>", NOBODY_ASKS),  # the link is the right: tests/integration/status_page
    Row("GET", "swap/<str:token>/part", NOBODY_ASKS),
    Row("GET", "robots.txt", NOBODY_ASKS),
    Row("GET", "api/v1/webhooks", HOOKS, lists="webhook"),
    Row("POST", "api/v1/webhooks", HOOKS, body=WEBHOOK),
    Row("GET", "api/v1/webhooks/events", HOOKS),
    Row("GET", W, HOOKS, thing="webhook"),
    Row("PATCH", W, HOOKS, thing="webhook", body={"enabled": False}),
    Row("DELETE", W, HOOKS, thing="webhook"),
    Row("POST", f"{W}/rotate-secret", HOOKS, thing="webhook", body={}),
    Row("POST", f"{W}/ping", HOOKS, thing="webhook", body={}),
    Row("POST", f"{W}/replay", HOOKS, thing="webhook", body={"since": "2026-01-01T00:00:00Z"}),
    Row("GET", f"{W}/deliveries", HOOKS, thing="webhook"),
    Row("GET", f"{W}/deliveries/<int:delivery_id>", HOOKS, thing="webhook"),
    Row("GET", "quoter/v1.1/quote/receive", QUOTES),
    Row("POST", "quoter/v1.1/quote/receive", QUOTES, body={}),
    Row("POST", "relayer/v1.1/submit", WRITE, body={}),
    Row("POST", "relayer/v1.1/submit/many", WRITE, body=[]),
    Row("POST", "relayer/v1.1/submit/secret", WRITE, body={}),
    Row("GET", f"{FUSION}/active", READ, lists="order", operators=True),
    Row("GET", f"{FUSION}/status/{HASH}", READ, thing="order", operators=True),
    Row("GET", f"{FUSION}/maker/(?P<address>0x[0-9a-fA-F]{{40}})", READ, lists="order", operators=True),
    Row("GET", f"{FUSION}/ready-to-accept-secret-fills", READ),
    Row("GET", f"{FUSION}/ready-to-accept-secret-fills/{HASH}", READ, thing="order", operators=True),
    Row("GET", f"{FUSION}/ready-to-execute-public-actions", READ),
    Row("GET", f"{FUSION}/secrets/{HASH}", READ, thing="order", operators=True),
    Row("GET", f"{FUSION}/cancelable-by-resolvers", READ),
    Row("GET", f"{FUSION}/escrow", READ, query={"chainId": "8453"}),
)


def calls() -> set[tuple[str, str]]:
    """Method and path of every call that the URL conf leads to, without the admin's."""
    found = set()
    for path, pattern in _patterns(get_resolver(), ""):
        if not path.startswith(SKIPPED):
            found |= {(method, _without_alias(path)) for method in _methods(pattern)}
    return found


def _patterns(resolver: URLResolver, before: str) -> list[tuple[str, URLPattern]]:
    found = []
    for one in resolver.url_patterns:
        path = before + str(one.pattern).removeprefix("^").removesuffix("$").removesuffix("/?")
        found += _patterns(one, path) if isinstance(one, URLResolver) else [(path, one)]
    return found


def _without_alias(path: str) -> str:
    for alias in ALIASES:
        path = path.removeprefix(alias)
    return path


def _methods(pattern: URLPattern) -> list[str]:
    """Those that a class-based view answers; a plain function is taken to be for reading."""
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    if view is None or not any(hasattr(view, method) for method in METHODS):
        return ["GET"]
    wanted = [method.upper() for method in METHODS if hasattr(view, method)]
    return ["GET"] if view.__name__ == "RedirectView" else wanted
