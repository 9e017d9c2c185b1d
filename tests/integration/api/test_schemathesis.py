"""schemathesis plays every call of the API by its description: no 5xx of our own fault, and every answer is as described.

`API_CASES` cases for each call, and as many games of eight steps (sessions made, executed, cancelled, looked up): 25 by default,
and `make fuzz` asks for thousands in all.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import CHECKS

from tests.integration.api.described import description

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
CASES = int(os.environ.get("API_CASES", "25"))
LEFT_OUT = {
    # Unknown members are warnings here by design, and a null where a member may be left out is taken as left out
    "negative_data_rejection",
    # A pattern cannot say which chains, tokens and accounts there are: what it allows may be refused
    "positive_data_acceptance",
    "missing_required_header",  # no header is required but the credentials
}
KEY = {"Authorization": "Bearer test-bootstrap-key"}
RELAXED = settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHOSEN = [check for name, check in zip(CHECKS.get_all_names(), CHECKS.get_all(), strict=True) if name not in LEFT_OUT]


@pytest.fixture
def described(chains: dict[str, Any]) -> Iterator[Any]:
    """The description as a client reads it, and the service behind it, inside the test's own transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def calls() -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, methods in description()["paths"].items() for method in methods]


@pytest.mark.parametrize(("method", "path"), calls())
def test_every_call(described: Any, method: str, path: str) -> None:
    operation = described[path][method]

    @given(case=operation.as_strategy())
    @RELAXED
    def play(case: Any) -> None:
        _away(case.call_and_validate(headers=KEY, checks=CHOSEN))

    play()


def test_sessions_in_play(described: Any) -> None:
    class Play(described.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": KEY}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            case.validate_response(response, checks=CHOSEN, headers=KEY)

    run_state_machine_as_test(Play, settings=settings(RELAXED, stateful_step_count=8))


def _away(answer: Any) -> None:
    """A node that does not answer is the only 5xx that these chains, which have none, may cause."""
    assert answer.status_code < 500 or answer.json()["code"] in ("chain_unreachable", "swaps_paused")
