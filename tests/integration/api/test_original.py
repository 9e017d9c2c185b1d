"""The original service's own black-box cases, against ours (its Socket.IO is not served: WebSocket cases are elsewhere)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from chains.models import Chain
from tests.integration.swaps.conftest import SEED_BODY

SEED_QUOTE = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "amount": "1000000000",
    "urgency": "normal",
}


@pytest.fixture
def health(api: Any) -> dict[str, Any]:
    answer = api.get("/health")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_health_tells_its_parts(health: dict[str, Any]) -> None:
    """I1-I4. Nothing watches these chains, and it says so: the original said healthy whatever happened."""
    assert health["status"] in ("healthy", "degraded")
    assert isinstance(health["connections"], dict)
    assert isinstance(health["metrics"], dict)
    assert isinstance(health["uptime"], int | float)
    assert {"base", "near"} <= set(health["connections"])


def test_the_version_with_a_key_and_with_a_wrong_one(api: Any) -> None:
    """I6, I7, I8."""
    answer = api.get("/api/v1/version")
    assert answer.status_code == 200
    assert answer.json()["version"]
    assert answer.json()["service"] == "orchestrator"
    wrong = APIClient()
    wrong.credentials(HTTP_X_API_KEY="wrong")
    assert wrong.get("/api/v1/version").status_code == 401


def test_a_quote(api: Any) -> None:
    """I10, I11, I12."""
    body = api.post("/api/v1/quote", SEED_QUOTE, format="json").json()
    assert all(body[part] for part in ("quote", "dutchAuction", "fees"))
    assert all(body["dutchAuction"][name] for name in ("startPrice", "endPrice", "duration"))
    assert all(body["quote"][name] for name in ("sourceAmount", "destinationAmount"))


def test_a_session_made_and_read(api: Any) -> None:
    """I14, I15, I16; U1's fields too."""
    made = api.post("/api/v1/sessions", SEED_BODY, format="json")
    assert made.status_code == 201
    body = made.json()
    assert all(body[name] for name in ("sessionId", "status", "hashlockHash", "estimatedCompletionTime"))
    assert len(body["steps"]) == 5
    assert (body["steps"][0]["step"], body["steps"][0]["status"]) == ("initialize", "completed")
    read = api.get(f"/api/v1/sessions/{body['sessionId']}")
    assert read.status_code == 200
    assert {"status", "steps", "currentPhase", "createdAt", "updatedAt"} <= set(read.json())


def test_a_session_that_is_not_there(api: Any) -> None:
    """I18."""
    assert api.get("/api/v1/sessions/invalid-session-123").status_code == 404


def test_malformed_json_to_the_quote(api: Any) -> None:
    """I23."""
    assert api.post("/api/v1/quote", "{invalid json}", content_type="application/json").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_ten_at_once(chains: dict[str, Chain]) -> None:
    """I24."""

    def ask(_: int) -> int:
        try:
            return int(APIClient().get("/health").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(ask, range(10))) == [200] * 10
