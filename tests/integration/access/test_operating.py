"""The live settings: read by typed functions, changed by one service behind the admin's page, each change audited."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import ActorKind, AuditEntry
from access.operating import four_eyes_above_usd, operating_change, operating_values
from access.roles import ADMIN, OPERATOR, VIEWER

pytestmark = pytest.mark.django_db
PAGE = "/admin/constance/config/"


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


def _form(client: Client, **changed: Any) -> dict[str, Any]:
    """What the page would send back, with some fields typed over."""
    form = client.get(PAGE).context["form"]
    return {name: form.initial[name] for name in form.fields} | changed


def _changes() -> list[tuple[str, str, str, str]]:
    rows = AuditEntry.objects.filter(action="operating_setting_changed").order_by("pk")
    return [(row.actor_id, row.target, row.detail["old"], row.detail["new"]) for row in rows]


def test_until_somebody_changes_it_the_environments_value_holds_and_reading_writes_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert four_eyes_above_usd() == Decimal(1000)
    assert len(asked) == 1 and asked[0]["sql"].startswith("SELECT")


def test_an_operators_change_holds_at_once_and_is_audited_with_both_values(admin_client: Client) -> None:
    answer = admin_client.post(PAGE, _form(admin_client, FOUR_EYES_ABOVE_USD="250.50"))
    assert answer.status_code == 302
    assert four_eyes_above_usd() == Decimal("250.50")
    assert _changes() == [("admin", "FOUR_EYES_ABOVE_USD", "1000", "250.50")]
    assert admin_client.get(PAGE).context["form"].initial["FOUR_EYES_ABOVE_USD"] == Decimal("250.50")


def test_what_is_sent_back_unchanged_changes_and_audits_nothing(admin_client: Client) -> None:
    assert admin_client.post(PAGE, _form(admin_client)).status_code == 302
    assert _changes() == [] and operating_values(["FOUR_EYES_ABOVE_USD"]) == {"FOUR_EYES_ABOVE_USD": Decimal(1000)}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-1", "greater than or equal to 0"),
        ("plenty", "Enter a number"),
        ("NaN", "Enter a number"),
        ("1.005", "2 decimal"),
    ],
)
def test_a_bad_value_is_said_at_its_field_and_nothing_changes(admin_client: Client, typed: str, said: str) -> None:
    page = admin_client.post(PAGE, _form(admin_client, FOUR_EYES_ABOVE_USD=typed))
    assert page.status_code == 200 and said in str(page.context["form"].errors["FOUR_EYES_ABOVE_USD"])
    assert said in page.content.decode()
    assert _changes() == [] and four_eyes_above_usd() == Decimal(1000)


def test_a_page_that_is_older_than_the_last_change_is_refused(admin_client: Client) -> None:
    stale = _form(admin_client, FOUR_EYES_ABOVE_USD="5")
    operating_change({"FOUR_EYES_ABOVE_USD": Decimal(9)}, actor_kind=ActorKind.OPERATOR, actor_id="another")
    page = admin_client.post(PAGE, stale)
    assert page.status_code == 200 and "modified by someone else" in page.content.decode()
    assert four_eyes_above_usd() == Decimal(9) and [row[0] for row in _changes()] == ["another"]


def test_an_unknown_setting_is_a_fault_and_not_a_default() -> None:
    with pytest.raises(AttributeError, match="NOT_THERE"):
        operating_values(["NOT_THERE"])


@pytest.mark.parametrize(("role", "sees", "changes"), [(VIEWER, 200, 403), (OPERATOR, 200, 403), (ADMIN, 200, 302)])
def test_only_the_role_admin_changes_and_viewers_look(role: str, sees: int, changes: int, client: Client) -> None:
    person = get_user_model().objects.create_user("someone", password="x", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    page = client.get(PAGE)
    assert page.status_code == sees
    client.post(PAGE, _form(client, FOUR_EYES_ABOVE_USD="5"))
    assert (four_eyes_above_usd() == Decimal(5)) is (changes == 302)
