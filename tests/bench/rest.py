"""`python -m tests.bench.rest`: the service's REST calls beside a plain Django project and beside no Django at all.

Everything is measured in one run, each contestant in turn, round after round; a figure is the median of its rounds, and a
ratio the median of the rounds' own ratios, so that what else the machine does meanwhile weighs on all alike. Exit status 1
when a call has less than `LEAST` of what plain Django has with the same rows.
"""

import argparse
import json
import os
import platform
import secrets
import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from tests.bench.load import Result, drive, request_bytes, serve_canned
from tests.bench.seed import QUOTE_BODY, SESSION_BODY
from tests.bench.serving import THREADS, WORKERS, Server
from tests.bench.world import World, world

LEAST = 0.80
OURS, GIVEN, SAME = "service", "plain, same quote", "plain, same rows"
KEYED = "with Idempotency-Key"
ROW, LIMIT = "plain, one row", "no Django, one row"
APPLICATIONS = {
    "service": "balancer.wsgi:application",
    "plain": "tests.bench.plain:application",
    "limit": "tests.bench.limit:application",
}
WARM_UP_SECONDS = 0.5
MOST_KEYED = 20_000
"""Requests of a run that has a key for each: more than it can send."""


@dataclass(frozen=True)
class Contestant:
    """Who answers a call: the server's name, and the path there. `keyed`: each request has an `Idempotency-Key` of its own."""

    title: str
    server: str
    path: str
    keyed: bool = False


@dataclass(frozen=True)
class Call:
    """One call of the API, and who else does it. `against` is the contestant that it is judged by."""

    title: str
    method: str
    status: int
    body: dict[str, object] | None
    contestants: tuple[Contestant, ...]
    against: str


CALLS = (
    Call(
        "GET session", "GET", 200, None,
        (
            Contestant(OURS, "service", "/api/v1/sessions/{id}"),
            Contestant(SAME, "plain", "/same/sessions/{id}"),
            Contestant(ROW, "plain", "/row/sessions/{id}"),
            Contestant(LIMIT, "limit", "/sessions/{id}"),
        ),
        SAME,
    ),
    Call(
        "POST session", "POST", 201, dict(SESSION_BODY),
        (
            Contestant(OURS, "service", "/api/v1/sessions"),
            Contestant(KEYED, "service", "/api/v1/sessions", keyed=True),
            Contestant(SAME, "plain", "/same/sessions"),
            Contestant(ROW, "plain", "/row/sessions"),
            Contestant(LIMIT, "limit", "/sessions"),
        ),
        SAME,
    ),
    Call(
        "POST quote", "POST", 200, dict(QUOTE_BODY),
        (
            Contestant(OURS, "service", "/api/v1/quote"),
            Contestant(GIVEN, "plain", "/given/quote"),
            Contestant(SAME, "plain", "/same/quote"),
            Contestant(ROW, "plain", "/row/quote"),
            Contestant(LIMIT, "limit", "/quote"),
        ),
        SAME,
    ),
)  # fmt: skip


@dataclass
class Run:
    """One contestant's figures of one round."""

    result: Result
    cpu_us: float  # of the server's processes, per request


