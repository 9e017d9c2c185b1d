"""How operators sign in: passwords, the second factor, lock-outs, how long a session lasts, and what a page may load."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured

REQUIRED, OPTIONAL = "required", "optional"
APPS = ["django_otp", "django_otp.plugins.otp_totp", "django_otp.plugins.otp_static", "axes", "csp"]
BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_LENGTH = 12


def load(env: Any, *, node_env: str) -> dict[str, Any]:
    """Ours, by name. Times are seconds. Raises `ImproperlyConfigured`."""
    wanted = env.str("SECOND_FACTOR", default=REQUIRED)
    if wanted not in (REQUIRED, OPTIONAL):
        raise ImproperlyConfigured(f"SECOND_FACTOR must be {REQUIRED} or {OPTIONAL}, and is {wanted!r}")
    if wanted == OPTIONAL and node_env == "production":
        raise ImproperlyConfigured(
            "SECOND_FACTOR=optional is for development: in production whoever moves money has one"
        )
    return {
        "second_factor": wanted,
        "fresh_seconds": _seconds(env, "SECOND_FACTOR_FRESH_SECONDS", 900),
        "idle_seconds": _seconds(env, "OPERATOR_IDLE_SECONDS", 1_800),
        "session_seconds": _seconds(env, "OPERATOR_SESSION_SECONDS", 43_200),
        "failures": env.int("LOGIN_FAILURES", default=5),
        "failures_of_address": env.int("LOGIN_FAILURES_OF_ADDRESS", default=20),
        "cooloff_seconds": _seconds(env, "LOGIN_COOLOFF_SECONDS", 900),
    }


def libraries(accounts: dict[str, Any]) -> dict[str, Any]:
    """What Django, django-axes, django-otp and django-csp are told, by their own names."""
    if not 1 <= accounts["failures"] <= accounts["failures_of_address"]:
        raise ImproperlyConfigured("LOGIN_FAILURES must be 1 or more, LOGIN_FAILURES_OF_ADDRESS at least as many")
    return {
        "AUTHENTICATION_BACKENDS": BACKENDS,
        "OTP_TOTP_ISSUER": "1Balancer",
        "OTP_ADMIN_HIDE_SENSITIVE_DATA": True,
        **_cookies(accounts),
        **_lockouts(accounts),
        **PASSWORDS,
        **PAGES,
    }


def _cookies(accounts: dict[str, Any]) -> dict[str, Any]:
    """The cookie lives as long as the browser, and what it opens no longer than our own limits, which the server counts."""
    return {
        "SESSION_COOKIE_AGE": accounts["session_seconds"],
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",  # a link in an alert's mail leads to its page, not to the login
        "CSRF_COOKIE_SAMESITE": "Strict",
    }


def _lockouts(accounts: dict[str, Any]) -> dict[str, Any]:
    return {
        "AXES_FAILURE_LIMIT": accounts["failures"],
        "AXES_COOLOFF_TIME": timedelta(seconds=accounts["cooloff_seconds"]),
        "AXES_HANDLER": "access.accounts.lockouts.LockoutHandler",
        "AXES_CLIENT_IP_CALLABLE": "access.accounts.lockouts.address_counted",
        "AXES_CLIENT_STR_CALLABLE": "access.accounts.lockouts.client_told",
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"], "ip_address"],
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "AXES_ENABLE_ACCESS_FAILURE_LOG": False,
        "AXES_ENABLE_ADMIN": False,
        "AXES_VERBOSE": False,
        "SILENCED_SYSTEM_CHECKS": ["axes.W002"],  # its middleware: the login page itself shows the lock-out
    }


def _seconds(env: Any, name: str, default: int) -> int:
    found: int = env.int(name, default=default)
    if found < 1:
        raise ImproperlyConfigured(f"{name} is {found}: it takes seconds, 1 or more")
    return found


_VALIDATION = "django.contrib.auth.password_validation"
PASSWORDS: dict[str, Any] = {
    "AUTH_PASSWORD_VALIDATORS": [
        {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
        {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": PASSWORD_LENGTH}},
        {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
        {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
    ],
}
PAGES: dict[str, Any] = {
    "CONTENT_SECURITY_POLICY": {
        "DIRECTIVES": {
            "default-src": ["'none'"],
            "script-src": ["'self'", "'unsafe-eval'"],  # Alpine, which django-unfold brings, evaluates its attributes
            "style-src": ["'self'", "'unsafe-inline'"],  # django-unfold's pages and Swagger UI set style attributes
            "img-src": ["'self'", "data:"],
            "font-src": ["'self'"],
            "connect-src": ["'self'"],
            "base-uri": ["'none'"],
            "form-action": ["'self'"],
            "frame-ancestors": ["'none'"],
            "manifest-src": ["'self'"],
        },
    },
    "SECURE_REFERRER_POLICY": "same-origin",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
}
