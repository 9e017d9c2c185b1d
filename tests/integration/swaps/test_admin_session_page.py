"""A session's page: each part shown against its rows, live, by a constant number of queries, for those who may, without a secret."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from access.webhooks.models import Delivery, Endpoint, Message
from chains.models import Account, Chain, ChainTransaction, Intent
from swaps.evidence import Step
from swaps.models import Refund, SessionTransition, StrayLock, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time

SECRET = "5ec2e7" + "ab" * 29
LIMIT = 34


@pytest.fixture
def viewer(db: None) -> Client:
    user = User.objects.create_user("vera", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_swapsession"))
    client = Client()
    client.force_login(user)
    return client


def page_url(session: SwapSession) -> str:
    return reverse("admin:swaps_swapsession_change", args=[session.pk])


def live_url(session: SwapSession, have: dict[str, str] | None = None) -> str:
    told = ",".join(f"{name}:{digest}" for name, digest in (have or {}).items())
    return reverse("admin:swaps_swapsession_live", args=[session.pk]) + f"?have={told}"


def page_of(client: Client, session: SwapSession) -> str:
    answer = client.get(page_url(session))
    assert answer.status_code == 200
    return str(answer.content.decode())


def asked_least(client: Client, session: SwapSession) -> int:
    """How many queries the page asks; what it keeps for a second, such as the chains' fees, is asked for now and then."""
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as found:
            page_of(client, session)
        counts.append(len(found))
    return min(counts)


@pytest.fixture
def full(locked: SwapSession, chains: dict[str, Chain]) -> SwapSession:
    """A session of which there is something in every part."""
    account = Account.objects.create(chain=chains["near"], address="us.near", public_key="ed25519:x")
    intent = Intent.objects.create(
        chain=chains["near"],
        subject_type="session",
        subject_id=locked.pk,
        step="source_refund",
        call={"method": "refund", "args": {"secret": SECRET}},
        state=Intent.State.SENT,
        attempts=2,
        last_error=f"the node said <b>no</b>: 0x{SECRET}",
    )
    sent = ChainTransaction.objects.create(
        intent=intent, chain=chains["near"], account=account, nonce=7, hash="Hx7", raw=bytes.fromhex(SECRET),
        state=ChainTransaction.State.REPLACED, first_broadcast_at=timezone.now(),
    )  # fmt: skip
    ChainTransaction.objects.create(
        intent=intent, chain=chains["near"], account=account, nonce=8, hash="Hx8", raw=bytes.fromhex(SECRET),
        state=ChainTransaction.State.INCLUDED, block_height=98, block_hash="b98", first_broadcast_at=timezone.now(),
        replaces=sent,
    )  # fmt: skip
    Refund.objects.create(leg=locked.legs.get(side="source"), source="operator", actor="olga", reason="the maker asked")
    StrayLock.objects.create(
        session=locked, chain=chains["near"], lock_id="ee" * 32, differences=["amount is 1, and 2 was agreed"],
        refund_from=1_800_000_000, call={"method": "refund"},
    )  # fmt: skip
    endpoint = Endpoint.objects.create(owner=locked.principal, url="https://user.example/hooks/a?key=" + SECRET)
    message = Message.objects.create(
        owner=locked.principal, type="session.updated", subject=locked.pk, seq=9, body=json.dumps({"secret": SECRET})
    )
    now = timezone.now()
    Delivery.objects.create(
        endpoint=endpoint, message=message, subject=locked.pk, seq=9, next_attempt_at=now, give_up_at=now,
        attempts=3, last_status=500, last_error="it answered 500",
    )  # fmt: skip
    SessionTransition.objects.filter(session=locked, seq=1).update(data={"secret": SECRET})
    SwapSession.objects.filter(pk=locked.pk).update(attention="the source refund was tried twice")
    return SwapSession.objects.get(pk=locked.pk)


def test_every_part_shows_its_rows(full: SwapSession, viewer: Client) -> None:
    page = page_of(viewer, full)
    assert "the source refund was tried twice" in page
    assert "0.4 NEAR" in page and "1 USDC" in page
    for row in full.transitions.all():
        assert f"#{row.seq} " in page
    assert "created" in page or "The session was made" in page
    for tx_hash in ("Hx7", "Hx8"):
        assert f"https://nearblocks.io/txns/{tx_hash}" in page
    assert page.index("Hx8") < page.index("Earlier transactions of the same intent") < page.index("Hx7")
    assert "2 attempts" in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page and "<b>no</b>" not in page
    books = page[page.index('data-part="books"') : page.index('data-part="facts"')]
    assert "source escrow" in books
    assert "Still in locks: <strong>0.4 NEAR" in books
    assert "olga" in page and "the maker asked" in page
    assert "amount is 1, and 2 was agreed" in page
    assert "user.example/hooks/a" in page and "HTTP 500" in page
    assert full.maker in page and full.principal in page
    assert "Timelocks" in page and 'data-edge="refunding:refunded"' in page


def test_what_happens_next_and_the_money_are_the_first_words(locked: SwapSession, viewer: Client) -> None:
    page = page_of(viewer, locked)
    summary = page[page.index('data-part="summary"') : page.index('data-part="care"')]
    assert "Nothing of ours is locked" in summary
    assert "Refund the source lock to the maker" in summary
    expires = locked.legs.get(side="source").expires_at
    assert f'data-at="{expires}"' in summary


