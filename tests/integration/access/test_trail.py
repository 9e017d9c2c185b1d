"""Whatever is changed in the console has its row in the audit trail: driven through every table that has pages."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models.base import ModelBase
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from access.accounts.net import noticed
from access.accounts.trail import Trailed, recorded
from access.audit.linking import audit_link
from access.models import ActorKind, AuditCheck, AuditEntry
from access.services import api_key_create, audit_record, operator_recorded
from tests.operators import wholly

pytestmark = pytest.mark.django_db
TABLES = sorted(
    (one for one in admin.site._registry if isinstance(one, ModelBase)), key=lambda model: model._meta.label
)
"""Live settings (django-constance) are no table: tests/integration/access/test_operating.py drives them."""


@pytest.fixture(autouse=True)
def nothing_recorded() -> Iterator[None]:
    """A service that another test called as an operator has left its mark: outside of requests nobody takes it away."""
    mark = operator_recorded.set(False)
    yield
    operator_recorded.reset(mark)


@pytest.fixture
def root(settings: Any) -> User:
    settings.SECURE_SSL_REDIRECT = False
    return User.objects.create_superuser("root", password="x")


@pytest.fixture
def console(root: User) -> Client:
    client = Client()
    wholly(client, root)
    return client


def rows() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "target"))


# Every admin class


def test_the_console_is_our_site() -> None:
    assert type(admin.site._wrapped).__name__ == "ConsoleSite" and len(TABLES) > 20  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_what_django_notes_of_a_table_is_in_the_trail(model: Any, root: User, rf: RequestFactory) -> None:
    """Adding, changing and deleting, as each admin class notes it itself; one whose own rows say more is driven elsewhere."""
    pages = admin.site._registry[model]
    assert isinstance(pages, Trailed)
    if getattr(pages, "trails_itself", False):
        assert model in (User, Group)
        return
    request = rf.post("/admin/")
    request.user = root
    row = model(pk=1)
    type(row).__str__, said = lambda self: "a row", type(row).__str__  # its text may ask for rows that are not there
    try:
        pages.log_addition(request, row, [{"added": {}}])
        pages.log_change(request, row, [{"changed": {"fields": ["name"]}}])
        pages._trail(request, "deleted", row, "")
    finally:
        type(row).__str__ = said
    name = model._meta.model_name
    assert rows() == [(f"added {name}"[:60], "1"), (f"changed {name}"[:60], "1"), (f"deleted {name}"[:60], "1")]
    entry = AuditEntry.objects.get(action=f"changed {name}"[:60])
    assert entry.detail == {
        "table": f"{model._meta.app_label}.{name}",
        "row": "a row",
        "what": [{"changed": {"fields": ["name"]}}],
    }


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_what_may_be_added_by_a_form_has_its_row(model: Any, console: Client) -> None:
    """Every table whose pages have a form for a new row: a minimal one is posted; if a row came of it, the trail knows."""
    name = f"{model._meta.app_label}/{model._meta.model_name}"
    page = console.get(f"/admin/{name}/add/")
    if page.status_code != 200:
        assert page.status_code in (302, 403, 404)
        return
    before, known = model.objects.count(), AuditEntry.objects.count()
    answer = console.post(f"/admin/{name}/add/", FORMS.get(name, {}))
    assert name in FORMS and model.objects.count() == before + 1, (
        f"{name}: {answer.status_code}: give FORMS a form for it"
    )
    assert AuditEntry.objects.count() == known + 1, rows()
    assert AuditEntry.objects.first().actor_id == "root"  # type: ignore[union-attr]


FORMS: dict[str, dict[str, Any]] = {
    "auth/user": {"username": "grace", "password1": "correct horse staple", "password2": "correct horse staple"},
    "auth/group": {"name": "others"},
    "access/apikey": {"name": "made", "scopes": ["swaps:read"], "expires_at_0": "", "expires_at_1": "", "note": ""},
    "pricing/presetsetting": {"route": "base>near", "config": '{"fast": {"duration": 90}}'},
}


def test_deleting_several_gives_each_its_row(console: Client) -> None:
    found = [Group.objects.create(name=name).pk for name in ("one", "two")]
    console.post("/admin/auth/group/", {"action": "delete_selected", "_selected_action": found, "post": "yes"})
    assert not Group.objects.filter(pk__in=found).exists()
    assert sorted(rows()) == [("group_deleted", "one"), ("group_deleted", "two")]


def test_a_service_that_tells_more_is_not_told_twice(console: Client) -> None:
    console.post("/admin/access/apikey/add/", FORMS["access/apikey"])
    assert [action for action, _ in rows()] == ["api_key_created"] and LogEntry.objects.count() == 1


# The net


def test_a_page_that_writes_and_tells_nothing_is_told_of(rf: RequestFactory, root: User) -> None:
    def silent(request: Any) -> HttpResponse:
        Group.objects.create(name="secretly")
        return HttpResponse()

    def speaks(request: Any) -> HttpResponse:
        Group.objects.create(name="openly")
        recorded(request, "group_made", "openly")
        return HttpResponse()

    for view in (silent, speaks):
        request = rf.post("/admin/somewhere/")
        request.user = root
        noticed(view)(request)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [(entry.action, entry.target) for entry in entries] == [
        ("POST console", "/admin/somewhere/"),
        ("group_made", "openly"),
    ]
    assert entries[0].detail == {"tables": ["auth_group"], "answer": 200}


def test_a_page_that_only_reads_is_not(rf: RequestFactory, root: User) -> None:
    def looks(request: Any) -> HttpResponse:
        list(Group.objects.all())
        return HttpResponse()

    for request in (rf.post("/admin/x/"), rf.get("/admin/x/")):
        request.user = root
        noticed(looks)(request)
    assert rows() == []


def test_a_file_that_is_taken_away_is_told_of(rf: RequestFactory, root: User) -> None:
    request = rf.get("/admin/swaps/swapsession/export/")
    request.user = root
    noticed(lambda _: HttpResponse("a,b", headers={"Content-Disposition": 'attachment; filename="s.csv"'}))(request)
    assert rows() == [("exported", "/admin/swaps/swapsession/export/")]


# The page of the trail


@pytest.fixture
def entries() -> list[AuditEntry]:
    made = [
        audit_record(
            action=action,
            actor_kind=ActorKind.OPERATOR,
            actor_id=actor,
            target=target,
            detail={"why": f"because {actor}"},
        )
        for action, actor, target in (("refund_requested", "olga", "sess_a"), ("pause_set", "oscar", "base"))
    ]
    audit_link()
    return made


def found(console: Client, query: str) -> set[str]:
    page = console.get("/admin/access/auditentry/", {"q": query})
    assert page.status_code == 200
    return {entry.actor_id for entry in page.context["cl"].result_list if entry.actor_id != "root"}


def test_the_trail_is_found_by_who_what_and_place(console: Client, entries: list[AuditEntry]) -> None:
    for query, expected in (
        ("olga", {"olga"}), ("base", {"oscar"}), ("refund_requested", {"olga"}), ("2", {"oscar"}), ("nothing", set()),
        ("127.0.0.1", set()), ("  ", {"olga", "oscar"}),
    ):  # fmt: skip
        assert found(console, query) == expected, query


def test_a_rows_page_shows_detail_hashes_and_the_way_to_its_target(console: Client, entries: list[AuditEntry]) -> None:
    key, _ = api_key_create(name="w", scopes=["*"], actor_kind=ActorKind.SYSTEM, actor_id="x")
    entry = audit_record(
        action="changed apikey",
        actor_kind=ActorKind.OPERATOR,
        actor_id="olga",
        target=str(key.pk),
        detail={"table": "access.apikey", "row": "<b>"},
    )
    audit_link()
    entry.refresh_from_db()
    page = console.get(f"/admin/access/auditentry/{entry.pk}/change/").content.decode()
    assert f"/admin/access/apikey/{key.pk}/change/" in page and "&lt;b&gt;" in page and "<b>" not in page
    assert entry.hash in page and entry.previous in page


def test_the_page_says_how_far_the_chain_is_verified_and_what_is_wrong_with_it(
    console: Client, entries: list[AuditEntry], django_user_model: Any
) -> None:
    page = console.get("/admin/access/auditentry/").content.decode()
    assert "was not walked yet" in page
    common: dict[str, Any] = {"by": "job", "since_seq": 0, "hash": "0" * 64, "rows": 2, "seconds": 0.1}
    at = entries[0].at
    AuditCheck.objects.create(at=at, seq=2, **common)
    assert "verified up to row" in console.get("/admin/access/auditentry/").content.decode()
    AuditCheck.objects.create(at=at, seq=2, faults=["row 2 (id 9, refund) is not what was linked"], **common)
    page = console.get("/admin/access/auditentry/").content.decode()
    assert "The chain is broken" in page and "row 2 (id 9, refund)" in page and "before faults were found" in page


def test_the_page_counts_nothing_and_asks_no_more_for_more_rows(console: Client, entries: list[AuditEntry]) -> None:
    console.get("/admin/access/auditentry/")
    with CaptureQueriesContext(connection) as few:
        console.get("/admin/access/auditentry/")
    for _ in range(30):
        audit_record(action="x", actor_kind=ActorKind.OPERATOR, actor_id="olga", target="t")
    audit_link()
    with CaptureQueriesContext(connection) as many:
        console.get("/admin/access/auditentry/")
    assert len(many) == len(few)
    counts = [one["sql"] for one in many if "COUNT(" in one["sql"].upper() and "LIMIT" not in one["sql"].upper()]
    assert not counts, counts
