"""Sessions on configured chains, moved by a world that plays the nodes; every answer is held to the API's description."""

from tests.integration.swaps.conftest import api, chains, locked, post_session

__all__ = ["api", "chains", "locked", "post_session"]
