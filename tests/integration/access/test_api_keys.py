"""The life of an API key in the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from access import services
from access.errors import ApiKeyNotFound, ApiKeyRefused
from access.key_cache import KeyCache
from access.keys import key_text
from access.models import ActorKind, ApiKey, AuditEntry
from access.services import api_key_create, api_key_revoke, api_key_verify

pytestmark = pytest.mark.django_db
OPERATOR = {"actor_kind": ActorKind.OPERATOR, "actor_id": "ada"}


def made(**more: Any) -> tuple[ApiKey, str]:
    return api_key_create(**{"name": "wallet", "scopes": ["swaps:read"]} | OPERATOR | more)


def test_a_key_is_found_by_its_text_and_its_text_is_not_in_the_database() -> None:
    key, plain = made()
    found = api_key_verify(plain)
    assert found == key
    row = ApiKey.objects.values_list().get(pk=key.pk)
    proof = plain.split("_", 2)[2]
    assert proof not in str(row) and plain.startswith(f"1b_{key.prefix}_")


def test_the_right_prefix_with_another_proof_is_refused() -> None:
    key, _ = made()
    assert api_key_verify(key_text(bytes.fromhex(key.prefix) + bytes(32))) is None
    assert api_key_verify("1b_" + key.prefix) is None


def test_a_prefix_that_nobody_has_is_refused() -> None:
    assert api_key_verify(key_text(bytes(38))) is None


def test_a_key_is_refused_from_its_expiry_on_even_when_it_is_remembered() -> None:
    key, plain = made(expires_at=timezone.now() + timedelta(hours=1))
    remembered = api_key_verify(plain)
    assert remembered is not None
    remembered.expires_at = timezone.now()
    assert api_key_verify(plain) is None
    assert key.is_live


def test_a_revoked_key_is_refused_at_once_in_this_process(django_capture_on_commit_callbacks: Any) -> None:
    key, plain = made()
    assert api_key_verify(plain) is not None
    with django_capture_on_commit_callbacks(execute=True):
        api_key_revoke(prefix=key.prefix, **OPERATOR)
    assert api_key_verify(plain) is None


def test_another_process_refuses_it_when_its_memory_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(services, "_keys", KeyCache(services.api_key_by_prefix, life=10, clock=lambda: now))
    key, plain = made()
    assert api_key_verify(plain) is not None
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    assert api_key_verify(plain) is not None
    now = 10.0
    assert api_key_verify(plain) is None


def test_revoking_twice_keeps_the_first_time_and_one_audit_row() -> None:
    key, _ = made()
    first = api_key_revoke(prefix=key.prefix, **OPERATOR).revoked_at
    assert api_key_revoke(prefix=key.prefix, **OPERATOR).revoked_at == first
    actions = list(AuditEntry.objects.filter(target=key.prefix).order_by("pk").values_list("action", "actor_id"))
    assert actions == [("api_key_created", "ada"), ("api_key_revoked", "ada")]


def test_revoking_what_is_not_there_says_so() -> None:
    with pytest.raises(ApiKeyNotFound, match="'000000000000'"):
        api_key_revoke(prefix="000000000000", **OPERATOR)


def test_use_is_noted_to_the_minute_with_one_write(django_assert_num_queries: Any) -> None:
    key, plain = made()
    with django_assert_num_queries(2):  # the row, and the note
        api_key_verify(plain)
    with django_assert_num_queries(0):
        api_key_verify(plain)
    key.refresh_from_db()
    assert key.last_used_at is not None and key.last_used_at.second == key.last_used_at.microsecond == 0


def test_every_fault_of_a_new_key_is_named_and_nothing_is_made() -> None:
    with pytest.raises(ApiKeyRefused) as refused:
        made(name="x" * 81, scopes=["swaps:read", "all"], expires_at=timezone.now())
    assert [fault["field"] for fault in refused.value.errors] == ["name", "scopes", "expiresAt"]
    assert "unknown: all" in refused.value.detail
    with pytest.raises(ApiKeyRefused, match="none were given"):
        made(scopes=[])
    assert not ApiKey.objects.exists() and not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"key_hash": "plain"}, {"prefix": "nothex"}, {"scopes": []}, {"name": ""}, {"prefix": "taken"}]
)
def test_the_database_holds_the_shape_of_a_key(wrong: dict[str, Any]) -> None:
    key, _ = made()
    right = {"name": "n", "prefix": "0" * 12, "key_hash": "0" * 64, "scopes": ["*"]}
    if wrong == {"prefix": "taken"}:
        wrong = {"prefix": key.prefix}
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(**right | wrong)
    ApiKey.objects.create(**right)
