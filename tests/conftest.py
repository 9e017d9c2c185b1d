"""A real PostgreSQL and Valkey for every run, started before Django reads its settings and stopped at the end."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("SECRET_KEYS", "")
_stack = contextlib.ExitStack()



def _services() -> None:
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    from balancer.embedded import ephemeral

    services = _stack.enter_context(ephemeral())
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["DATABASE_POOL_SIZE"] = "20"
    os.environ.setdefault("API_KEY_SECRET", "test-bootstrap-key")


_services()


def pytest_unconfigure() -> None:
    """Stop what was started, also after Ctrl-C."""
    _stack.close()


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL server on which databases may be made."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def redis_url() -> str:
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[1]


@pytest.fixture
def clean_clients() -> Iterator[None]:
    """Cached chain clients are forgotten before and after."""
    from chains.config import forget_clients

    forget_clients()
    yield
    forget_clients()
