"""The lists of the console, and what a page of it costs: queries, and time at work."""

import time
from collections.abc import Callable, Iterator

import psutil
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from swaps.models import SwapSession
from tests.crowd import Crowd

QUERIES = (
    "", "status=active", "status=attention", "status=stuck", "status=failed", "route=base>near", "chain=near", "token=USDC",
    "token=NEAR", "custody=maker", "amount_from=2000", "owner=nobody", "created_at__year=2020", "p=10",
    "q={id}", "q={hashlock}", "q={lock}", "q={tx}", "q=alice.near", "q=0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e", "q=USDT",
    "q=nobody.near", "q={salt}", "q=0x123456",
)  # fmt: skip


def lists() -> Iterator[str]:
    """The address of every list that the console has, whoever registered it."""
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def single_pages() -> Iterator[str]:
    """The page of one row of every list that has rows."""
    for model in admin.site._registry:
        rows = getattr(model, "_default_manager", None)  # the live settings are a list without rows
        row = rows.order_by("pk").values_list("pk", flat=True).first() if rows is not None else None
        if row is not None:
            yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(row)])


def session_lists(crowd: Crowd) -> list[str]:
    """The list of sessions by every way there is to it."""
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
    return [f"{reverse('admin:swaps_swapsession_changelist')}?{query.format(**words)}" for query in QUERIES]


def session_pages(crowd: Crowd) -> list[str]:
    """The page of a session under way and of one that is over, and what the first is kept live by."""
    active, finished = crowd.active[3], crowd.finished[0]
    pages = [reverse("admin:swaps_swapsession_change", args=[pk]) for pk in (active, finished)]
    return [*pages, reverse("admin:swaps_swapsession_live", args=[active])]


def queries_of(client: Client, path: str) -> int:
    """How many queries a page asks, the least of three times: some things are kept for a second or two."""
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as found:
            answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        counts.append(len(found))
    return min(counts)


def worked(client: Client, path: str, before: Callable[[], object] = lambda: None) -> float:
    """Seconds that this process and its PostgreSQL were at work for one page: the time that passes where nothing else runs."""
    before()
    server = psutil.Process(connection.connection.info.backend_pid)
    began = time.process_time() + _used(server)
    assert client.get(path).status_code == 200
    return time.process_time() + _used(server) - began


def seen_whole() -> None:
    """Have PostgreSQL do its work in the one process that is looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
