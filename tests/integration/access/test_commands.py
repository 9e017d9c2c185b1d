"""`create_api_key` and `revoke_api_key`."""

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
