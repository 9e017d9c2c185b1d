"""Sessions on configured chains whose nodes are not asked: what the database and the API do by themselves."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from rest_framework.test import APIClient

from chains.config import forget_clients
from chains.models import Chain

FACTORY = "0x" + "fa" * 20
RESOLVER = "0x" + "ce" * 20
HEADERS = {"HTTP_AUTHORIZATION": "Bearer test-bootstrap-key"}

# Seed 000's body of POST /api/v1/sessions, as written.
SEED_BODY = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "sourceAmount": "1000000000",
    "destinationAmount": "999000000",
    "maker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2BD4e",
    "taker": "alice.near",
    "slippageTolerance": 100,
}


@pytest.fixture
def chains(db: None, settings: Any) -> Iterator[dict[str, Chain]]:
    """BASE and NEAR with contracts at made-up addresses, watched up to a block of now."""
    configured = copy.deepcopy(django_settings.CHAINS)
    for name in ("base", "ethereum"):
        configured[name] |= {"rpc_urls": ["http://127.0.0.1:1"], "factory": FACTORY, "resolver": RESOLVER}
    configured["near"] |= {"rpc_urls": ["http://127.0.0.1:1"], "htlc": "htlc.near", "account": "us.near"}
    settings.CHAINS = configured
    settings.API_KEY_SECRET = "test-bootstrap-key"
    forget_clients()
    rows = {
        name: Chain.objects.create(
            name=name,
            family="near" if name == "near" else "evm",
            network_id="1",
            hash_function="sha256",
            contract="htlc.near" if name == "near" else FACTORY,
            escrow_src_implementation="0x" + "11" * 20,
            escrow_dst_implementation="0x" + "22" * 20,
            seen_height=100,
            seen_hash="h100",
            final_height=100,
            final_hash="h100",
        )
        for name in ("base", "near")
    }
    yield rows
    forget_clients()


@pytest.fixture
def api(chains: dict[str, Chain]) -> APIClient:
    client = APIClient()
    client.credentials(**HEADERS)
    return client


@pytest.fixture
def post_session(api: APIClient) -> Callable[..., Any]:
    """POST seed 000's body with changes."""

    def post(**changes: Any) -> Any:
        return api.post("/api/v1/sessions", {**SEED_BODY, **changes}, format="json")

    return post
