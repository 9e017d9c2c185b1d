"""The list and a session's page with a hundred thousand sessions behind them: how many queries, how long, and by which way."""

import sys
import time
from typing import Any

import psutil
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from swaps.models import SwapSession
from swaps.search import sessions_found
from tests.crowd import crowd_make

FEW, MANY = 2_000, 100_000
MOST_SECONDS = 0.3
LIST_QUERIES = 17  # eleven, and six more where a whole hash is searched for
LIST = "admin:swaps_swapsession_changelist"
QUERIES = (
    "", "status=active", "status=attention", "status=stuck", "status=failed", "route=base>near", "chain=near", "token=USDC",
    "token=NEAR", "custody=maker", "amount_from=2000", "owner=nobody", "created_at__year=2020", "p=10",
    "q={id}", "q={hashlock}", "q={lock}", "q={tx}", "q=alice.near", "q=0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e", "q=USDT",
    "q=nobody.near", "q={salt}", "q=0x123456",
)  # fmt: skip


@pytest.fixture
def crowd(chains: Any) -> Any:
    return crowd_make(FEW)


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def addresses_of(crowd: Any) -> list[str]:
    """The list by every way there is to it."""
    session = SwapSession.objects.get(pk=crowd.finished[0])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM chains_chaintransaction sent JOIN chains_intent intent ON intent.id = sent.intent_id"
            " WHERE intent.subject_id = %s",
            [session.pk],
        )
        tx = cursor.fetchone()[0]
    words = {
        "id": session.pk, "hashlock": session.hashlock, "salt": session.salt, "tx": tx,
        "lock": session.legs.get(side="source").lock_id,
    }  # fmt: skip
    return [f"{reverse(LIST)}?{query.format(**words)}" for query in QUERIES]


def test_the_list_asks_a_constant_number_of_queries(crowd: Any, root: Client) -> None:
    for address in addresses_of(crowd):
        root.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert root.get(address).status_code == 200
        assert len(asked) <= LIST_QUERIES, (address, [one["sql"][:150] for one in asked])
        counting = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "swaps_swapsession" in one["sql"]]
        assert all("LIMIT" in sql or "finished_at" in sql for sql in counting), counting


def test_a_search_never_reads_every_row(crowd: Any) -> None:
    """By the database's own plan, when it is told that reading all is dear."""
    session = SwapSession.objects.get(pk=crowd.finished[0])
    terms = [
        session.pk,
        session.pk[:14],
        session.hashlock,
        session.salt[:12],
        "0x12345678",
        "carol.near",
        "key:00000000000d",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for term in terms:
            plan = SwapSession.objects.filter(sessions_found(term)).explain()
            assert "Seq Scan" not in plan and "Index" in plan, (term, plan)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # to fill it
def test_every_page_is_fast_with_a_hundred_thousand_sessions(
    chains: Any, root: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """The time that this process and its PostgreSQL are at work, which passes where nothing else runs."""
    crowd = crowd_make(MANY)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # a helper's work would not be seen
    pages = [
        *addresses_of(crowd),
        *(reverse("admin:swaps_swapsession_change", args=[pk]) for pk in (crowd.active[3], crowd.finished[0])),
        reverse("admin:swaps_swapsession_live", args=[crowd.active[3]]),
    ]
    took = {page: worked(root, page) for page in pages}
    with capsys.disabled():
        told = "\n".join(f"{spent * 1000:7.0f} ms  {page}" for page, spent in took.items())
        sys.stdout.write(f"\nof work, with {MANY} sessions:\n{told}\n")
    assert not {page: spent for page, spent in took.items() if spent > MOST_SECONDS}


def worked(client: Client, page: str) -> float:
    """Seconds of work for one page, the least of three, after a first one that reads templates."""
    client.get(page)
    server = psutil.Process(connection.connection.info.backend_pid)

    def once() -> float:
        begun = time.process_time() + used(server)
        assert client.get(page).status_code == 200
        return time.process_time() + used(server) - begun

    return min(once() for _ in range(3))


def used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
