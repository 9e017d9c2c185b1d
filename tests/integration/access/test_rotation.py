"""A key's successor: both work until the overlap ends, and what the owner made stays his."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.authentication import authenticate_credentials
from access.errors import ApiKeyRefused, InvalidCredentials
from access.keys import key_prefix
from access.models import ActorKind, ApiKey, AuditEntry
from access.services import (
    api_key_owner_live,
    api_key_owner_revoke,
    api_key_revoke,
    api_key_rotate,
    api_key_verify,
)
from access.webhooks.owners import owner_scopes
from swaps.selectors import sessions_visible
from swaps.services.sessions import session_create
from swaps.validation import session_request
from tests.integration.swaps.conftest import SEED_BODY, chains

__all__ = ["chains"]
pytestmark = pytest.mark.django_db
BY = {"actor_kind": ActorKind.OPERATOR, "actor_id": "ada"}
NewKey = Callable[..., str]


def rotated(plain: str, **more: Any) -> tuple[ApiKey, str]:
    return api_key_rotate(prefix=str(key_prefix(plain)), **BY, **more)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Move the clock on."""
    start = timezone.now()
    return lambda later: monkeypatch.setattr(timezone, "now", lambda: start + later)


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_both_work_until_the_overlap_ends_and_are_one_owner(new_key: NewKey, at: Any, committing: Any) -> None:
    old = new_key("swaps:read", "quotes:read", requests_per_minute=7, allowed_addresses=["192.0.2.0/24"])
    before = authenticate_credentials(old, address="192.0.2.1")
    with committing():
        key, new = rotated(old, overlap=timedelta(hours=2))
    for plain in (old, new):
        now = authenticate_credentials(plain, address="192.0.2.1")
        assert (now.id, now.scopes, now.requests_per_minute) == (before.id, before.scopes, 7)
    assert key.allowed_addresses == ["192.0.2.0/24"] and api_key_verify(new) is not None
    at(timedelta(hours=1, minutes=59))
    assert api_key_verify(old) is not None
    at(timedelta(hours=2, seconds=1))
    assert api_key_verify(old) is None and api_key_verify(new) is not None


def test_what_was_made_with_the_old_key_is_the_new_ones(new_key: NewKey, chains: Any, committing: Any) -> None:
    old = new_key("swaps:read")
    session = session_create(request=session_request(SEED_BODY), principal=authenticate_credentials(old).id)
    with committing():
        _, new = rotated(old, overlap=timedelta(0))
        _, newest = rotated(new)
    with pytest.raises(InvalidCredentials):
        authenticate_credentials(old)
    for plain in (new, newest):
        answer = APIClient(HTTP_X_API_KEY=plain).get(f"/api/v1/sessions/{session.pk}")
        assert answer.status_code == 200
        assert session in sessions_visible(principal=authenticate_credentials(plain).id)


def test_a_token_ends_with_the_key_that_it_was_made_with_and_not_with_another_of_its_owner(
    new_key: NewKey, committing: Any
) -> None:
    old = new_key("*")
    old_token = APIClient(HTTP_X_API_KEY=old).post("/api/v1/token").json()["accessToken"]
    with committing():
        _, new = rotated(old)
    new_token = APIClient(HTTP_X_API_KEY=new).post("/api/v1/token").json()["accessToken"]
    assert authenticate_credentials(old_token).id == authenticate_credentials(new_token).id
    with committing():
        api_key_revoke(prefix=str(key_prefix(old)), **BY)
    with pytest.raises(InvalidCredentials):
        authenticate_credentials(old_token)
    assert authenticate_credentials(new_token)


def test_an_owner_stands_as_long_as_one_of_his_keys(new_key: NewKey, committing: Any) -> None:
    old = new_key("swaps:read")
    owner = authenticate_credentials(old).id
    with committing():
        key, _ = rotated(old)
        api_key_revoke(prefix=str(key_prefix(old)), **BY)
    assert owner_scopes(owner) == {"swaps:read"} and api_key_owner_live(key.owner) == key
    with committing():
        assert [one.prefix for one in api_key_owner_revoke(prefix=str(key_prefix(old)), **BY)] == [key.prefix]
    assert owner_scopes(owner) is None


def test_the_successor_lives_as_long_as_the_old_key_was_meant_to(new_key: NewKey) -> None:
    plain = new_key("*", expires_at=timezone.now() + timedelta(days=30))
    key, _ = rotated(plain, overlap=timedelta(days=60))
    assert key.expires_at is not None and (key.expires_at - timezone.now()).days in (29, 30)
    old = key.predecessor
    assert old.expires_at is not None and old.expires_at < timezone.now() + timedelta(days=30)
    assert old.state == "rotated"
    assert rotated(new_key("*"))[0].expires_at is None


def test_what_cannot_be_rotated_says_why(new_key: NewKey) -> None:
    twice, gone = new_key("*"), new_key("*")
    rotated(twice)
    api_key_revoke(prefix=str(key_prefix(gone)), **BY)
    for plain, more, why in (
        (twice, {}, "was rotated already"),
        (gone, {}, "not live any more"),
        (new_key("*"), {"overlap": timedelta(days=91)}, "0 to 90 days"),
        (new_key("*"), {"overlap": timedelta(seconds=-1)}, "0 to 90 days"),
        (new_key("*"), {"expires_at": timezone.now()}, "in the future"),
    ):
        before = ApiKey.objects.count()
        with pytest.raises(ApiKeyRefused, match=why):
            rotated(plain, **more)
        assert ApiKey.objects.count() == before


def test_the_audit_row_names_the_successor_and_proves_nothing(new_key: NewKey) -> None:
    plain = new_key("*")
    key, new = rotated(plain)
    entry = AuditEntry.objects.get(action="api_key_rotated")
    assert (entry.target, entry.actor_id, entry.detail["successor"]) == (key_prefix(plain), "ada", key.prefix)
    assert new.split("_", 2)[2] not in str(entry.detail)
