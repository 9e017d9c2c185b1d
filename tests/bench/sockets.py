"""Followers per second: ours beside a bare ASGI application, on this machine, in one run: `python -m tests.bench.sockets`.

Both run under uvicorn, one process; the clients are one process, too. Of ours the updates are rows of PostgreSQL, and their
announcements come over Valkey from another process, as writers send them. Prints messages a second, medians of interleaved runs, and
the ratio; ends with status 1 where it is less than `LEAST`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from balancer.embedded import ephemeral
from devnet.proofs.databases import database_copy, template_ensure
from tests.e2e.conftest import free_port
from tests.followed import ENVIRONMENT

ROOT = Path(__file__).parents[2]
FOLLOWERS = int(os.environ.get("FOLLOWERS", "1000"))
ROUNDS = 50
RUNS = int(os.environ.get("RUNS", "5"))
LEAST = 0.5
UVICORN = (
    "--ws-ping-interval",
    "3600",  # the clients answer none
    "--log-level",
    "warning",
    "--ws",
    "websockets-sansio",
    "--ws-per-message-deflate",
    "false",
    "--lifespan",
    "off",
)


@dataclass
class Clients:
    """A process of connected clients."""

    process: "subprocess.Popen[str]"

    @classmethod
    def connected(cls, port: int, messages: list[str]) -> "Clients":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.socket_clients", str(port)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        clients = cls(process)
        clients.say("\n".join([ENVIRONMENT["API_KEY_SECRET"], *messages, "", ""]))
        clients.hear("ready")
        return clients

    def say(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def hear(self, word: str = "") -> str:
        """The next line. Raises `RuntimeError` when it is not as expected."""
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line.startswith(word):
            raise RuntimeError(f"the clients said {line!r} instead of {word!r}")
        return line

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def server(application: str, environment: dict[str, str]) -> Iterator[int]:
    """uvicorn with one application; its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", application, "--port", str(port), *UVICORN],
        cwd=ROOT, env={**os.environ, **environment},
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{application} does not serve")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False, timeout=1)
    except httpx.RemoteProtocolError:
        return True  # the bare application answers no request
    except httpx.HTTPError:
        return False
    return True


def bare_rate(clients: Clients) -> float:
    """Messages a second of the bare application."""
    clients.say(f"go {ROUNDS} {ROUNDS * FOLLOWERS}\n")
    clients.hear("started")
    began, ended = map(float, clients.hear().split())
    return ROUNDS * FOLLOWERS / (ended - began)


class Ours:
    """Updates of some sessions: written first, then announced as fast as the bus takes them."""

    def __init__(self, sessions: list[str], followers: int) -> None:
        self.sessions, self.followers = sessions, followers

    def rate(self, clients: Clients) -> float:
        """Messages a second of ours."""
        rounds = ROUNDS
        news = self._written(rounds)
        expected = rounds * self.followers
        clients.say(f"expect {expected}\n")
        clients.hear("started")
        began = time.monotonic()
        self._announce(news)
        ended = float(clients.hear().split()[1])
        return expected / (ended - began)

    def _written(self, rounds: int) -> list[bytes]:
        """The announcements of so many new updates of each session, whose rows are there."""
        import msgspec
        from django.db import transaction

        from swaps.documents import update_document
        from swaps.models import SessionTransition, SwapSession
        from swaps.notifications import Announcement

        with transaction.atomic():
            sessions = list(SwapSession.objects.filter(pk__in=self.sessions))
            rows = SessionTransition.objects.bulk_create(
                SessionTransition(
                    session=session, principal=session.principal, seq=session.seq + number, cause="bench_000",
                    from_status=session.status, to_status=session.status,
                )
                for number in range(1, rounds + 1)
                for session in sessions
            )  # fmt: skip
            for session in sessions:
                session.seq += rounds
            SwapSession.objects.bulk_update(sessions, ["seq"])
        return [
            msgspec.msgpack.encode(
                Announcement(
                    row.seq,
                    row.session_id,
                    row.principal,
                    msgspec.json.encode(update_document(row.session, row)).decode(),
                )
            )
            for row in rows
        ]

    @staticmethod
    def _announce(news: list[bytes]) -> None:
        import redis
        from django.conf import settings

        from swaps.notifications import group_channel

        with redis.Redis.from_url(settings.REDIS_URL) as bus:
            for at in range(0, len(news), 100):
                pipeline = bus.pipeline(transaction=False)
                for one in news[at : at + 100]:
                    pipeline.publish(group_channel(), one)
                pipeline.execute()


def subscriptions(sessions: list[str]) -> list[str]:
    return [json.dumps({"type": "subscribe", "channel": "session", "sessionId": one}) for one in sessions]


def measure() -> dict[str, tuple[float, float]]:
    """By scenario: messages a second of the bare application and of ours, medians."""
    from tests.followed import make_chains, make_sessions

    make_chains()
    own = make_sessions(FOLLOWERS)
    scenarios = {"1,000 of one session": own[:1] * FOLLOWERS, "1,000 of their own": own}
    found = {}
    with (
        server("tests.bench.bare_sockets:application", {}) as bare_port,
        server("balancer.asgi:application", {}) as our_port,
    ):
        bare = Clients.connected(bare_port, ["-"] * FOLLOWERS)
        for name, followed in scenarios.items():
            ours = Clients.connected(our_port, subscriptions(followed))
            world = Ours(sorted(set(followed)), FOLLOWERS)
            rates = [(bare_rate(bare), world.rate(ours)) for _ in range(RUNS)]
            found[name] = (statistics.median(r[0] for r in rates), statistics.median(r[1] for r in rates))
            ours.close()
        bare.close()
    return found


def main() -> int:
    """Everything from nothing; 0 when ours is fast enough."""
    with ephemeral() as services, tempfile.TemporaryDirectory():
        database = database_copy(services.database_url, "bench", template_ensure(services.database_url))
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": database, "REDIS_URL": services.redis_url})
        os.environ.update(dict.fromkeys(("SOCKET_MAX_PER_KEY", "SOCKET_MAX_PER_ADDRESS"), "100000"))
        os.environ.update({"RATE_LIMIT_KEY_MAX_REQUESTS": "0", "DJANGO_SETTINGS_MODULE": "balancer.settings"})
        import django

        django.setup()
        found = measure()
        from django.db import connections

        connections.close_all()
        connections["default"].close_pool()  # type: ignore[attr-defined]  # the engine's own
    for name, (bare, ours) in found.items():
        sys.stdout.write(f"{name}: bare {bare:,.0f}/s, ours {ours:,.0f}/s, {ours / bare:.0%}\n")
    return int(min(ours / bare for bare, ours in found.values()) < LEAST)


if __name__ == "__main__":
    sys.exit(main())
