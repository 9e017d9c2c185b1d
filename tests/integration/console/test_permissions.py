"""Who sees what: pages, sidebar, sections, and the figures as JSON."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory

from balancer.console.sidebar import GROUPS, environment, navigation
from balancer.console.survey import SECTIONS
from swaps.models import Alert, SwapSession
from tests.browser import log_in, person_make
from tests.crowd import crowd_make

pytestmark = pytest.mark.usefixtures("chains")
FIGURES = "/console/figures"


def test_nobody_sees_nothing(client: Client, db: None) -> None:
    assert client.get("/admin/").status_code == 302
    answer = client.get(FIGURES)
    assert (answer.status_code, answer.json()) == (401, {"type": "ended"})


def test_who_has_no_permission_sees_no_figure(db: None) -> None:
    person = person_make("viewer", username="newcomer")
    person.groups.clear()
    client = log_in(person)
    html = client.get("/admin/").content.decode()
    assert "You may not see any figures yet" in html and "data-section" not in html
    assert client.get(FIGURES).status_code == 403


def test_a_client_who_is_no_operator(db: None) -> None:
    person = person_make("viewer", username="no-staff")
    person.is_staff = False
    person.save()
    assert log_in(person).get(FIGURES).status_code == 401


def test_a_viewer_sees_all_sections_and_may_not_more(operator: Callable[..., Client]) -> None:
    html = operator("viewer").get("/admin/").content.decode()
    for section in SECTIONS:
        assert f'data-section="{section.name}"' in html
    assert "/admin/auth/user/" not in html and "/admin/swaps/swapsession/" in html


def test_one_who_sees_chains_alone(db: None) -> None:
    person = person_make("viewer", username="watchman")
    person.groups.clear()
    person.user_permissions.add(Permission.objects.get(codename="view_chain"))
    client = log_in(person)
    html = client.get("/admin/").content.decode()
    assert 'data-section="chain"' in html and 'data-section="money"' not in html
    assert [one["name"] for one in client.get(FIGURES).json()["sections"]] == ["chain"]
    (now, chains) = [group["title"] for group in _navigation(person)]
    assert (now, chains) == ("Now", "Chains")


def test_what_is_on_the_screen_is_not_sent_again(operator: Callable[..., Client]) -> None:
    client = operator("viewer")
    first = client.get(FIGURES).json()
    have = ",".join(f"{one['name']}:{one['digest']}" for one in first["sections"])
    assert client.get(FIGURES, {"have": have}).json()["type"] == "alive"
    assert client.get(FIGURES, {"have": have.replace("money:", "money:x")}).json()["sections"][0]["name"] == "money"


@pytest.mark.parametrize("have", ["", ":::", "now", "\0", "x" * 9_000])
def test_nonsense_about_the_screen_is_harmless(operator: Callable[..., Client], have: str) -> None:
    assert len(operator("viewer").get(FIGURES, {"have": have}).json()["sections"]) == len(SECTIONS)


def test_asking_does_not_count_as_being_there(operator: Callable[..., Client]) -> None:
    client = operator("viewer")
    session = client.session
    session["seen"] -= 200
    session.save()
    before = client.session["seen"]
    assert client.get(FIGURES).status_code == 200
    assert client.session["seen"] == before


# The sidebar


def test_every_page_of_the_admin_has_its_place(db: None) -> None:
    """One that nobody has placed is listed all the same, under Settings."""
    links = [item["link"] for group in _navigation(person_make()) for item in group["items"]]
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        allowed = admin.site._registry[model].has_view_permission(_request(person_make()))
        assert not allowed or any(link.split("?")[0] == address for link in links), address


def test_our_own_pages_are_placed_by_hand() -> None:
    placed = {entry.page for _, entries in GROUPS for entry in entries}
    ours = ("access", "webhooks", "chains", "pricing", "swaps", "balancer")
    missing = {model._meta.label for model in admin.site._registry if model._meta.app_label in ours} - placed
    assert not missing, f"put {missing} into balancer/console/sidebar.py"


def test_badges_count_what_waits(operator: Callable[..., Client], db: None) -> None:
    person = person_make()
    assert not any("badge" in item for group in _navigation(person) for item in group["items"])
    crowd = crowd_make(11, active=11)
    SwapSession.objects.filter(pk__in=crowd.active[:3]).update(attention="look")
    Alert.objects.create(seq=1, key="a", state="raised", severity="error", message="a")
    badges = {
        item["title"]: item["badge"] for group in _navigation(person) for item in group["items"] if "badge" in item
    }
    assert badges == {"Alerts": "1", "Sessions": "3"}


@pytest.mark.parametrize(
    ("name", "label"), [("production", ["Production", "danger"]), ("development", ["Development", "info"])]
)
def test_the_environment_is_told(settings: Any, name: str, label: list[str]) -> None:
    settings.NODE_ENV = name
    assert environment(RequestFactory().get("/admin/")) == label


def _request(person: Any) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = person
    return request


def _navigation(person: Any) -> list[dict[str, Any]]:
    return navigation(_request(person))
