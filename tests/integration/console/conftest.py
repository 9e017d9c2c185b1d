"""The console over made-up chains: what it shows is what is in the database."""

from tests.integration.swaps.conftest import api, chains, post_session  # noqa: F401  (fixtures)
