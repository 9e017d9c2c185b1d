"""The console over made-up chains: what it shows is what is in the database."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests.integration.swaps.conftest import api, chains, locked, post_session  # noqa: F401  (fixtures)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """What was drawn for another test is not shown."""
    from balancer.console.survey import forget

    forget()
    yield
    forget()


@pytest.fixture
def operator(db: None) -> Callable[..., Client]:
    """A client logged in with a role (viewer, operator, …), or as a superuser without one."""
    from tests.browser import log_in, person_make

    def make(role: str = "", **fields: Any) -> Client:
        return log_in(person_make(role, **fields))

    return make
