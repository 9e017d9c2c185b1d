"""Followers of a service that runs inside the test's event loop, over the real database and bus."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from swaps.push import reading
from tests.integration.push.clients import API_KEY
from tests.integration.swaps.conftest import api, chains, post_session  # noqa: F401  (fixtures)

QUICK = {"poll_seconds": 0.2, "recheck_seconds": 0.2}


@pytest.fixture
def limits(settings: Any) -> Callable[..., None]:
    """Change some of the limits, before the first follower comes."""

    def change(**changes: Any) -> None:
        settings.SOCKETS = {**settings.SOCKETS, **changes}

    change(**QUICK)
    return change


@pytest.fixture
def session_id(transactional_db: None, post_session: Callable[..., Any], limits: Callable[..., None]) -> str:  # noqa: F811
    """A session of the bootstrap key's."""
    return str(post_session().json()["sessionId"])


@pytest.fixture
def new_key(transactional_db: None) -> Callable[..., tuple[Any, str]]:
    """A key with some scopes, and its text."""
    from access.services import api_key_create

    def make(*scopes: str, **more: Any) -> tuple[Any, str]:
        return api_key_create(
            name="a client",
            scopes=list(scopes or ("swaps:read", "swaps:write")),
            actor_kind="command",
            actor_id="test",
            **more,
        )

    return make


@pytest.fixture(autouse=True)
def nobody_reads_on() -> Iterator[None]:
    """A look at the rows that has begun must end before the database goes."""
    yield
    reading.threads().shutdown()
    reading.threads.cache_clear()


assert API_KEY
