"""`/api/v1/sessions` as an integrator meets it: seed 000's requests as written, and every fault by field."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from access.services import api_key_create
from chains.models import Chain
from swaps.models import Secret, SwapSession
from tests.integration.swaps.conftest import SEED_BODY
from tests.threads import giving_back

PostSession = Callable[..., Any]
HASHLOCK = "0x" + "ab" * 32


def test_seed_000s_session_request_works_as_written(post_session: PostSession) -> None:
    answer = post_session()
    body = answer.json()
    assert answer.status_code == 201
    assert body["sessionId"].startswith("sess_")
    assert (body["status"], body["custody"]) == ("initialized", "service")
    assert body["hashlockHash"] == body["hashlock"]
    assert body["estimatedCompletionTime"] > 0
    assert body["warnings"] == [
        {"field": "maker", "message": "has a wrong EIP-55 checksum: make sure that no character is mistyped"}
    ]


def test_strict_checking_turns_warnings_into_errors(post_session: PostSession, settings: Any) -> None:
    settings.STRICT_VALIDATION = True
    answer = post_session(surprise=1)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"maker", "surprise"}


def test_every_fault_at_once(post_session: PostSession) -> None:
    answer = post_session(
        sourceChain="mars", taker="Not An Account", sourceAmount="1.5", destinationAmount="0", slippageTolerance=10001
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "validation_error")
    assert answer["Content-Type"] == "application/problem+json"
    assert {error["field"] for error in problem["errors"]} == {
        "sourceChain",
        "taker",
        "sourceAmount",
        "destinationAmount",
        "slippageTolerance",
    }


@pytest.mark.parametrize("amount", [1000, 1.5, "1e9", "-1", "", "0x10", "１", str(2**128)])
def test_float_precision_amounts_are_strings_of_digits(post_session: PostSession, amount: object) -> None:
    """FLOAT-PRECISION: a JSON number may have been a float, so it is refused."""
    assert post_session(sourceAmount=amount).status_code == 400


def test_a_refund_address_that_cannot_be_honoured_is_refused(post_session: PostSession) -> None:
    other = post_session(refundAddress="0x" + "9" * 40)
    assert other.json()["errors"][0]["field"] == "refundAddress"
    assert post_session(refundAddress=SEED_BODY["maker"]).status_code == 201


def test_malformed_json(api: APIClient) -> None:
    answer = api.post("/api/v1/sessions", "{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_without_a_key_and_with_a_wrong_one(chains: dict[str, Chain]) -> None:
    client = APIClient()
    assert client.get("/api/v1/sessions").status_code == 401
    client.credentials(HTTP_X_API_KEY="wrong")
    answer = client.get("/api/v1/version")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_hashlock_reuse_is_refused(post_session: PostSession) -> None:
    """HASHLOCK-REUSE: a secret serves one swap only."""
    assert post_session(hashlock=HASHLOCK).status_code == 201
    again = post_session(hashlock=HASHLOCK)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "hashlock")
    assert post_session().status_code == 201  # a transaction around it goes on


def test_makers_custody_keeps_no_secret(post_session: PostSession) -> None:
    body = post_session(hashlock=HASHLOCK).json()
    assert (body["custody"], body["secretState"]) == ("maker", "none")
    assert not Secret.objects.exists()


def test_secret_leak_no_answer_holds_the_secret(post_session: PostSession, api: APIClient) -> None:
    """SECRET-LEAK: neither in any answer, nor in clear in the table."""
    from swaps import vault

    session_id = post_session().json()["sessionId"]
    secret = vault.secret_open(SwapSession.objects.get(pk=session_id))
    texts = [
        api.get(path).content.decode()
        for path in (
            f"/api/v1/sessions/{session_id}",
            "/api/v1/sessions",
            f"/api/v1/sessions/{session_id}/events",
            "/metrics",
            "/health",
        )
    ]
    assert all(secret.hex() not in text for text in texts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ciphertext FROM swaps_secret")
        assert secret not in bytes(cursor.fetchone()[0])


def test_a_secret_too_early_wrong_or_malformed(post_session: PostSession, api: APIClient) -> None:
    import hashlib

    secret = bytes(range(32))
    session_id = post_session(hashlock="0x" + hashlib.sha256(secret).hexdigest()).json()["sessionId"]
    path = f"/api/v1/sessions/{session_id}/secret"
    for given, status, code in (
        ("0x" + secret.hex(), 409, "secret_too_early"),
        ("0x" + "00" * 32, 400, "secret_mismatch"),
        ("0x" + "00" * 31, 400, "secret_malformed"),
    ):
        answer = api.post(path, {"secret": given}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Secret.objects.exists()


def test_cancel_then_cancel_again(post_session: PostSession, api: APIClient) -> None:
    session_id = post_session().json()["sessionId"]
    for _ in range(2):
        assert api.post(f"/api/v1/sessions/{session_id}/cancel").status_code == 202


def test_another_keys_sessions_are_not_there(post_session: PostSession) -> None:
    session_id = post_session().json()["sessionId"]
    _, plain = api_key_create(name="other", scopes=["swaps:read"], actor_kind="command", actor_id="test")
    other = APIClient()
    other.credentials(HTTP_X_API_KEY=plain)
    assert other.get(f"/api/v1/sessions/{session_id}").status_code == 404
    assert other.get("/api/v1/sessions").json()["sessions"] == []
    assert other.post("/api/v1/sessions", SEED_BODY, format="json").status_code == 403


def test_the_limit_of_active_sessions(post_session: PostSession, settings: Any) -> None:
    settings.MAX_ACTIVE_SESSIONS = 1
    assert post_session().status_code == 201
    answer = post_session()
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_active_sessions")


def test_events_after_a_seq(post_session: PostSession, api: APIClient) -> None:
    session_id = post_session().json()["sessionId"]
    events = api.get(f"/api/v1/sessions/{session_id}/events?since=0").json()["events"]
    assert [event["seq"] for event in events] == [1]
    assert api.get(f"/api/v1/sessions/{session_id}/events?since=1").json()["events"] == []
    assert api.get(f"/api/v1/sessions/{session_id}/events?since=x").status_code == 400


def test_pages_of_sessions(post_session: PostSession, api: APIClient) -> None:
    made = {post_session().json()["sessionId"] for _ in range(3)}
    first = api.get("/api/v1/sessions?limit=2").json()
    second = api.get(first["next"]).json()
    listed = [session["sessionId"] for session in [*first["sessions"], *second["sessions"]]]
    assert set(listed) == made
    assert len(listed) == 3


def test_unknown_session(api: APIClient) -> None:
    answer = api.get("/api/v1/sessions/invalid-session-123")
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")


def test_idempotency_key_replays_and_refuses_another_body(api: APIClient) -> None:
    first = api.post("/api/v1/sessions", SEED_BODY, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    again = api.post("/api/v1/sessions", SEED_BODY, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    other = api.post("/api/v1/sessions", {**SEED_BODY, "taker": "bob.near"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert again.json() == first.json()
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert other.status_code == 422
    assert SwapSession.objects.count() == 1


def test_seed_000s_quote(api: APIClient) -> None:
    body = {**SEED_BODY, "amount": "1000000000", "urgency": "normal"}
    answer = api.post("/api/v1/quote", body, format="json").json()
    assert answer["quote"]["sourceAmount"] == "1000000000"
    assert int(answer["quote"]["destinationAmount"]) == 1000000000 * 1000 // 999 * 9970 // 10000
    assert answer["dutchAuction"]["duration"] == 300
    assert {"quote", "dutchAuction", "fees"} <= set(answer)


def test_the_schema_is_served_and_names_every_call(api: APIClient) -> None:
    text = APIClient().get("/api/schema").content.decode()
    for call in ("/api/v1/sessions/{session_id}/execute", "/api/v1/quote", "/api/v1/token"):
        assert call in text


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_requests_with_one_idempotency_key(chains: dict[str, Chain]) -> None:
    """One session is made, whoever wins; the other gets its answer, or is told to wait."""
    statuses: list[int] = []
    start = threading.Barrier(2)

    @giving_back
    def send() -> None:
        client = APIClient()
        client.credentials(HTTP_X_API_KEY="test-bootstrap-key")
        start.wait()
        statuses.append(
            client.post("/api/v1/sessions", SEED_BODY, format="json", HTTP_IDEMPOTENCY_KEY="same").status_code
        )

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 201 in statuses
    assert set(statuses) <= {201, 409}
    assert SwapSession.objects.count() == 1


@pytest.mark.parametrize("first", ["execute", "cancel"])
def test_execute_is_refused_before_the_engine_has_looked_at_what_was_asked_first(
    post_session: PostSession, api: APIClient, first: str
) -> None:
    session_id = post_session().json()["sessionId"]
    field = "executed_at" if first == "execute" else "cancel_requested_at"
    SwapSession.objects.filter(pk=session_id).update(**{field: timezone.now()})
    refused = api.post(f"/api/v1/sessions/{session_id}/execute", {"sourceLock": "self"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_session_state")
    assert first in refused.json()["detail"]
