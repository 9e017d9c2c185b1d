"""Every change that a caller makes has its audit row, in the transaction of the change."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from access.keys import key_prefix
from access.models import AuditEntry
from chains.errors import CodecError
from chains.models import Account
from swaps.models import SwapSession
from tests.integration.swaps.conftest import SEED_BODY, chains

__all__ = ["chains"]
pytestmark = pytest.mark.django_db
SESSIONS = "/api/v1/sessions"


@pytest.fixture
def client(chains: Any, new_key: Callable[..., str]) -> APIClient:
    plain = new_key("swaps:read", "swaps:write", "quotes:read", "webhooks:write")
    client = APIClient(raise_request_exception=False, REMOTE_ADDR="203.0.113.7")
    client.credentials(HTTP_X_API_KEY=plain)
    client.prefix = str(key_prefix(plain))
    return client


def rows() -> list[AuditEntry]:
    return list(AuditEntry.objects.exclude(action="api_key_created").order_by("pk"))


def test_who_did_what_to_what_from_where(client: APIClient) -> None:
    made = client.post(SESSIONS, SEED_BODY, format="json").json()["sessionId"]
    client.post(f"{SESSIONS}/{made}/cancel", {}, format="json")
    create, cancel = rows()
    assert (create.action, create.target, create.outcome) == ("POST sessions", made, "201")
    assert (create.actor_kind, create.actor_id) == ("api_key", f"key:{client.prefix}")
    assert create.address == "203.0.113.7" and len(create.request_id) == 36
    assert create.detail == {"key": client.prefix, "path": SESSIONS}
    assert (cancel.action, cancel.target) == ("POST session-cancel", made)


def test_a_token_is_told_apart_from_its_key(client: APIClient) -> None:
    token = client.post("/api/v1/token").json()["accessToken"]
    other = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
    other.post(SESSIONS, SEED_BODY, format="json")
    entry = rows()[-1]
    assert (entry.actor_kind, entry.actor_id, entry.detail["key"]) == ("jwt", f"key:{client.prefix}", client.prefix)


def test_a_token_that_is_made_is_a_change_of_nothing(client: APIClient) -> None:
    client.post("/api/v1/token")
    assert rows() == []


def test_a_refusal_and_a_quote_change_nothing_and_have_no_row(client: APIClient) -> None:
    assert client.post(SESSIONS, {**SEED_BODY, "sourceAmount": "x"}, format="json").status_code == 400
    quote = {"sourceChain": "base", "destinationChain": "near", "sourceToken": "USDC", "destinationToken": "usdt.near"}
    assert client.post("/api/v1/quote", {**quote, "amount": "1000000"}, format="json").status_code == 200
    assert rows() == []


def test_a_row_that_cannot_be_written_undoes_the_change(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("no room for the audit row")

    made = client.post(SESSIONS, SEED_BODY, format="json").json()["sessionId"]
    monkeypatch.setattr("access.changes.audit_record", fails)
    assert client.post(f"{SESSIONS}/{made}/cancel", {}, format="json").status_code == 500
    session = SwapSession.objects.get()
    assert (session.cancel_requested_at, session.seq, session.transitions.count()) == (None, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_session_and_its_row_are_one_statement(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post(SESSIONS, SEED_BODY, format="json")  # what is kept in memory is read
    with CaptureQueriesContext(connection) as queries:
        client.post(SESSIONS, SEED_BODY, format="json")
    route, written = [query["sql"] for query in queries]
    assert "chains_chain" in route and "swaps_swapsession" in written and "access_auditentry" in written
    monkeypatch.setattr("swaps.api.views.change_entry", lambda *_, **__: AuditEntry(action=None))
    assert client.post(SESSIONS, SEED_BODY, format="json").status_code == 500
    assert SwapSession.objects.count() == len(rows()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_session_that_cannot_be_offered_is_not_made(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its answer is made of is made before it is written."""

    def fails(*_: Any) -> None:
        raise CodecError("the order cannot be packed")

    monkeypatch.setattr("swaps.next_steps.orders.next_steps", fails)
    assert client.post(SESSIONS, SEED_BODY, format="json").status_code == 500
    assert not SwapSession.objects.exists() and rows() == []


def test_a_replayed_answer_is_no_second_change(client: APIClient) -> None:
    for _ in range(2):
        client.post(SESSIONS, SEED_BODY, format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert len(rows()) == 1


def test_a_service_that_says_more_itself_has_the_only_row(client: APIClient) -> None:
    answer = client.post("/api/v1/webhooks", {"url": "https://203.0.114.7/hook"}, format="json")
    assert answer.status_code == 201, answer.content
    assert [(entry.action, entry.address) for entry in rows()] == [("webhook_created", "203.0.113.7")]


def test_a_secret_that_is_sent_is_in_no_row(client: APIClient) -> None:
    made = client.post(SESSIONS, SEED_BODY | {"hashlock": "0x" + "ab" * 32}, format="json").json()["sessionId"]
    client.post(f"{SESSIONS}/{made}/secret", {"secret": "0x" + "5e" * 32}, format="json")
    client.post(f"{SESSIONS}/{made}/secret?secret={'5e' * 32}", {"secret": "0x" + "5e" * 32}, format="json")
    assert "5e5e5e5e" not in str(list(AuditEntry.objects.values()))


def test_the_header_of_a_stranger_does_not_write_the_address(client: APIClient, settings: Any) -> None:
    client.post(SESSIONS, SEED_BODY, format="json", HTTP_X_FORWARDED_FOR="198.51.100.1")
    settings.TRUSTED_PROXIES = ["203.0.113.0/24"]
    client.post(SESSIONS, SEED_BODY, format="json", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert [entry.address for entry in rows()] == ["203.0.113.7", "198.51.100.1"]


def test_reading_writes_nothing_and_a_change_one_row(client: APIClient) -> None:
    client.get(SESSIONS)
    with CaptureQueriesContext(connection) as queries:
        client.get(SESSIONS)
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "SAVEPOINT"))]
    with CaptureQueriesContext(connection) as queries:
        client.post(SESSIONS, SEED_BODY, format="json")
    assert sum("access_auditentry" in query["sql"] for query in queries) == 1


def test_the_shells_stop_of_a_signing_key_has_its_row(chains: Any) -> None:
    account = Account.objects.create(chain_id="base", address="0x" + "ab" * 20)
    for words in (("--stop", "strange orders"), ("--resume",), ("--accept-nonce", "7")):
        call_command("keys", "base", account.address, *words, stdout=StringIO())
    assert [entry.action for entry in rows()] == ["key_stopped", "key_resumed", "nonce_accepted"]
    assert all(entry.actor_id.endswith("@shell") and entry.target for entry in rows())
    assert rows()[0].detail["reason"].startswith("strange orders")
