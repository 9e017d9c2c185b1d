"""A quote is written a moment after it was told of (docs/adr/0009): who comes with it finds it, in whichever process."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.bench.seed import QUOTE_BODY
from tests.bench.serving import Server
from tests.bench.world import World, world

pytestmark = pytest.mark.e2e
QUOTES = 60


@pytest.fixture(scope="module")
def place() -> Iterator[World]:
    """Servers, a key, chains and prices, as in production."""
    with world() as made:
        yield made


@pytest.fixture
def server(place: World, tmp_path: Path) -> Iterator[Server]:
    """Two processes that answer."""
    environment = place.environment | {"QUOTE_GATHER_MS": "100"}  # the longest that is allowed
    with Server("balancer.wsgi:application", environment, tmp_path / "log") as running:
        yield running


def asking(place: World, server: Server) -> httpx.Client:
    """A client whose each request goes by a connection of its own, and so to either process."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}/api/v1",
        headers={"X-API-Key": place.api_key},
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def test_who_comes_with_it_at_once_finds_it(place: World, server: Server) -> None:
    with asking(place, server) as client:
        for _ in range(QUOTES):
            given = client.post("/quote", json=QUOTE_BODY).raise_for_status().json()["quoteId"]
            kept = client.get(f"/quote/{given}")
            assert (kept.status_code, kept.json().get("quoteId")) == (200, given)


def test_a_server_that_is_told_to_end_keeps_what_it_told(place: World, server: Server) -> None:
    """The quotes, and their lines of the log."""
    with asking(place, server) as client:
        given = [client.post("/quote", json=QUOTE_BODY).raise_for_status().json()["quoteId"] for _ in range(QUOTES)]
        server.stop()
    with psycopg.connect(place.environment["DATABASE_URL"]) as database:
        kept = {row[0] for row in database.execute("SELECT id FROM pricing_quote")}
    assert set(given) <= kept
    told = [line for line in server.log.read_text().splitlines() if '"POST /api/v1/quote"' in line]
    assert len(told) == QUOTES
