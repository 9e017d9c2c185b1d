"""What every test may ask for. The services themselves are started by services.py, before Django reads its settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL server on which databases may be made."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Valkey server, shared by the whole run."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).parents[1]


@pytest.fixture
def clean_clients() -> Iterator[None]:
    """Cached chain clients are forgotten before and after."""
    from chains.config import forget_clients

    forget_clients()
    yield
    forget_clients()
