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
from chains.codec.near import lock_id
from chains.models import Chain, ChainEvent, Intent
from swaps.models import Refund, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import SEED_BODY

NEAR_BODY = {
    "sourceChain": "near",
    "destinationChain": "base",
    "sourceToken": "near",
    "destinationToken": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
    "sourceAmount": "1000000",
    "destinationAmount": "1000000",
    "maker": "alice.near",
    "taker": SEED_BODY["maker"],
    "hashlock": "0x" + "cd" * 32,
}


@pytest.fixture
def locked(post_session: Callable[..., Any], chains: dict[str, Chain]) -> SwapSession:
    """A swap whose maker locked on NEAR; the lock is final, and it is too late for ours."""
    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    leg = session.legs.get(side="source")
    terms = {**leg.terms, "sender": "alice.near", "token": None, "amount": "1000000"}
    derived = lock_id(
        sender="alice.near",
        receiver=terms["receiver"],
        token=None,
        amount=1000000,
        hashlock=bytes.fromhex(terms["hashlock"]),
        timelock=terms["timelock"],
        salt=bytes.fromhex(terms["salt"]),
    )
    ChainEvent.objects.create(
        chain=chains["near"],
        kind="lock_created",
        lock_id=derived,
        hashlock=terms["hashlock"],
        contract="htlc.near",
        block_height=99,
        block_hash="b99",
        block_time_ns=(terms["timelock"] - 100) * 10**9,
        tx_hash="r1",
        index=0,
        payload=terms,
    )
    move_time(chains["near"], terms["timelock"] - 60)
    move_time(chains["base"], terms["timelock"] - 60)
    session_advance(session_id=session.pk)
    session.refresh_from_db()
    return session


def move_time(chain: Chain, seconds: int) -> None:
    Chain.objects.filter(pk=chain.pk).update(
        final_time_ns=seconds * 10**9, seen_time_ns=seconds * 10**9, head_time_ns=seconds * 10**9
    )


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


def test_in_time_it_is_ordered_once_however_often_it_is_clicked(
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
def test_two_operators_at_once_make_one_refund(locked: SwapSession, operator: Client, chains: dict[str, Chain]) -> None:
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
