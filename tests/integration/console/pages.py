"""The lists of the console, and what a page of it costs: queries, and time at work."""

import time
from collections.abc import Callable, Iterator

import psutil
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def lists() -> Iterator[str]:
    """The address of every list that the console has, whoever registered it."""
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


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
