"""Where PostgreSQL and Redis are: as told, or the embedded ones, started when they are first needed."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import environ

DATA_DIR = Path(__file__).resolve().parents[2] / "var" / "services"


@cache
def _embedded() -> tuple[str, str]:
    from balancer.embedded import ensure

    services = ensure(DATA_DIR)
    return services.database_url, services.redis_url


def database() -> dict[str, Any]:
    """The default database's settings from `DATABASE_URL`, or from the embedded server when it is unset."""
    url = os.environ.get("DATABASE_URL") or _embedded()[0]
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    settings["ENGINE"] = "balancer.database"
    settings["CONN_MAX_AGE"] = 0
    # else the pool goes on handing out connections to a server that was restarted, one failed request for each
    settings["CONN_HEALTH_CHECKS"] = True
    pool_size = int(os.environ.get("DATABASE_POOL_SIZE", "12"))
    # how long a request waits for a connection: without a server it is told so after that, and not when its own patience ends
    patience = float(os.environ.get("DATABASE_POOL_TIMEOUT", "5"))
    options = settings.setdefault("OPTIONS", {})
    # an attempt that is never answered would keep all others waiting for two minutes
    options.setdefault("connect_timeout", max(2, round(patience)))  # libpq takes no less
    # psycopg_pool tries again after 1, 2, 4 ... s, up to five minutes, and makes no other connection meanwhile: it would find a
    # server that is back minutes late. After this long it gives up, and the next request begins anew
    options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": patience, "reconnect_timeout": patience}
    return settings


def redis_url() -> str:
    """`REDIS_URL`, or the embedded Valkey's when it is unset."""
    return os.environ.get("REDIS_URL") or _embedded()[1]