Runs = dict[tuple[str, int, str], list[Run]]


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, judge."""
    chosen = _parser().parse_args(arguments)
    _print_machine()
    with ExitStack() as stack:
        place = stack.enter_context(world())
        servers = {
            name: stack.enter_context(Server(application, place.environment, place.directory / f"{name}.log"))
            for name, application in APPLICATIONS.items()
        }
        durable = place.durability()
        print("PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in durable.items()))
        if durable["fsync"] != "on" or durable["synchronous_commit"] != "on":
            print("the database is not durable: these figures would be worth nothing", file=sys.stderr)
            return 1
        runs = measure(place, servers, chosen)
        print_ceiling(chosen)
    return 0 if print_all(runs, chosen) else 1


def calls_of(chosen: argparse.Namespace) -> list[Call]:
    """Those that are to be measured."""
    return [call for call in CALLS if call.title in chosen.calls]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rest", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of one run (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each contestant (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 64])
    titles = [call.title for call in CALLS]
    parser.add_argument("--calls", nargs="+", choices=titles, default=titles, metavar="CALL", help=f"of {titles}")
    return parser


def _print_machine() -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {load}, Python {platform.python_version()}"
    )
    print(f"granian WSGI, {WORKERS} processes of {THREADS} threads for each contestant; everything on 127.0.0.1")


def measure(place: World, servers: dict[str, Server], chosen: argparse.Namespace) -> Runs:
    """Every contestant of every call, in turn, `rounds` times; a first short turn only warms up."""
    runs: Runs = {}
    for number in range(chosen.rounds + 1):
        for call in calls_of(chosen):
            for connections in chosen.connections:
                for one in call.contestants if number % 2 else reversed(call.contestants):
                    seconds = chosen.seconds if number else WARM_UP_SECONDS
                    run = _run(place, servers[one.server], call, one, connections, seconds)
                    if number:
                        runs.setdefault((call.title, connections, one.title), []).append(run)
            place.settle()
    return runs


def _run(place: World, server: Server, call: Call, one: Contestant, connections: int, seconds: float) -> Run:
    before = server.cpu_seconds()
    requests = requests_of(place, call, one)
    result = drive(server.port, requests, connections=connections, seconds=seconds, status=call.status)
    return Run(result, (server.cpu_seconds() - before) / result.requests * 1e6)


def requests_of(place: World, call: Call, one: Contestant) -> list[bytes]:
    """What is sent, one after the other: reads go round all sessions, and keys are never used twice."""
    body = json.dumps(call.body).encode() if call.body else b""
    headers = {"X-API-Key": place.api_key}
    if one.keyed:
        keys = (headers | {"Idempotency-Key": secrets.token_hex(16)} for _ in range(MOST_KEYED))
        return [request_bytes(call.method, one.path, keyed, body) for keyed in keys]
    ids = place.sessions if "{id}" in one.path else [""]
    return [request_bytes(call.method, one.path.replace("{id}", session_id), headers, body) for session_id in ids]


def print_ceiling(chosen: argparse.Namespace) -> None:
    """What the generator does against a server that only answers."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3000\r\n\r\n" + b" " * 3000
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        pid = os.fork()
        if pid == 0:
            parent = os.getppid()
            serve_canned(listener, answer, lambda: os.getppid() != parent)
            os._exit(0)
        try:
            request = request_bytes("GET", "/", {})
            for connections in chosen.connections:
                port = listener.getsockname()[1]
                rates = [
                    drive(port, [request], connections=connections, seconds=chosen.seconds, status=200).rate
                    for _ in range(3)
                ]
                print(f"the load generator alone, {connections} connections: {median(rates):,.0f} requests/s")
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


def print_all(runs: Runs, chosen: argparse.Namespace) -> bool:
    """Tables, and whether every call has enough of what plain Django has."""
    good = True
    for call in calls_of(chosen):
        for count in chosen.connections:
            print(f"\n{call.title}, {count} connections")
            print(
                f"  {'':20} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'CPU us':>8} {'service/it':>11} {'by CPU':>8}"
            )
            for one in call.contestants:
                print("  " + _line(runs, call, count, one.title))
            ratio = ratio_of(runs, call, count, call.against)
            good &= ratio >= LEAST
            verdict = "enough" if ratio >= LEAST else f"LESS THAN {LEAST:.0%}"
            print(f"  {ratio:.0%} of {call.against}: {verdict}")
    return good


def _line(runs: Runs, call: Call, connections: int, title: str) -> str:
    found = runs[call.title, connections, title]
    p50, p99 = (median(run.result.percentile(share) for run in found) for share in (0.50, 0.99))
    rate, cpu = median(run.result.rate for run in found), median(run.cpu_us for run in found)
    line = f"{title:20} {rate:10,.0f} {p50:8.1f} {p99:8.1f} {cpu:8,.0f}"
    if title == OURS:
        return line
    by_cpu = median(
        it.cpu_us / ours.cpu_us for ours, it in zip(runs[call.title, connections, OURS], found, strict=True)
    )
    return f"{line} {ratio_of(runs, call, connections, title):11.0%} {by_cpu:8.0%}"


def ratio_of(runs: Runs, call: Call, connections: int, title: str) -> float:
    """The median, over the rounds, of the service's rate by this contestant's."""
    pairs = zip(runs[call.title, connections, OURS], runs[call.title, connections, title], strict=True)
    return median(ours.result.rate / it.result.rate for ours, it in pairs)


if __name__ == "__main__":
    sys.exit(main())
