"""Operators' roles: a table of who may see and do what in the admin."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from access.models import ActorKind, ApiKey, AuditEntry
from access.roles import ADMIN, APPROVER, APPS, DUTIES, OPERATOR, VIEWER, roles_write
from access.services import api_key_create
from swaps.models import Pause, SwapSession
from swaps.services.sessions import session_create
from swaps.validation import session_request
from tests.integration.swaps.conftest import SEED_BODY, chains

__all__ = ["chains"]
pytestmark = pytest.mark.django_db
NOBODY, SUPERUSER = "staff without a role", "superuser"
WHO = (NOBODY, VIEWER, OPERATOR, APPROVER, ADMIN, SUPERUSER)
KEY_FORM = {"name": "made", "scopes": ["swaps:read"], "expires_at_0": "", "expires_at_1": "", "note": ""}
PERSON = {"username": "grace", "password1": "correct horse staple", "password2": "correct horse staple"}


@dataclass(frozen=True)
class Act:
    """One page or action. `first` is the lowest role that may; `form`: what is posted, None for looking."""

    path: str
    first: str
    form: dict[str, Any] | None = None
    done: tuple[int, ...] = field(default=(200, 302))

    def __str__(self) -> str:
        return f"{'look at' if self.form is None else 'do'} {self.path}"


LISTS = sorted(
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for model in admin.site._registry
    if model._meta.app_label in APPS
)
ACTS = (
    *(Act(path, VIEWER) for path in LISTS),
    Act("/admin/access/apikey/{key}/change/", VIEWER),
    Act("/admin/swaps/swapsession/{session}/change/", VIEWER),
    Act("/admin/access/proposal/ask/session.refund/?subject={session}", OPERATOR),
    Act("/admin/access/proposal/ask/session.refund/?subject={session}", OPERATOR, {"reason": "asked"}, done=(409, 302)),
    Act("/admin/swaps/pause/add/", OPERATOR),
    Act("/admin/access/proposal/ask/swaps.pause/?subject=all", OPERATOR),
    Act("/admin/access/proposal/ask/swaps.pause/?subject=all", OPERATOR, {"reason": "maintenance"}),
    Act("/admin/access/apikey/add/", ADMIN, KEY_FORM),
    Act("/admin/access/apikey/{key}/rotate/", ADMIN),
    Act("/admin/access/apikey/{key}/rotate/", ADMIN, {"overlap_hours": "1"}),
    Act("/admin/access/apikey/{key}/revoke/", ADMIN),
    Act("/admin/access/apikey/{key}/revoke/", ADMIN, {}),
    Act("/admin/pricing/presetsetting/add/", ADMIN),
    Act("/admin/pricing/presetsetting/add/", ADMIN, {"route": "base>near", "config": '{"fast": {"duration": 90}}'}),
    Act("/admin/auth/user/", ADMIN),
    Act("/admin/auth/user/add/", ADMIN, PERSON),
    Act("/admin/auth/group/", ADMIN),
    Act("/admin/auth/group/add/", SUPERUSER, {"name": "others"}),
    Act("/admin/access/apikey/{key}/delete/", "nobody", {"post": "yes"}),
    Act("/admin/access/auditentry/add/", "nobody", {}),
)


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


def person(role: str, name: str = "") -> User:
    made = User.objects.create_user(name or "p", password="x", is_staff=True, is_superuser=role == SUPERUSER)
    if role in DUTIES:
        made.groups.add(Group.objects.get(name=role))
    return made


def signed_in(role: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person(role))
    return client


@pytest.fixture
def names(chains: Any) -> dict[str, Any]:
    key, _ = api_key_create(name="w", scopes=["*"], actor_kind=ActorKind.SYSTEM, actor_id="test")
    session = session_create(request=session_request(SEED_BODY), principal="key:0")
    return {"key": key.pk, "session": session.pk}


@pytest.mark.parametrize("role", WHO)
def test_each_role_may_what_the_table_says(role: str, names: dict[str, Any]) -> None:
    client = signed_in(role)
    for act in ACTS:
        path = act.path.format(**names)
        answer = client.get(path) if act.form is None else client.post(path, act.form)
        may = act.first in WHO and WHO.index(role) >= WHO.index(act.first)
        assert answer.status_code in (act.done if may else (403,)), f"{role}: {act} answered {answer.status_code}"


@pytest.mark.parametrize("role", [VIEWER, NOBODY])
def test_who_only_looks_has_changed_nothing(role: str, names: dict[str, Any]) -> None:
    client = signed_in(role)
    before = _state()
    for act in ACTS:
        if act.form is not None:
            client.post(act.path.format(**names), act.form)
    client.post("/admin/swaps/pause/", {"action": "lift", "_selected_action": [1]})
    assert _state() == before


def _state() -> list[Any]:
    tables = ApiKey, Pause, SwapSession, User, Group, AuditEntry
    return [list(model.objects.order_by("pk").values()) for model in tables]  # type: ignore[attr-defined]


def test_a_page_that_a_role_may_not_use_offers_no_button(names: dict[str, Any]) -> None:
    path = f"/admin/access/apikey/{names['key']}/change/"
    assert "/rotate/" not in signed_in(VIEWER).get(path).content.decode()
    User.objects.all().delete()
    assert "/rotate/" in signed_in(ADMIN).get(path).content.decode()


def test_the_groups_are_the_table_and_room_is_left_for_approving() -> None:
    Group.objects.get(name=VIEWER).permissions.add(Permission.objects.get(codename="add_apikey"))
    roles_write()
    held = {role: _held(role) for role in DUTIES}
    assert held[VIEWER] < held[OPERATOR] < held[APPROVER] < held[ADMIN]
    assert all(name.partition(".")[2].startswith("view_") for name in held[VIEWER])
    assert not {name for name in held[VIEWER] if name.startswith(("auth.", "sessions.", "admin."))}
    assert held[APPROVER] - held[OPERATOR] == {"access.approve_actions"}
    assert {"swaps.refund_session", "swaps.pause_swaps", "access.execute_actions"} <= held[OPERATOR]
    assert not {name for role in DUTIES for name in held[role] if "delete_" in name}


def test_a_database_that_is_migrated_gets_the_groups_whatever_it_had() -> None:
    Group.objects.filter(name__in=DUTIES).delete()
    call_command("migrate", verbosity=0)
    assert {role: bool(_held(role)) for role in DUTIES} == dict.fromkeys(DUTIES, True)


def test_every_permission_that_the_table_names_exists() -> None:
    known = {
        f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")
    }
    assert {name for names in DUTIES.values() for name in names} <= known


def _held(role: str) -> set[str]:
    return {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Group.objects.get(name=role).permissions.select_related("content_type")
    }


# Who makes operators cannot make himself more than he is


def test_an_admin_cannot_make_a_superuser_nor_touch_one() -> None:
    root, strong = person(SUPERUSER, "root"), person(VIEWER, "strong")
    strong.groups.add(Group.objects.create(name="treasury"))
    pupil, client = person(NOBODY, "pupil"), signed_in(ADMIN)
    form = {"username": "pupil", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    others = Group.objects.get(name="treasury").pk
    client.post(f"/admin/auth/user/{pupil.pk}/change/", form | {"user_permissions": [1]})
    pupil.refresh_from_db()
    assert not pupil.is_superuser and not pupil.user_permissions.exists()
    assert client.post(f"/admin/auth/user/{pupil.pk}/change/", form | {"groups": [others]}).status_code == 200
    assert not pupil.groups.exists()
    for hidden in (root, strong):
        before = hidden.password
        new = {"password1": "correct horse staple", "password2": "correct horse staple"}
        assert client.post(f"/admin/auth/user/{hidden.pk}/password/", new).status_code in (302, 403, 404)
        assert client.post(f"/admin/auth/user/{hidden.pk}/change/", form).status_code == 302
        hidden.refresh_from_db()
        assert hidden.password == before and hidden.username != "pupil"


def test_what_is_done_to_operators_has_its_row_without_a_password() -> None:
    pupil, client = person(NOBODY, "pupil"), signed_in(SUPERUSER)
    viewer = Group.objects.get(name=VIEWER).pk
    client.post("/admin/auth/user/add/", PERSON)
    form = {"username": "pupil", "is_active": "on", "is_staff": "on", "groups": [viewer]}
    client.post(f"/admin/auth/user/{pupil.pk}/change/", form)
    new = {"password1": "another horse staple", "password2": "another horse staple"}
    client.post(f"/admin/auth/user/{pupil.pk}/password/", new)
    client.post(f"/admin/auth/user/{pupil.pk}/delete/", {"post": "yes"})
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [(entry.action, entry.target) for entry in entries] == [
        ("operator_created", "grace"),
        ("operator_changed", "pupil"),
        ("operator_password_changed", "pupil"),
        ("operator_deleted", "pupil"),
    ]
    assert entries[1].detail["roles"] == ["viewer"] and entries[1].address == "127.0.0.1"
    assert "horse" not in str([entry.detail for entry in entries])
