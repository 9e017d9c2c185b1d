"""Sessions and their pages, as a browser without a key asks for them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from access.limits.limiter import limiter
from swaps.models import SwapSession
from swaps.status_page.reading import status_url
from tests.integration.swaps.conftest import api, chains, locked, post_session  # noqa: F401  (fixtures)


@pytest.fixture(autouse=True)
def unlimited(settings: Any) -> None:
    """Nobody is counted, but where a test says so."""
    settings.STATUS_PAGE = {**settings.STATUS_PAGE, "requests": 0, "wrong_links": 0, "base_url": ""}
    limiter.forget()


@pytest.fixture
def browser_client() -> Client:
    return Client()


@pytest.fixture
def session(post_session: Callable[..., Any]) -> SwapSession:  # noqa: F811
    """A session whose maker keeps his secret; nothing is locked."""
    answer = post_session(hashlock="0x" + "ab" * 32)
    assert answer.status_code == 201, answer.content
    return SwapSession.objects.get(pk=answer.json()["sessionId"])


@pytest.fixture
def link(session: SwapSession) -> str:
    """Its page's path."""
    url = status_url(session)
    assert url is not None
    return url
