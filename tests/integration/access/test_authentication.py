"""Who is let in, over HTTP and for the socket."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.authentication import _is_bootstrap_key, authenticate_credentials
from access.errors import AddressNotAllowed, InvalidCredentials
from access.keys import key_prefix, key_text
from access.models import ActorKind
from access.services import api_key_revoke
from access.tokens import token_issue, token_read

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.access.desk")]
Caller = Callable[..., APIClient]
NewKey = Callable[..., str]
TOKEN = "/api/v1/token"


def test_a_key_is_taken_in_either_header(caller: Caller, new_key: NewKey) -> None:
    plain = new_key("swaps:read")
    for client in (caller(plain), caller(**{"X-API-Key": plain}), caller(Authorization=f"bearer  {plain} ")):
        answer = client.post(TOKEN)
        assert answer.status_code == 200, answer.data


def test_a_token_has_the_keys_owner_and_scopes_and_is_not_kept_by_caches(caller: Caller, new_key: NewKey) -> None:
    plain = new_key("swaps:write", "quotes:read")
    answer = caller(plain).post(TOKEN)
    assert (answer.data["tokenType"], answer.data["expiresIn"]) == ("Bearer", 900)
    assert answer.data["scopes"] == ["quotes:read", "swaps:write"]
    assert answer["Cache-Control"] == "no-store"
    by_key, by_token = authenticate_credentials(plain), authenticate_credentials(answer.data["accessToken"])
    assert (by_key.kind, by_token.kind) == ("api_key", "jwt")
    assert (by_key.id, by_key.scopes) == (by_token.id, by_token.scopes) == (f"key:{key_prefix(plain)}", by_key.scopes)
    assert caller(answer.data["accessToken"]).post("/api/work", {}, format="json").status_code == 201


def test_a_token_does_not_buy_another_token(caller: Caller, new_key: NewKey) -> None:
    token = caller(new_key()).post(TOKEN).data["accessToken"]
    answer = caller(token).post(TOKEN)
    assert (answer.status_code, answer.data["code"]) == (403, "api_key_required")


def test_a_token_ends_with_its_key(caller: Caller, new_key: NewKey, django_capture_on_commit_callbacks: Any) -> None:
    plain = new_key()
    token = caller(plain).post(TOKEN).data["accessToken"]
    with django_capture_on_commit_callbacks(execute=True):
        api_key_revoke(prefix=str(key_prefix(plain)), actor_kind=ActorKind.SYSTEM, actor_id="test")
    assert token_read(token)
    assert caller(token).post("/api/work", {}, format="json").status_code == 401


def test_the_bootstrap_key_may_do_everything_and_is_absent_when_unset(
    caller: Caller, bootstrap_key: str, settings: Any
) -> None:
    who = authenticate_credentials(bootstrap_key)
    assert who.is_bootstrap and who.has_scope("swaps:write") and who.has_scope("sessions:all")
    token = caller(bootstrap_key).post(TOKEN).data["accessToken"]
    assert authenticate_credentials(token).is_bootstrap
    settings.API_KEY_SECRET = ""
    for raw in (bootstrap_key, token, ""):
        with pytest.raises(InvalidCredentials):
            authenticate_credentials(raw)
        assert not _is_bootstrap_key(raw)


HOSTILE = [
    "x",
    "\0",
    "1b_\x00",
    "\ud800",
    "ключ",
    "a.b.c",
    "..",
    "'; drop table access_apikey; --",
    "x" * 100_000,
    key_text(bytes(38)),
    "test-key",
    "demo",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_no_key_is_built_in_and_noise_is_refused_cleanly(raw: str) -> None:
    with pytest.raises(InvalidCredentials) as refused:
        authenticate_credentials(raw)
    assert raw not in refused.value.detail or len(raw) < 2


def test_a_token_for_an_owner_that_never_was_is_refused() -> None:
    for subject in ("key:000000000000", "key:", "operator:ada", "bootstrap2", ""):
        raw, _ = token_issue(subject=subject, scopes=frozenset("*"), now=timezone.now())
        with pytest.raises(InvalidCredentials):
            authenticate_credentials(raw)


def test_an_expired_key_is_refused(new_key: NewKey, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = new_key(expires_at=timezone.now() + timedelta(minutes=1))
    assert authenticate_credentials(plain)
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises(InvalidCredentials):
        authenticate_credentials(plain)


@pytest.mark.parametrize(
    ("headers", "code", "challenge"),
    [
        ({}, "not_authenticated", 'Bearer realm="1balancer"'),
        ({"Authorization": "Basic YTpi"}, "not_authenticated", 'Bearer realm="1balancer"'),
        ({"Authorization": "Bearer"}, "not_authenticated", 'Bearer realm="1balancer"'),
        (
            {"Authorization": "Bearer nonsense"},
            "invalid_credentials",
            'Bearer realm="1balancer", error="invalid_token"',
        ),
        ({"X-API-Key": "nonsense"}, "invalid_credentials", 'Bearer realm="1balancer", error="invalid_token"'),
        ({"X-API-Key": "nonsense", "Authorization": f"Bearer {'a' * 59}"}, "invalid_credentials", None),
    ],
)
def test_401_says_how_to_come_in(caller: Caller, headers: dict[str, str], code: str, challenge: str | None) -> None:
    answer = caller(**headers).post(TOKEN)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert challenge is None or answer["WWW-Authenticate"] == challenge
    assert "nonsense" not in answer.content.decode()


def test_a_missing_scope_is_named(caller: Caller, new_key: NewKey) -> None:
    answer = caller(new_key("swaps:read")).post("/api/work", {}, format="json")
    assert (answer.status_code, answer.data["code"]) == (403, "insufficient_scope")
    assert "swaps:write" in answer.data["detail"]
    assert caller(new_key("swaps:write")).post("/api/work", {}, format="json").status_code == 201


def test_a_token_may_have_fewer_scopes_and_a_shorter_life(caller: Caller, new_key: NewKey) -> None:
    plain = new_key("swaps:read", "swaps:write")
    answer = caller(plain).post(TOKEN, {"scopes": ["swaps:read"], "expiresIn": 60}, format="json")
    assert (answer.data["scopes"], answer.data["expiresIn"]) == (["swaps:read"], 60)
    token = answer.data["accessToken"]
    assert authenticate_credentials(token).scopes == {"swaps:read"}
    assert caller(token).post("/api/work", {}, format="json").data["code"] == "insufficient_scope"
    everything = caller(new_key("*")).post(TOKEN, {"scopes": ["quotes:read"]}, format="json")
    assert everything.data["scopes"] == ["quotes:read"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["swaps:write"]}, "scopes"),
        ({"scopes": ["*"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "swaps:read"}, "scopes"),
        ({"scopes": [1]}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"expiresIn": 901}, "expiresIn"),
        ({"expiresIn": 0}, "expiresIn"),
        ({"expiresIn": "60"}, "expiresIn"),
        ([], ""),
    ],
)
def test_a_token_is_never_worth_more_than_its_key(caller: Caller, new_key: NewKey, body: Any, field: str) -> None:
    answer = caller(new_key("swaps:read")).post(TOKEN, body, format="json")
    assert (answer.status_code, answer.data["code"]) == (400, "validation_error")
    assert [fault["field"] for fault in answer.data["errors"]] == [field]


def test_a_list_of_addresses_holds_for_the_key_and_its_tokens(caller: Caller, new_key: NewKey, settings: Any) -> None:
    plain = new_key("swaps:write", allowed_addresses=["192.0.2.0/24", "2001:db8::/32"])
    home = {"REMOTE_ADDR": "192.0.2.7"}
    token = caller(plain).post(TOKEN, **home).data["accessToken"]
    for credential in (plain, token):
        for address, status in (("192.0.2.8", 201), ("2001:db8::1", 201), ("192.0.3.1", 403), ("", 403)):
            answer = caller(credential).post("/api/work", {}, format="json", REMOTE_ADDR=address)
            assert answer.status_code == status, (credential[:3], address)
        assert answer.data["code"] == "address_not_allowed"
        forwarded = {"HTTP_X_FORWARDED_FOR": "192.0.2.7", "REMOTE_ADDR": "198.51.100.1"}
        assert caller(credential).post("/api/work", {}, format="json", **forwarded).status_code == 403
        with pytest.raises(AddressNotAllowed):  # a caller of ours who does not say from where
            authenticate_credentials(credential)
    settings.TRUSTED_PROXIES = ["198.51.100.0/24"]
    assert caller(plain).post("/api/work", {}, format="json", **forwarded).status_code == 201
