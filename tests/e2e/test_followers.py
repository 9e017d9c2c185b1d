"""Web and Valkey are killed again and again while clients follow: every one ends with every number, none twice."""

import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devnet.proofs.databases import database_copy, template_ensure
from devnet.supervisor import Supervisor
from tests.e2e.conftest import free_port
from tests.e2e.followers import EventFollower, Follower, OwnerFollower, SessionFollower
from tests.followed import ENVIRONMENT

ROOT = Path(__file__).parents[2]
FOLLOWERS = int(os.environ.get("FOLLOWERS", "120"))
KILLS = ("web", "valkey", "web", "valkey", "web")
BETWEEN_SECONDS = (0.5, 2.0)
PATIENCE = 60 + FOLLOWERS / 5


class Followed:
    """A web process, a Valkey and a writer, each of which may be killed."""

    def __init__(self, server_url: str, directory: Path) -> None:
        self.port, redis_port = free_port(), free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.folder = directory
        environment = ENVIRONMENT | {
            "DATABASE_URL": database_copy(server_url, "followers", template_ensure(server_url)),
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "SOCKET_MAX_PER_KEY": "100000",
            "SOCKET_MAX_PER_ADDRESS": "100000",
            "SOCKET_POLL_SECONDS": "2",
            "RATE_LIMIT_KEY_MAX_REQUESTS": "0",
        }
        self.supervisor = Supervisor(environment, directory / "log", ROOT)
        self._valkey = ["-c", VALKEY, str(redis_port), str(directory)]

    def start(self) -> None:
        self.supervisor.__enter__()
        self.supervisor.start("valkey", self._valkey)
        self.supervisor.start("writer", ["-m", "tests.followed", str(self.folder), str(FOLLOWERS)])
        self.start_web()
        self.supervisor.wait_until((self.folder / "sessions").exists, "the writer", 90 + FOLLOWERS / 5)
        self.supervisor.wait_until(self.answers, "the web process", 60)

    def start_web(self) -> None:
        words = ["-m", "uvicorn", "balancer.asgi:application", "--port", str(self.port), "--log-level", "warning"]
        self.supervisor.start("web", [*words, "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"])

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/health/live", trust_env=False, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def kill_and_restart(self, name: str, seconds: float) -> None:
        """`kill -9`, and back after a while."""
        self.supervisor.kill9(name)
        time.sleep(seconds)
        if name == "web":
            self.start_web()
        else:
            self.supervisor.start("valkey", self._valkey)

    def sessions(self) -> list[str]:
        return (self.folder / "sessions").read_text().split()

    def is_done(self) -> bool:
        return (self.folder / "done").exists()


VALKEY = (
    "import os, sys; from balancer.embedded.binaries import _valkey_program as program; "
    "os.execv(program(), [str(program()), '--port', sys.argv[1], '--bind', '127.0.0.1', '--save', '', '--dir', sys.argv[2]])"
)


@pytest.fixture
def followed(server_url: str, tmp_path: Path) -> Iterator[Followed]:
    world = Followed(server_url, tmp_path)
    try:
        world.start()
        yield world
    finally:
        world.supervisor.stop_all()
        shutil.rmtree(tmp_path, ignore_errors=True)


async def everybody(followers: list[Follower], world: Followed) -> None:
    """All follow while the writer writes and processes die; returns when each was told everything."""
    tasks = [asyncio.create_task(follower.run()) for follower in followers]
    await asyncio.to_thread(kill_them, followers, world)
    _, late = await asyncio.wait(tasks, timeout=PATIENCE)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def kill_them(followers: list[Follower], world: Followed) -> None:
    """Kill one after the other while updates are written, each time after everybody has come back."""
    wait_for_all(followers, world)
    (world.folder / "go").touch()
    for name in KILLS:
        time.sleep(random.uniform(*BETWEEN_SECONDS))
        wait_for_all(followers, world)
        world.kill_and_restart(name, random.uniform(0.1, 1.0))
    wait_for_all(followers, world)
    (world.folder / "stop").touch()


def wait_for_all(followers: list[Follower], world: Followed) -> None:
    everyone_is_there = lambda: all(follower.is_open for follower in followers)  # noqa: E731
    world.supervisor.wait_until(everyone_is_there, "some follower", PATIENCE)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_client_misses_status_after_reconnect__web_and_valkey_are_killed_while_many_follow(followed: Followed) -> None:
    """`FOLLOWERS=1000` for the whole; each has a session of its own, some by event streams, one follows them all."""
    sessions = followed.sessions()
    common = (followed.base_url, ENVIRONMENT["API_KEY_SECRET"])
    kinds = [EventFollower if number % 8 == 0 else SessionFollower for number in range(len(sessions))]
    followers: list[Follower] = [kind(*common, session_id) for kind, session_id in zip(kinds, sessions, strict=True)]
    followers += [OwnerFollower(*common, "all", len(sessions)) for _ in range(2)]
    asyncio.run(everybody(followers, followed))
    followed.supervisor.wait_until(followed.is_done, "the writer", PATIENCE)
    last = 1 + int((followed.folder / "done").read_text()) + 1  # created, each round, cancelled
    faults = [fault for follower in followers if (fault := follower.fault(last * follower.ends))]
    assert not faults, f"{len(faults)} of {len(followers)}: {faults[:5]}"
    assert all(follower.connections > KILLS.count("web") for follower in followers), "some were not interrupted"
    sys.stdout.write(
        f"{len(followers)} followers, {sum(len(follower.numbers) for follower in followers)} updates, "
        f"{sum(follower.connections for follower in followers)} connections\n"
    )
