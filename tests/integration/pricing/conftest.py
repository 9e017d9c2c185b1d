"""The price sources as a local server, and a market of them with a board of its own."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.pricing.sites import Sites, market


@pytest.fixture
def sites() -> Iterator[Sites]:
    """Every source, sound until told otherwise."""
    played = Sites()
    yield played
    played.close()


@pytest.fixture
def trade(sites: Sites, settings: Any) -> Callable[..., None]:
    """Set the service's market to these feeds, on a board that nobody else has."""

    def configure(*feeds: str, **other: Any) -> None:
        settings.MARKET = market(sites.url, *feeds, namespace=f"test:{secrets.token_hex(6)}", **other)

    return configure
