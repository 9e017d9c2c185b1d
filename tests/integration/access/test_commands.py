"""The commands of API keys."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access.models import ApiKey, AuditEntry
from access.services import api_key_verify

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_key_alone_is_on_standard_output_so_that_a_script_can_take_it() -> None:
    out = run("create_api_key", "--name", "wallet", "--scopes", "swaps:read", "quotes:read", "--days", "30")
    key = api_key_verify(out.strip())
    assert key is not None
    assert (key.name, key.scopes) == ("wallet", ["quotes:read", "swaps:read"])
    assert key.expires_at is not None and (key.expires_at - key.created_at).days in (29, 30)
    assert AuditEntry.objects.get().actor_kind == "command"


def test_revoking_by_prefix(django_capture_on_commit_callbacks: Any) -> None:
    plain = run("create_api_key", "--name", "wallet").strip()
    with django_capture_on_commit_callbacks(execute=True):
        assert "is revoked" in run("revoke_api_key", plain.split("_")[1])
    assert api_key_verify(plain) is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("create_api_key", "--name", "w", "--scopes", "root"), "unknown: root"),
        (("create_api_key", "--name", ""), "1 to 80 characters"),
        (("create_api_key", "--name", "w", "--days", "0"), "1 or more"),
        (("revoke_api_key", "nobody"), "no API key with the prefix 'nobody'"),
    ],
)
def test_a_mistake_is_a_sentence(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run(*words)
    assert not ApiKey.objects.exists()


def test_a_key_with_a_limit_and_addresses_of_its_own() -> None:
    plain = run(
        "create_api_key", "--name", "w", "--per-minute", "9", "--allow-from", "192.0.2.7", "2001:db8::/32"
    ).strip()
    key = ApiKey.objects.get(prefix=plain.split("_")[1])
    assert (key.requests_per_minute, key.allowed_addresses) == (9, ["192.0.2.7/32", "2001:db8::/32"])
    with pytest.raises(CommandError, match="is no network"):
        run("create_api_key", "--name", "w", "--allow-from", "home")


def test_rotating_prints_the_new_key_alone_and_listing_shows_no_key() -> None:
    old = run("create_api_key", "--name", "wallet").strip()
    new = run("rotate_api_key", old.split("_")[1], "--overlap-hours", "2").strip()
    assert api_key_verify(new) is not None and api_key_verify(old) is not None
    rows = json.loads(run("list_api_keys", "--json"))
    assert [(row["state"], row["owner"], row["successor"]) for row in rows] == [
        ("rotated", old.split("_")[1], new.split("_")[1]),
        ("live", old.split("_")[1], None),
    ]
    told = run("list_api_keys") + run("list_api_keys", "--all")
    assert "state=rotated" in told and not any(plain.split("_", 2)[2] in told for plain in (old, new))
    with pytest.raises(CommandError, match="was rotated already"):
        run("rotate_api_key", old.split("_")[1])


def test_every_key_of_an_owner_is_revoked_at_once() -> None:
    old = run("create_api_key", "--name", "wallet").strip()
    run("rotate_api_key", old.split("_")[1])
    assert run("revoke_api_key", old.split("_")[1], "--all-of-owner").count("is revoked") == 2
    assert run("list_api_keys") == "" and run("list_api_keys", "--all").count("state=revoked") == 2
    assert "already" in run("revoke_api_key", old.split("_")[1], "--all-of-owner")
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["api_key_created", "api_key_rotated", "api_key_revoked", "api_key_revoked"]