def test_a_lock_that_differs_is_marked_field_by_field(
    post_session: Callable[..., Any], chains: dict[str, Chain], viewer: Client
) -> None:
    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    terms = lock_on_near(session, "source", chains["near"], amount=399)
    for chain in chains.values():
        move_time(chain, terms["timelock"] - 5000)
    session_advance(session_id=session.pk)
    page = page_of(viewer, session)
    legs = page[page.index('data-part="legs"') : page.index('data-part="sending"')]
    assert "not what was agreed" in legs
    assert legs.count("sp-row-differs") == 1
    differing = legs[legs.index("sp-row-differs") :]
    assert "Amount" in differing[:200] and "0.000000000000000000000399 NEAR" in differing[:900]


def test_constant_queries_however_much_happened(full: SwapSession, viewer: Client, chains: dict[str, Chain]) -> None:
    before = asked_least(viewer, full)
    intent = Intent.objects.filter(subject_id=full.pk).first()
    assert intent is not None
    account = Account.objects.get(address="us.near")
    steps = [step for step in Step if step != Step.SOURCE_REFUND]
    for step in steps:
        Intent.objects.create(chain=chains["near"], subject_type="session", subject_id=full.pk, step=step, call={})
    for number in range(30):
        SessionTransition.objects.create(
            session=full,
            seq=1000 + number,
            principal=full.principal,
            from_status="refunding",
            to_status="refunding",
            cause="x",
        )
        ChainTransaction.objects.create(
            intent=intent, chain=chains["near"], account=account, nonce=100 + number, hash=f"more{number}", raw=b"x"
        )
    after = asked_least(viewer, full)
    assert after == before <= LIMIT
    with CaptureQueriesContext(connection) as live:
        assert viewer.get(live_url(full)).status_code == 200
    assert len(live) < after


def test_live_sends_the_parts_that_changed_and_no_other(locked: SwapSession, viewer: Client) -> None:
    first = viewer.get(live_url(locked)).json()
    have = {part["name"]: part["digest"] for part in first["parts"]}
    assert {"summary", "timelocks", "legs", "sending", "history", "books", "told"} <= set(have)
    assert viewer.get(live_url(locked, have)).json()["parts"] == []
    SwapSession.objects.filter(pk=locked.pk).update(attention="look here")
    again = viewer.get(live_url(locked, have)).json()["parts"]
    assert [part["name"] for part in again] == ["summary"]
    assert "look here" in again[0]["html"]


def test_live_answer_is_never_kept(locked: SwapSession, viewer: Client) -> None:
    assert "no-store" in viewer.get(live_url(locked))["Cache-Control"]


def test_a_secret_of_a_session_is_on_no_page(full: SwapSession, viewer: Client) -> None:
    """A canary in every column that may hold one: sealed, in bytes, in a call, in an error, in a receiver's address."""
    texts = [page_of(viewer, full), viewer.get(live_url(full)).content.decode()]
    for text in texts:
        assert SECRET not in text.lower()
        assert SECRET[:24] not in text.lower()


def test_only_who_may_view(locked: SwapSession, viewer: Client) -> None:
    User.objects.get(username="vera").user_permissions.clear()
    assert viewer.get(page_url(locked)).status_code == 403
    assert viewer.get(live_url(locked)).status_code == 403
    assert Client().get(live_url(locked)).status_code == 302


@pytest.mark.parametrize("start", ["sess_24", "sess_5f", "sess_ab"])
def test_an_id_is_found_quoted_and_plain(locked: SwapSession, viewer: Client, start: str) -> None:
    """The admin's links quote ids, and it reads `_24` of a plain one as a dollar sign."""
    legs = list(locked.legs.all())
    session = SwapSession.objects.get(pk=locked.pk)
    session.pk, session.hashlock = f"{start}{'a' * 22}", "77" * 32
    session.save(force_insert=True)
    for leg in legs:
        leg.pk, leg.session, leg.lock_id = None, session, ""
        leg.save(force_insert=True)
    for object_id in (session.pk, quote(session.pk)):
        page = viewer.get(reverse("admin:swaps_swapsession_change", args=[object_id]))
        assert page.status_code == 200 and 'data-part="summary"' in page.content.decode()
        assert viewer.get(reverse("admin:swaps_swapsession_live", args=[object_id])).json()["status"] == session.status


def test_an_unknown_session(locked: SwapSession, viewer: Client) -> None:
    assert viewer.get(reverse("admin:swaps_swapsession_change", args=["sess_none"])).status_code == 302
    assert viewer.get(reverse("admin:swaps_swapsession_live", args=["sess_none"])).status_code == 404


def test_links_lead_to_explorers_of_the_chain_and_local_chains_have_none(
    full: SwapSession, viewer: Client, settings: Any
) -> None:
    assert 'href="https://nearblocks.io/txns/Hx8"' in page_of(viewer, full)
    for name in ("explorer_tx", "explorer_address", "explorer_block"):
        settings.CHAINS["near"][name] = ""
    page = page_of(viewer, full)
    assert "Hx8" in page and "nearblocks" not in page


def test_a_session_of_a_chain_that_is_configured_no_more(locked: SwapSession, viewer: Client, settings: Any) -> None:
    settings.CHAINS = {name: told for name, told in settings.CHAINS.items() if name != "near"}
    page = " ".join(page_of(viewer, locked).split())
    assert "near is not configured" in page and "put the chain back into the chains file" in page
    assert str(locked.source_amount) in page and locked.hashlock in page
    assert viewer.get(live_url(locked)).status_code == 404
