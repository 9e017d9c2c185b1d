"""Where the measurements happen: durable servers of their own, a migrated database, chains, a key, and sessions to read."""

import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from balancer.embedded.place import Place
from balancer.embedded.services import Services, ensure, release
from tests.bench.serving import ROOT

FACTORY = "0x" + "fa" * 20
RESOLVER = "0x" + "ce" * 20
PLENTY = "1000000000"


@dataclass(frozen=True)
class World:
    """What a measurement needs to know. `environment` is what every server is started with."""

    environment: dict[str, str]
    api_key: str
    sessions: list[str]
    directory: Path

    def settle(self) -> None:
        """End the sessions that a run has made, so that the next one finds as many active ones as the last."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(
                "UPDATE swaps_swapsession SET status = 'cancelled', finished_at = now()"
                " WHERE status = 'initialized' AND NOT id = ANY(%s)",
                [self.sessions],
            )
            connection.execute("VACUUM ANALYZE swaps_swapsession")

    def durability(self) -> dict[str, str]:
        """What PostgreSQL says of how durable it is."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
            return {name: str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in names}  # type: ignore[index]


@contextmanager
def world() -> Iterator[World]:
    """Durable servers in a throw-away folder, gone when the block is left or this process dies."""
    with tempfile.TemporaryDirectory(prefix="1balancer-bench-") as folder:
        directory = Path(folder)
        directory.chmod(0o711)
        place = Place(directory / "services")
        try:
            environment = settings_environment(ensure(place.data_dir, own=True))
            _run(environment, "manage.py", "migrate", "--no-input", "-v", "0")
            told = json.loads(_run(environment, "-m", "tests.bench.seed"))
            yield World(environment, told["key"], told["sessions"], directory)
        finally:
            release(place.data_dir)
            place.remove()


def settings_environment(services: Services) -> dict[str, str]:
    """As in production: JSON logs of every request, limits on, and fresh keys. Two chains are configured; nobody asks them."""
    return {
        **services.environment,
        "NODE_ENV": "production",
        "SECURE_SSL_REDIRECT": "false",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(60),
        "JWT_SECRET": secrets.token_urlsafe(60),
        "SECRET_KEYS": _named_key(),
        "RECEIPT_SIGNING_KEY": _named_key(),
        "API_KEY_SECRET": "",
        "RATE_LIMIT_KEY_MAX_REQUESTS": PLENTY,
        "QUOTE_GATHER_MS": "10",
        "MAX_ACTIVE_SESSIONS": PLENTY,
        "MAX_ACTIVE_SESSIONS_PER_KEY": PLENTY,
        "BASE_RPC_URL": "http://127.0.0.1:1",
        "BASE_ESCROW_FACTORY_ADDRESS": FACTORY,
        "BASE_RESOLVER_ADDRESS": RESOLVER,
        "NEAR_RPC_URL": "http://127.0.0.1:1",
        "NEAR_HTLC_CONTRACT": "htlc.near",
        "NEAR_ORCHESTRATOR_ACCOUNT_ID": "us.near",
    }


def _named_key() -> str:
    return "bench:" + base64.b64encode(secrets.token_bytes(32)).decode()


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
