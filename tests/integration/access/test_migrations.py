"""A database with rows of the first version becomes one of this version, and back."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from access.audit.verifying import audit_verify

FIRST = [("access", "0001_initial")]


def migrate(target: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(target)
    return MigrationExecutor(connection).loader.project_state(target).apps


@pytest.mark.django_db(transaction=True)
def test_rows_of_the_first_version_survive_the_second() -> None:
    latest = [key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] == "access"]
    try:
        old = migrate(FIRST)
        old.get_model("access", "ApiKey").objects.create(
            name="w", prefix="0" * 12, key_hash="0" * 64, scopes=["swaps:read"]
        )
        old.get_model("access", "AuditEntry").objects.create(
            actor_kind="operator", actor_id="ada", action="refund_requested", target="sess_1"
        )
        old.get_model("access", "IdempotencyRecord").objects.create(
            principal="bootstrap", key="k", call="POST /x", body_hash="0" * 64
        )
    finally:
        new = migrate(latest)
    key = new.get_model("access", "ApiKey").objects.get()
    assert (key.scopes, key.owner, key.allowed_addresses) == (["swaps:read"], key.prefix, [])
    entry = new.get_model("access", "AuditEntry").objects.get()
    assert (entry.actor_id, entry.request_id, entry.seq, entry.previous) == ("ada", "", 1, "0" * 64)
    verdict = audit_verify()
    assert (verdict.rows, verdict.faults, verdict.head.hash) == (1, [], entry.hash)
    assert not new.get_model("access", "IdempotencyRecord").objects.exists()
