"""What `manage.py check` says of the settings: a route whose ladder is unsafe must not start."""

from itertools import permutations
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.core.checks import register as register_check
from django.core.exceptions import ImproperlyConfigured

from access.sealing import seal
from chains.config import chain_configs
from swaps.models.pause import is_target
from swaps.routes import inequalities_configured
from swaps.timelocks import LadderError, require

MIN_TOKEN = 16
LOOPBACK = ("127.0.0.0/8", "::1/128")
MIN_KEY = 32  # characters of the bootstrap key, in production


def check_ladders(**_: Any) -> list[CheckMessage]:
    """Every pair of configured chains must have a safe ladder."""
    problems: list[CheckMessage] = []
    for source, destination in permutations(chain_configs(), 2):
        try:
            require(inequalities_configured(source, destination))
        except LadderError as error:
            problems.append(Error(f"{source.name} -> {destination.name}: {error}", id="balancer.E001"))
    return problems


def check_secrets(**_: Any) -> list[CheckMessage]:
    """Production needs keys of its own, and none that protects nothing."""
    problems: list[CheckMessage] = []
    if settings.NODE_ENV == "production":
        if not settings.SECRET_KEYS:
            problems.append(Error("SECRET_KEYS is not set: secrets would be sealed by a known key", id="balancer.E002"))
        if settings.JWT_SECRET == settings.SECRET_KEY:
            problems.append(
                Caution("JWT_SECRET is not set: tokens are signed by DJANGO_SECRET_KEY", id="balancer.W001")
            )
    problems += _malformed()
    key = settings.API_KEY_SECRET
    if settings.NODE_ENV == "production" and key and (len(key) < MIN_KEY or not key.isascii()):
        problems.append(Caution(f"API_KEY_SECRET must be ASCII of {MIN_KEY} characters or more", id="balancer.W003"))
    if settings.FUSION_PLUS_HUB_ADDRESS:
        problems.append(
            Caution("FUSION_PLUS_HUB_ADDRESS is set and unused: no contract of ours needs a hub", id="balancer.W002")
        )
    return problems


def _malformed() -> list[CheckMessage]:
    """Settings whose words mean nothing."""
    problems: list[CheckMessage] = []
    try:
        seal(b"", b"")
    except (ValueError, ImproperlyConfigured) as error:
        problems.append(Error(f"SECRET_KEYS cannot be read: {error}", id="balancer.E003"))
    unknown = [target for target in settings.PAUSED if not is_target(target)]
    if unknown:
        known = "all, a chain or source>destination"
        problems.append(Error(f"PAUSED names {', '.join(unknown)}: it takes {known}", id="balancer.E004"))
    if settings.SECRET_TTL_SECONDS < settings.SESSION_TIMEOUT_SECONDS:
        problems.append(
            Error(
                "SECRET_TTL_SECONDS is shorter than SESSION_TIMEOUT_SECONDS: secrets would go first", id="balancer.E005"
            )
        )
    return problems


def check_metrics(**_: Any) -> list[CheckMessage]:
    """In production nobody reads figures whom nobody has let."""
    problems: list[CheckMessage] = []
    token, networks = settings.OPERATIONS["metrics_token"], settings.OPERATIONS["metrics_allowed"]
    if token and (len(token) < MIN_TOKEN or not token.isascii()):
        problems.append(Error(f"METRICS_TOKEN must be ASCII of {MIN_TOKEN} characters or more", id="balancer.E010"))
    if settings.NODE_ENV != "production":
        return problems
    if any(network.endswith("/0") for network in networks):
        problems.append(Error("METRICS_ALLOWED lets everybody read /metrics: name networks", id="balancer.E011"))
    is_proxied = bool(settings.SECURE_PROXY_SSL_HEADER) and not settings.TRUSTED_PROXIES
    if is_proxied and any(network in networks for network in LOOPBACK):
        problems.append(
            Caution(
                "behind a proxy of this machine everybody seems to come from it, and METRICS_ALLOWED lets it read /metrics: "
                "set TRUSTED_PROXIES, or METRICS_TOKEN and an empty METRICS_ALLOWED",
                id="balancer.W010",
            )
        )
    return problems


def check_alert_urls(**_: Any) -> list[CheckMessage]:
    """An address that nobody understands would be found out on the night it is needed."""
    from balancer.notices.targets import unreadable

    problems: list[CheckMessage] = [
        Error(f"ALERT_URLS: apprise does not understand the address at place {place}", id="balancer.E012")
        for place in unreadable()
    ]
    if settings.ALERTS["urls"] and not settings.ALERTS["console"]:
        problems.append(Caution("CONSOLE_URL is not set: links in messages lead nowhere", id="balancer.W011"))
    return problems


def register() -> None:
    """Called once, when the app is ready."""
    register_check(check_ladders)
    register_check(check_secrets)
    register_check(check_metrics)
    register_check(check_alert_urls)
