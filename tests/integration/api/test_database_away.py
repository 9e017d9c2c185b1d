"""What callers are told while PostgreSQL does not answer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ASK = """
import json, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
key = {"HTTP_X_API_KEY": "test-bootstrap-key"}
body = %r
told = []
for send in (
    lambda: client.get("/api/v1/sessions/sess_%s", **key),
    lambda: client.get("/api/v1/sessions", **key),
    lambda: client.post("/api/v1/sessions", body, content_type="application/json", **key),
    lambda: client.post("/api/v1/sessions", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k", **key),
    lambda: client.get("/api/v1/version", **key),
):
    answer = send()
    told.append([answer.status_code, dict(answer.headers), answer.json()])
print(json.dumps(told))
"""


def test_a_call_that_needs_it_answers_503_and_when_to_come_back(root: Path) -> None:
    """A real process without a database: calls that need one say so in time, and the others answer."""
    from tests.integration.swaps.conftest import SEED_BODY

    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "balancer.settings",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DATABASE_POOL_TIMEOUT": "0.5",
        "BASE_RPC_URL": "http://127.0.0.1:1",
        "BASE_ESCROW_FACTORY_ADDRESS": "0x" + "fa" * 20,
        "BASE_RESOLVER_ADDRESS": "0x" + "ce" * 20,
        "NEAR_RPC_URL": "http://127.0.0.1:1",
        "NEAR_HTLC_CONTRACT": "htlc.near",
        "NEAR_ORCHESTRATOR_ACCOUNT_ID": "us.near",
        "LOG_LEVEL": "critical",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK % (json.dumps(SEED_BODY), "a" * 24)],
        env=environment, cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    *needing, version = json.loads(done.stdout.splitlines()[-1])
    for status, headers, problem in needing:
        _is_away(status, headers, problem)
    assert version[0] == 200


def _is_away(status: int, headers: dict[str, str], problem: dict[str, Any]) -> None:
    assert (status, problem["code"]) == (503, "service_unavailable"), problem
    assert headers["Content-Type"] == "application/problem+json"
    assert int(headers["Retry-After"]) > 0
