"""The operator's refund: why not yet and from when, a reason, once whatever is clicked, and who may."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client
from django.urls import reverse

from access.models import AuditEntry
from chains.models import Chain, Intent
from swaps.models import Refund, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import move_time


@pytest.fixture
def operator(db: None) -> Client:
    user = User.objects.create_user("olga", password="x", is_staff=True)
    wanted = ("refund_session", "view_swapsession")
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client = Client()
    client.force_login(user)
    return client


def confirm_url(session: SwapSession) -> str:
    return reverse("admin:swaps_swapsession_refund_confirm", args=[session.pk])


def test_too_early_says_why_not_and_from_when(locked: SwapSession, operator: Client) -> None:
    assert locked.status == "refunding"
    page = operator.get(confirm_url(locked)).content.decode()
    assert "Not yet, from" in page
    assert "Order the refund" not in page
    refused = operator.post(confirm_url(locked), {"reason": "stuck"})
    assert refused.status_code == 409
    assert not Refund.objects.exists()


def test_double_click_admin_refund__ordered_once_however_often_it_is_clicked(
    locked: SwapSession, operator: Client, chains: dict[str, Chain]
) -> None:
    """DOUBLE-CLICK ADMIN REFUND."""
    move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
    assert "Order the refund" in operator.get(confirm_url(locked)).content.decode()
    for _ in range(2):
        assert operator.post(confirm_url(locked), {"reason": "the maker asked"}).status_code == 302
    row = Refund.objects.get()
    assert (row.source, row.actor, row.reason, row.state) == ("operator", "olga", "the maker asked", "requested")
    session_advance(session_id=locked.pk)
    session_advance(session_id=locked.pk)
    intent = Intent.objects.get(subject_id=locked.pk)
    assert (intent.step, intent.call) == (
        "source_refund",
        {"method": "refund", "id": locked.legs.get(side="source").lock_id},
    )
    assert AuditEntry.objects.filter(action="refund_requested", actor_id="olga").count() == 1
    page = operator.get(confirm_url(locked)).content.decode()
    assert "under way already" in page


def test_a_reason_is_needed(locked: SwapSession, operator: Client, chains: dict[str, Chain]) -> None:
    move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
    assert operator.post(confirm_url(locked), {"reason": "  "}).status_code == 409
    assert not Refund.objects.exists()


def test_without_the_permission_there_is_no_refund(locked: SwapSession, operator: Client) -> None:
    User.objects.get(username="olga").user_permissions.clear()
    assert operator.get(confirm_url(locked)).status_code == 403
    assert operator.post(confirm_url(locked), {"reason": "x"}).status_code == 403


def test_nothing_locked_nothing_to_refund(post_session: Callable[..., Any], operator: Client) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    page = operator.post(confirm_url(session), {"reason": "x"})
    assert page.status_code == 409
    assert "nothing is locked" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_double_click_admin_refund__two_operators_at_once_make_one(
    locked: SwapSession, operator: Client, chains: dict[str, Chain]
) -> None:
    move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
    start = threading.Barrier(2)
    statuses: list[int] = []

    def click(name: str) -> None:
        client = Client()
        client.force_login(User.objects.get(username=name))
        start.wait()
        statuses.append(client.post(confirm_url(locked), {"reason": name}).status_code)
        connections.close_all()

    User.objects.create_superuser("oscar", password="x")
    threads = [threading.Thread(target=click, args=(name,)) for name in ("olga", "oscar")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302, 302]
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    "path", ["swaps/swapsession", "swaps/refund", "chains/chain", "chains/chainevent", "chains/intent"]
)
def test_every_list_opens(locked: SwapSession, path: str) -> None:
    User.objects.create_superuser("root", password="x")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    assert client.get(f"/admin/{path}/").status_code == 200


def test_a_sessions_page_opens_and_shows_no_secret(locked: SwapSession, chains: dict[str, Chain]) -> None:
    User.objects.create_superuser("root", password="x")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    page = client.get(reverse("admin:swaps_swapsession_change", args=[locked.pk]))
    assert page.status_code == 200
    assert "refunding" in page.content.decode()
