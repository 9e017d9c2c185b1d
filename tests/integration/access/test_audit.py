"""The audit trail only grows."""

import pytest
import structlog
from django.db import IntegrityError, InternalError, ProgrammingError, transaction

from access.models import ActorKind, AuditEntry
from access.services import audit_record

pytestmark = pytest.mark.django_db


def recorded(kind: str = ActorKind.OPERATOR) -> AuditEntry:
    return audit_record(action="refund_requested", actor_kind=kind, actor_id="ada", target="sess_1", detail={"a": 1})


def test_an_entry_says_who_did_what_in_which_request() -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-7"):
        entry = recorded()
    entry.refresh_from_db()
    assert (entry.actor_kind, entry.actor_id, entry.action, entry.target) == (
        "operator",
        "ada",
        "refund_requested",
        "sess_1",
    )
    assert (entry.detail, entry.request_id) == ({"a": 1}, "req-7")


def test_a_name_that_is_longer_than_its_column_is_cut_and_keeps_nobody_from_acting() -> None:
    """A username may have 150 characters."""
    entry = audit_record(action="swaps_paused", actor_kind=ActorKind.OPERATOR, actor_id="o" * 150, target="t" * 200)
    entry.refresh_from_db()
    assert (entry.actor_id, entry.target) == ("o" * 80, "t" * 80)


def test_the_database_refuses_to_change_or_delete_an_entry() -> None:
    entry = recorded()
    rows = AuditEntry.objects.filter(pk=entry.pk)
    for attempt in (lambda: rows.update(actor_id="eve"), rows.delete, entry.delete):
        with pytest.raises((InternalError, ProgrammingError), match="never changed or deleted"), transaction.atomic():
            attempt()
    with pytest.raises(TypeError, match="never changed"):
        entry.save()
    assert rows.get().actor_id == "ada"


def test_an_unknown_kind_of_actor_and_an_empty_action_are_refused() -> None:
    with pytest.raises(IntegrityError, match="audit_actor_kind_is_known"), transaction.atomic():
        recorded("ghost")
    with pytest.raises(IntegrityError, match="audit_has_action"), transaction.atomic():
        audit_record(action="", actor_kind="system", actor_id="x", target="y")
