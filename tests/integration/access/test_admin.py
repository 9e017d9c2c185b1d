"""Keys and the audit trail in the admin."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from access.models import ActorKind, ApiKey, AuditEntry
from access.services import api_key_create, api_key_verify

pytestmark = pytest.mark.django_db
ADD = "/admin/access/apikey/add/"
FORM = {"name": "wallet", "scopes": ["swaps:read", "quotes:read"], "expires_at_0": "", "expires_at_1": "", "note": ""}


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def key() -> ApiKey:
    return api_key_create(name="w", scopes=["*"], actor_kind=ActorKind.SYSTEM, actor_id="test")[0]


def test_a_new_key_is_shown_once_and_kept_nowhere(admin_client: Client) -> None:
    page = admin_client.post(ADD, FORM)
    found = re.search(r'id="api-key"[^>]*>([^<]+)<', page.content.decode())
    assert found, page.content.decode()[:2000]
    plain = found[1]
    key = api_key_verify(plain)
    assert key is not None and key.scopes == ["quotes:read", "swaps:read"]
    assert "no-store" in page["Cache-Control"]
    proof = plain.split("_", 2)[2]
    assert proof not in str(page.cookies)
    for path in ("/admin/access/apikey/", f"/admin/access/apikey/{key.pk}/change/", "/admin/"):
        text = admin_client.get(path, follow=True).content.decode()
        assert proof not in text and key.key_hash not in text
    entry = AuditEntry.objects.get()
    assert (entry.actor_kind, entry.actor_id, entry.target) == ("operator", "admin", key.prefix)


def test_a_key_without_scopes_or_with_an_unknown_one_is_not_made(admin_client: Client) -> None:
    for scopes in ([], ["root"]):
        assert admin_client.post(ADD, FORM | {"scopes": scopes}).status_code == 200
    assert not ApiKey.objects.exists()


def test_an_expiry_in_the_past_is_a_fault_of_the_form(admin_client: Client) -> None:
    page = admin_client.post(ADD, FORM | {"expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"})
    assert page.status_code == 200 and "must be in the future" in page.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_cannot_be_changed_or_deleted(admin_client: Client, key: ApiKey) -> None:
    assert admin_client.get(f"/admin/access/apikey/{key.pk}/change/").status_code == 200
    assert admin_client.post(f"/admin/access/apikey/{key.pk}/change/", FORM).status_code == 403
    assert admin_client.post(f"/admin/access/apikey/{key.pk}/delete/", {"post": "yes"}).status_code == 403
    key.refresh_from_db()
    assert key.name == "w"


def test_revoking_asks_first(admin_client: Client, key: ApiKey) -> None:
    path = f"/admin/access/apikey/{key.pk}/revoke/"
    assert b"Revoke the key" in admin_client.get(path).content
    key.refresh_from_db()
    assert key.is_live
    admin_client.post(path)
    key.refresh_from_db()
    assert not key.is_live
    assert AuditEntry.objects.filter(action="api_key_revoked", actor_id="admin", target=key.prefix).exists()


def test_who_may_only_look_cannot_make_or_revoke(client: Client, key: ApiKey) -> None:
    looker = get_user_model().objects.create_user("looker", password="x", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_apikey", "view_auditentry"]))
    client.force_login(looker)
    assert client.get("/admin/access/apikey/").status_code == 200
    assert client.post(ADD, FORM).status_code == 403
    assert client.post(f"/admin/access/apikey/{key.pk}/revoke/").status_code == 403
    key.refresh_from_db()
    assert key.is_live and ApiKey.objects.count() == 1


def test_the_audit_trail_is_shown_and_never_changed(admin_client: Client, key: ApiKey) -> None:
    entry = AuditEntry.objects.get(target=key.prefix)
    assert key.prefix.encode() in admin_client.get("/admin/access/auditentry/").content
    assert admin_client.get("/admin/access/auditentry/add/").status_code == 403
    assert admin_client.post(f"/admin/access/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_rotating_asks_for_the_overlap_and_shows_the_new_key_once(admin_client: Client, key: ApiKey) -> None:
    path = f"/admin/access/apikey/{key.pk}/rotate/"
    assert b"Hours that both keys work" in admin_client.get(path).content
    assert b"Ensure this value" in admin_client.post(path, {"overlap_hours": "-1"}).content
    found = re.search(r'id="api-key"[^>]*>([^<]+)<', admin_client.post(path, {"overlap_hours": "3"}).content.decode())
    assert found
    made = api_key_verify(found[1])
    assert made is not None and made.owner == key.owner and made.predecessor == key
    assert b"was rotated already" in admin_client.get(path).content


def test_a_limit_and_addresses_are_said_in_the_form(admin_client: Client) -> None:
    form = FORM | {"requests_per_minute": "12", "allowed_addresses": "192.0.2.7\n2001:db8::/32"}
    assert b"is no network" in admin_client.post(ADD, form | {"allowed_addresses": "home"}).content
    admin_client.post(ADD, form)
    made = ApiKey.objects.get()
    assert (made.requests_per_minute, made.allowed_addresses) == (12, ["192.0.2.7/32", "2001:db8::/32"])
