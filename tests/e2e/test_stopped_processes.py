"""Each process of the service in turn is killed, hangs, and is stopped in good order: health, metrics and an alert say so within
ten seconds, a message leaves for the operator whichever process it is, and all of them tell when it is over."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from balancer.conditions.survey import STARTING_SECONDS
from devnet.network import Network
from devnet.service import Service
from tests.e2e.conftest import FIGURES, free_port, pairs

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]
WITHIN = 10.0
RECOVERY = 60.0  # a process starts anew, which takes as long as it takes


class Sink(ThreadingHTTPServer):
    """Takes what apprise posts."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.bodies: list[str] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                sink.titles.append(message["title"])
                sink.bodies.append(message["message"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Not to the tests' output."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def stoppable(
    server_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory, sink: Sink
) -> Iterator[Service]:
    """A service with one chain, and a second web process: somebody must be left to be asked."""
    directory = Path(tmp_path_factory.mktemp("stopped"))
    extra = {
        "ALERT_URLS": f"json://127.0.0.1:{sink.server_port}/",
        "EXPECTED_PROCESSES": "web=2,worker",
        "DATABASE_POOL_SIZE": "8",
        "CONSOLE_URL": "https://console.example.org",
    }
    with (
        Network(evm_names=("base",), with_near=False, figures=FIGURES) as network,
        Service(
            network, server_url, redis_url, directory, port=free_port(), database="stopped", extra=extra
        ) as service,
    ):
        other = ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(free_port()), "balancer.asgi:application"]
        service.supervisor.start("web-2", other)
        service.wait_ready()
        until(lambda: health(service)["status"] == "healthy", RECOVERY, lambda: health(service))
        until(lambda: has_started(service), RECOVERY, lambda: health(service))
        yield service


def has_started(service: Service) -> bool:
    """Whoever starts everything at once is not alarmed of what is still to come."""
    query = "SELECT max(now() - started_at) > make_interval(secs => %s) FROM balancer_process"
    with psycopg.connect(service.environment()["DATABASE_URL"]) as connection:
        row = connection.execute(query, [STARTING_SECONDS]).fetchone()
        return bool(row and row[0])


def health(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{service.base_url}/health", timeout=10, trust_env=False).json()
    return found


def metric(service: Service, name: str) -> float:
    text = httpx.get(f"{service.base_url}/metrics", timeout=10, trust_env=False).text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def standing(service: Service, rule: str) -> list[str]:
    query = "SELECT message FROM swaps_alert WHERE rule = %s AND state = 'raised' AND cleared_at IS NULL"
    with psycopg.connect(service.environment()["DATABASE_URL"]) as connection:
        return [row[0] for row in connection.execute(query, [rule]).fetchall()]


def until(true: Callable[[], bool], seconds: float, show: Callable[[], object]) -> float:
    """How long it took. Fails when it takes longer."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {show()}"
        time.sleep(0.1)
    return time.monotonic() - began


def told(service: Service, sink: Sink, rule: str, label: str) -> Callable[[], bool]:
    """Health, the metric and an alert, all three."""

    def all_say_so() -> bool:
        body = health(service)
        return (
            body["status"] == "degraded"
            and any(reason.startswith(label) for reason in body["reasons"])
            and any(message.startswith(label) for message in standing(service, rule))
            and metric(service, f'orchestrator_alerts_standing{{rule="{rule}"}}') >= 1
        )

    return all_say_so


def everything_is_well(service: Service) -> bool:
    return health(service)["status"] == "healthy" and not standing(service, "process_lost") + standing(
        service, "process_missing"
    )


KINDS = {"watcher:base": "watch-base", "worker": "worker-0", "web": "web-2"}


@pytest.mark.parametrize(("label", "how"), pairs([*KINDS], ["killed", "hanging", "ended"]))
def test_watcher_dead_service_alive__each_process_in_turn(stoppable: Service, sink: Sink, label: str, how: str) -> None:
    service, supervisor, name = stoppable, stoppable.supervisor, KINDS[label]
    process = supervisor.processes[name]
    heard = len(sink.bodies)
    rule = "process_missing" if how == "ended" else "process_lost"
    if how == "hanging":
        os.killpg(process.pid, signal.SIGSTOP)
    elif how == "killed":
        supervisor.kill9(name)
    else:
        supervisor.stop(name)
    took = until(
        told(service, sink, rule, label),
        WITHIN,
        lambda: (health(service)["reasons"], standing(service, rule)),
    )
    assert took < WITHIN
    until(lambda: any(label in body for body in sink.bodies[heard:]), RECOVERY, lambda: sink.titles)
    if how == "hanging":
        os.killpg(process.pid, signal.SIGCONT)
    else:
        supervisor.start(name, supervisor.commands[name])
    until(lambda: everything_is_well(service), RECOVERY, lambda: health(service)["reasons"])
    until(lambda: any("OVER" in body for body in sink.bodies[heard:]), RECOVERY, lambda: sink.bodies[heard:])
