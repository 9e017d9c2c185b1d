"""Callers with keys."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from access.limits.limiter import limiter
from access.limits.violations import refusals
from access.models import ActorKind
from access.services import api_key_create
from tests.integration.access import desk

BOOTSTRAP_KEY = "a-bootstrap-key-of-the-tests"


@pytest.fixture(autouse=True)
def bootstrap_key(settings: Any) -> str:
    settings.API_KEY_SECRET = BOOTSTRAP_KEY
    return BOOTSTRAP_KEY


@pytest.fixture
def new_key(db: None) -> Callable[..., str]:
    """Make a key with these scopes; its plain text."""

    def make(*scopes: str, **more: Any) -> str:
        return api_key_create(
            name="wallet", scopes=scopes or ("*",), actor_kind=ActorKind.SYSTEM, actor_id="test", **more
        )[1]

    return make


@pytest.fixture
def caller() -> Callable[..., APIClient]:
    """A client that sends this key or token, and answers 500 instead of raising."""

    def make(credential: str = "", **headers: str) -> APIClient:
        client = APIClient(raise_request_exception=False)
        if credential:
            headers["Authorization"] = f"Bearer {credential}"
        client.credentials(**{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
        return client

    return make


@pytest.fixture
def gate() -> Iterator[desk.Gate]:
    """The gate inside the desk's work, open until it is closed."""
    desk.GATE = desk.Gate()
    yield desk.GATE
    desk.GATE.opened.set()


@pytest.fixture
def limits(settings: Any) -> Iterator[dict[str, int]]:
    """The limits as they are by default, counted from nothing; a test may change them."""
    settings.RATE_LIMIT_NAMESPACE = f"test:{uuid.uuid4().hex}"
    settings.RATE_LIMITS = {
        "anonymous": 100,
        "window_ms": 900_000,
        "wrong_keys": 20,
        "key": 30_000,
        "key_window_ms": 60_000,
    }
    limiter.forget()
    yield settings.RATE_LIMITS
    limiter.forget()
    refusals.__init__()  # type: ignore[misc]  # what it still holds is this test's
