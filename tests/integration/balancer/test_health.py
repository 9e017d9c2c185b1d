"""`/health` and its two short forms tell the truth."""

import copy
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from balancer.health import STALE
from chains.models import Chain, ProviderHealth
from swaps.tasks import advance_session

ROOT = Path(__file__).parents[3]


@pytest.fixture
def watched(transactional_db: None, settings: Any) -> Chain:
    """BASE alone is set up, and its watcher has just looked."""
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["base"] |= {
        "rpc_urls": ["http://127.0.0.1:1"],
        "factory": "0x" + "fa" * 20,
        "resolver": "0x" + "ce" * 20,
    }
    settings.CHAINS = configured
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")  # other tests' jobs stay behind
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    return Chain.objects.create(
        name="base", family="evm", network_id="1", watched_at=now, head_time_ns=int(now.timestamp()) * 10**9
    )


def test_ready_while_the_watcher_looks(watched: Chain, client: Client) -> None:
    assert client.get("/health/ready").status_code == 200
    assert client.get("/health").json()["status"] == "healthy"


def test_watcher_dead_service_alive__readiness_turns(watched: Chain, client: Client) -> None:
    Chain.objects.update(watched_at=timezone.now() - STALE - timedelta(seconds=1))
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert "base: not watched for" in ready.json()["reasons"][0]
    assert client.get("/health/live").status_code == 200
    body = client.get("/health").json()
    assert (body["status"], body["connections"]["base"]) == ("degraded", False)


def test_watcher_dead_service_alive__a_watcher_that_never_reached_its_node(watched: Chain, client: Client) -> None:
    """A real watcher process whose node answers nothing: it lives, and the service is not ready."""
    Chain.objects.update(watched_at=None)
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "BASE_RPC_URL": "http://127.0.0.1:1",
        "BASE_ESCROW_FACTORY_ADDRESS": "0x" + "fa" * 20,
        "BASE_RESOLVER_ADDRESS": "0x" + "ce" * 20,
    }
    command = [sys.executable, "manage.py", "watch_chain", "base"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as watcher:
        try:
            assert watcher.stderr is not None
            said = next(line for line in watcher.stderr if "watcher.waits" in line)
            assert watcher.poll() is None, said
            assert client.get("/health/ready").status_code == 503
        finally:
            watcher.send_signal(signal.SIGTERM)
            watcher.wait(20)


def test_a_halted_chain_is_not_ready(watched: Chain, client: Client) -> None:
    Chain.objects.update(halted_reason="finality was broken")
    assert client.get("/health/ready").json()["reasons"] == ["base: finality was broken"]


def test_a_chain_that_is_read_too_late_is_told(watched: Chain, client: Client) -> None:
    """The watcher looks, and is behind; at the tip it is well again."""
    head = watched.head_time_ns
    Chain.objects.update(head_height=9_000, seen_height=4_000, seen_time_ns=head - 600 * 10**9)
    body = client.get("/health").json()
    assert (body["status"], body["reasons"]) == ("degraded", ["base: 5000 blocks, or 600 s, are not read yet"])
    Chain.objects.update(seen_height=9_000, seen_time_ns=head)
    assert client.get("/health").json()["status"] == "healthy"


def test_finality_that_stands_still_is_told(watched: Chain, client: Client) -> None:
    head, most = watched.head_time_ns, django_settings.CHAINS["base"]["finality_seconds"]
    at = {"head_height": 9_000, "seen_height": 9_000, "seen_time_ns": head, "final_height": 8_000}
    Chain.objects.update(**at, final_time_ns=head - (most + 250) * 10**9)
    assert client.get("/health").json()["status"] == "healthy"
    Chain.objects.update(final_time_ns=head - (most + 400) * 10**9)
    body = client.get("/health").json()
    assert body["status"] == "degraded"
    assert body["reasons"] == ["base: its next block should have been final 400 s ago, after block 8000"]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ({"lag": 5_000}, "base: https://b is 5000 blocks behind"),
        ({"state": "refused"}, "base: https://b of another network: not asked"),
        ({"disagreed_at": timezone.now()}, "base: https://b contradicted the other providers"),
    ],
    ids=["unsynced", "of another network", "contradicts"],
)
def test_a_provider_beside_enough_others_is_told(
    watched: Chain, client: Client, trouble: dict[str, Any], reason: str
) -> None:
    ProviderHealth.objects.create(chain=watched, label="https://a", state="closed")
    row = ProviderHealth.objects.create(chain=watched, label="https://b", state="closed")
    assert client.get("/health").json()["status"] == "healthy"
    ProviderHealth.objects.filter(pk=row.pk).update(**trouble)
    body = client.get("/health").json()
    assert (body["status"], body["reasons"]) == ("degraded", [reason])


def test_clock_skew_is_told(watched: Chain, client: Client) -> None:
    Chain.objects.update(head_time_ns=(int(timezone.now().timestamp()) + 3600) * 10**9)
    assert any("ahead of ours" in reason for reason in client.get("/health").json()["reasons"])


def silence(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s)", [seconds])


def test_a_worker_that_stands_still_is_told(watched: Chain, client: Client) -> None:
    silence(60)
    assert client.get("/health").json()["reasons"] == ["worker: none has reported for 60 s"]
    assert client.get("/health/ready").status_code == 503


def test_without_a_worker_it_is_not_ready(watched: Chain, client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    assert client.get("/health/ready").json()["reasons"] == ["worker: none runs"]


@pytest.mark.parametrize("waits", [True, False])
def test_a_stalled_queue_is_told(watched: Chain, client: Client, waits: bool) -> None:
    """A job that is due waits; one that is for later does not."""
    advance_session.configure(schedule_in=None if waits else {"hours": 1}).defer(session_id="sess_none")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '60 seconds'")
    reasons = client.get("/health").json()["reasons"]
    assert reasons == (["jobs: the oldest due one has waited 60 s"] if waits else [])
    assert "orchestrator_job_waited_seconds" in client.get("/metrics").content.decode()
