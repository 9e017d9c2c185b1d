"""Sessions on configured chains, moved by a world that plays the nodes; every answer is held to the API's description."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings

from chains.config import forget_clients
from tests.integration.swaps.conftest import api, chains, locked, post_session

__all__ = ["api", "chains", "locked", "post_session"]
PROTOCOL = "0x111111125421ca6dc452d289314280a0f8842a65"
TRUE_TOKEN = "0xda0000d4000015a526378bb6fafc650cea5966f8"


@pytest.fixture
def orderable(chains: dict[str, Any], settings: Any, post_session: Callable[..., Any]) -> Any:
    """A new session whose source may be locked by a signed order: BASE has the Limit Order Protocol."""
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["base"] |= {"limit_order_protocol": PROTOCOL, "true_token": TRUE_TOKEN}
    settings.CHAINS = configured
    forget_clients()
    return post_session(hashlock="0x" + "ab" * 32).json()
