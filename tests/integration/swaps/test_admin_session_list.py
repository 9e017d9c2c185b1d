"""The list of sessions: found by whatever an operator has in his hand, filtered, kept as views, taken away as a file."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.models import AuditEntry
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent
from swaps.models import SavedView, StrayLock, SwapSession
from swaps.search import sessions_found
from tests.integration.swaps.conftest import NEAR_BODY, SEED_BODY

LIST = "admin:swaps_swapsession_changelist"
EXPORT = "admin:swaps_swapsession_export"


@pytest.fixture
def client_of(db: None) -> Callable[..., Client]:
    """A logged-in member of staff with these permissions."""

    def make(name: str, *permissions: str) -> Client:
        user = User.objects.create_user(name, password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=("view_swapsession", *permissions)))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def two(post_session: Callable[..., Any]) -> tuple[SwapSession, SwapSession]:
    """BASE to NEAR, and NEAR to BASE."""
    made = (post_session(hashlock="0x" + "1a" * 32), post_session(**NEAR_BODY))
    forth, back = (SwapSession.objects.get(pk=one.json()["sessionId"]) for one in made)
    return forth, back


def found(term: str) -> set[str]:
    return set(SwapSession.objects.filter(sessions_found(term)).values_list("pk", flat=True))


def listed(client: Client, **query: str) -> set[str]:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return {session.pk for session in answer.context["cl"].result_list}


# Search


def test_by_every_id_and_hash(two: tuple[SwapSession, SwapSession], chains: dict[str, Chain]) -> None:
    forth, back = two
    leg = forth.legs.get(side="source")
    leg.lock_id = "0x" + "7e" * 20
    leg.save()
    back.legs.filter(side="source").update(lock_id="9f" * 32)
    SwapSession.objects.filter(pk=forth.pk).update(order={"orderHash": "0x" + "0d" * 32}, quote_id="quote_abc")
    account = Account.objects.create(chain=chains["near"], address="us.near")
    intent = Intent.objects.create(
        chain=chains["near"], subject_type="session", subject_id=back.pk, step="source_claim", call={}
    )
    near_hash = "7Zp1Ff4vTq8Hn3kWc2Xy9LmRb6Sd5GjEa4UtPqNoKiJh"
    ChainTransaction.objects.create(
        intent=intent, chain=chains["near"], account=account, nonce=1, hash=near_hash, raw=b""
    )
    ChainEvent.objects.create(
        chain=chains["base"], kind="lock_created", lock_id=leg.lock_id, contract="x", block_height=1, block_hash="b",
        block_time_ns=1, tx_hash="0x" + "3c" * 32, index=0, payload={},
    )  # fmt: skip
    StrayLock.objects.create(
        session=back, chain=chains["near"], lock_id="5d" * 32, differences=[], refund_from=1, call={}
    )
    expected: dict[str, SwapSession] = {
        forth.pk: forth, forth.pk[:12]: forth, f"  {forth.pk} ": forth,
        forth.hashlock: forth, "0x" + forth.hashlock: forth, forth.hashlock[:10]: forth, forth.hashlock.upper(): forth,
        forth.salt: forth, "0x" + "7e" * 20: forth, "0x7e7e7e": forth, "9f" * 32: back,
        "0x" + "0d" * 32: forth, "quote_abc": forth, "0x" + "3c" * 32: forth, near_hash: back, "5d" * 32: back,
    }  # fmt: skip
    for term, session in expected.items():
        assert found(term) == {session.pk}, term


def test_by_account_owner_and_token(two: tuple[SwapSession, SwapSession]) -> None:
    forth, back = two
    both = {forth.pk, back.pk}
    assert found(forth.maker) == both == found(str(SEED_BODY["maker"])) == found(forth.maker[:10])
    assert found("alice.near") == both == found("ALICE.")
    assert found(forth.principal) == both
    assert found(forth.principal.removeprefix("key:")) == both
    assert found("USDC") == found("usdc") == both
    assert found("USDT") == {forth.pk} and found("NEAR") == {back.pk}
    for nothing in ("zz", "sess_zzzz", "0x" + "00" * 20, "nobody.near", "%", "___", "a\0b", "ETH"):
        assert found(nothing) == set(), nothing


def test_the_list_searches(two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client]) -> None:
    forth, back = two
    client = client_of("vera")
    assert listed(client) == {forth.pk, back.pk}
    assert listed(client, q=back.pk) == {back.pk}
    assert listed(client, q="nothing-of-ours") == set()


# Filters


def test_filters(two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client]) -> None:
    forth, back = two
    client, now = client_of("vera"), timezone.now()
    SwapSession.objects.filter(pk=back.pk).update(
        status="failed", finished_at=now, attention="look", created_at=now - timedelta(days=400)
    )
    SwapSession.objects.filter(pk=forth.pk).update(wake_at=now - timedelta(minutes=5))
    only_forth = (
        {"status": "active"}, {"status": "stuck"}, {"status": "initialized"}, {"route": "base>near"}, {"token": "near:USDT"},
        {"amount_from": "1000"}, {"amount_from": "0.5"}, {"created_at__year": str(now.year), "created_at__month": str(now.month)},
        {"created_at_from_0": f"{now - timedelta(days=2):%Y-%m-%d}", "created_at_from_1": "00:00:00"},
        {"created_at_from_0": f"{now:%Y-%m-%d}", "created_at_to_0": f"{now:%Y-%m-%d}"},
    )  # fmt: skip
    for query in only_forth:
        assert listed(client, **query) == {forth.pk}, query
    for query in (
        {"status": "attention"},
        {"status": "failed"},
        {"route": "near>base"},
        {"amount_to": "0.4"},
        {"token": "NEAR"},
    ):
        assert listed(client, **query) == {back.pk}, query
    both = {forth.pk, back.pk}
    for query in ({"chain": "near"}, {"owner": forth.principal}, {"token": "USDC"}):
        assert listed(client, **query) == both, query
    assert listed(client, custody=forth.custody) >= {forth.pk}
    for query in (
        {"status": "nonsense"},
        {"amount_from": "x"},
        {"owner": "somebody"},
        {"chain": "ethereum"},
        {"token": "DOGE"},
    ):
        assert listed(client, **query) == set(), query
    assert listed(client, status="active", chain="near", q=forth.pk) == {forth.pk}


def test_stuck_is_late_and_not_merely_waiting(
    two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client]
) -> None:
    SwapSession.objects.update(wake_at=timezone.now() - timedelta(seconds=30))
    assert listed(client_of("vera"), status="stuck") == set()


# Saved views


def save(client: Client, **form: str) -> Any:
    return client.post(reverse("admin:swaps_swapsession_view_save"), form, follow=True)


def test_a_view_is_kept_shown_and_deleted(
    two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client]
) -> None:
    client = client_of("vera")
    answer = save(client, name=" To  NEAR ", query="route=base%3Enear&p=3&q=")
    view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("To NEAR", "route=base%3Enear", False)
    page = answer.content.decode()
    assert ">To NEAR</a>" in page and f'href="{reverse(LIST)}?route=base%3Enear" aria-current="page"' in page
    save(client, name="To NEAR", query="route=near%3Ebase")
    assert SavedView.objects.get().query == "route=near%3Ebase"
    for odd in ("²", "9" * 5000):
        assert client.post(reverse("admin:swaps_swapsession_view_delete"), {"view": odd}).status_code == 302
    client.post(reverse("admin:swaps_swapsession_view_delete"), {"view": str(view.pk)})
    assert not SavedView.objects.exists()
    assert list(AuditEntry.objects.filter(target="To NEAR").order_by("pk").values_list("action", flat=True)) == [
        "saved_view_kept", "saved_view_kept", "saved_view_deleted",
    ]  # fmt: skip


def test_shared_views_need_the_permission_and_are_seen_by_all(
    two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client]
) -> None:
    vera, olga = client_of("vera"), client_of("olga", "share_views")
    assert "you may not share views" in save(vera, name="Mine", query="status=active", shared="on").content.decode()
    assert not SavedView.objects.exists()
    save(olga, name="For all", query="status=refunding", shared="on")
    save(olga, name="Hers", query="status=timeout")
    page = vera.get(reverse(LIST)).content.decode()
    assert "For all" in page and "shared by olga" in page and "Hers" not in page
    shared = SavedView.objects.get(name="For all")
    vera.post(reverse("admin:swaps_swapsession_view_delete"), {"view": str(shared.pk)})
    assert SavedView.objects.filter(pk=shared.pk).exists()


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [("", "status=active", "1 to 40"), ("x" * 41, "status=active", "1 to 40"), ("x", "p=2", "nothing to keep"), ("x", "q=" + "y" * 1001, "longer than")],
)  # fmt: skip
def test_views_that_are_refused(two: Any, client_of: Callable[..., Client], name: str, query: str, words: str) -> None:
    assert words in save(client_of("vera"), name=name, query=query).content.decode()
    assert not SavedView.objects.exists()


def test_a_views_name_is_escaped(two: Any, client_of: Callable[..., Client]) -> None:
    page = save(client_of("vera"), name="<script>x</script>", query="status=active").content.decode()
    assert "<script>x" not in page and "&lt;script&gt;x" in page


def test_views_need_leave_to_view_and_a_post(two: Any, client_of: Callable[..., Client]) -> None:
    client = client_of("vera")
    assert client.get(reverse("admin:swaps_swapsession_view_save")).status_code == 405
    User.objects.get(username="vera").user_permissions.clear()
    assert save(client, name="x", query="status=active").status_code == 403


# The file


def export(client: Client, **query: str) -> Any:
    address = reverse(EXPORT)
    if query:
        address += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    return client.post(address, {"format": "0", "resource": "0"})


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Type"].startswith("text/csv"), answer.content[:2000]
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_the_file_has_what_the_list_shows(
    two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client]
) -> None:
    forth, _ = two
    client = client_of("olga", "export_sessions")
    assert reverse(EXPORT) in client.get(reverse(LIST)).content.decode()
    assert client.get(reverse(EXPORT)).status_code == 200
    (row,) = rows_of(export(client, route="base>near"))
    assert row["id"] == forth.pk and row["status"] == "initialized" and row["hashlock"] == forth.hashlock
    assert (row["source_amount_whole"], row["source_symbol"], row["source_amount"]) == ("1000", "USDC", "1000000000")
    assert (row["destination_amount_whole"], row["destination_chain"]) == ("999", "near")
    assert row["created_at"].endswith("Z")
    assert len(rows_of(export(client))) == 2
    entry = AuditEntry.objects.filter(action="sessions_exported").order_by("pk").first()
    assert entry is not None
    assert (entry.actor_id, entry.detail) == ("olga", {"rows": 1, "filters": "route=base%3Enear"})


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(
    two: tuple[SwapSession, SwapSession], client_of: Callable[..., Client], cell: str
) -> None:
    SwapSession.objects.filter(pk=two[0].pk).update(attention=cell)
    answer = export(client_of("olga", "export_sessions"), q=two[0].pk)
    (row,) = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert row["attention"] == f"'{cell}"


def test_too_many_rows_are_refused_and_not_cut(two: Any, client_of: Callable[..., Client], settings: Any) -> None:
    settings.SESSIONS_EXPORT_LIMIT = 1
    answer = export(client_of("olga", "export_sessions"))
    assert answer["Content-Type"].startswith("text/html")
    assert "more than 1 sessions" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="sessions_exported").exists()


def test_the_file_needs_its_permission(two: Any, client_of: Callable[..., Client]) -> None:
    client = client_of("vera")
    assert export(client).status_code == 403
    assert reverse(EXPORT) not in client.get(reverse(LIST)).content.decode()


def test_no_secret_is_in_the_file(post_session: Callable[..., Any], client_of: Callable[..., Client]) -> None:
    """A service's secret, sealed and open, and a canary in the plan."""
    canary = "ca" * 31 + "fe"
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    SwapSession.objects.filter(pk=session.pk).update(maker_calls=[{"secret": canary}], warnings=[canary])
    text = export(client_of("olga", "export_sessions")).content.decode()
    assert session.pk in text and canary not in text
