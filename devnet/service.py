"""The whole service as processes: web, worker, one watcher for each chain, on a database of its own."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import psycopg
from psycopg import sql

from devnet.network import Network
from devnet.supervisor import Supervisor

ROOT = Path(__file__).parents[1]
API_KEY = "demo-key"
OPERATOR_LOGIN = {
    "DJANGO_SUPERUSER_USERNAME": "operator",
    "DJANGO_SUPERUSER_PASSWORD": "operator-of-the-demo",
    "DJANGO_SUPERUSER_EMAIL": "operator@example.org",
}
DJANGO_KEY = "a-key-of-the-demo-which-protects-nothing-but-local-coins-x"


def database_prepare(server_url: str, name: str, template: str = "") -> str:
    """Make a database anew, from a template if one is given; returns its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        clause = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + clause)
    return server_url.rsplit("/", 1)[0] + "/" + name


def database_exists(server_url: str, name: str) -> bool:
    """Whether the server has a database of this name."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


@dataclass
class Service:
    """Starts everything when entered. `server_url` is a PostgreSQL server on which we may make databases."""

    network: Network
    server_url: str
    redis_url: str
    directory: Path
    port: int = 8080
    database: str = "demo"
    extra: dict[str, str] = field(default_factory=dict)
    workers: int = 1

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def chains(self) -> list[str]:
        return [*self.network.evm, *(["near"] if self.network.with_near else [])]

    def environment(self) -> dict[str, str]:
        """What every process of the service is started with."""
        return {
            **self.network.environment(self.directory),
            "DATABASE_URL": self.server_url.rsplit("/", 1)[0] + "/" + self.database,
            "REDIS_URL": self.redis_url,
            "API_KEY_SECRET": API_KEY,
            "DJANGO_SECRET_KEY": DJANGO_KEY,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "NODE_ENV": "development",
            "SECOND_FACTOR": "optional",  # an operator of the demo has no phone at hand
            "PYTHONUNBUFFERED": "1",
            "PROCESS_HEARTBEATS": "true",
            "METRICS_DIR": str(self.directory / "metrics"),
            "QUOTE_GATHER_MS": "10",
            **self.extra,
        }

    def __enter__(self) -> Self:
        self.supervisor = Supervisor(self.environment(), self.directory / "log", ROOT)
        self.supervisor.__enter__()
        try:
            self._prepare_database()
            self._start()
        except BaseException:
            self.supervisor.stop_all()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.supervisor.stop_all()

    def _prepare_database(self) -> None:
        """A migrated database, copied from a template that is made again only when a migration changes."""
        template = f"template_{_migrations_fingerprint()}"
        if not database_exists(self.server_url, template):
            url = database_prepare(self.server_url, f"{template}_new")
            self.supervisor.environment["DATABASE_URL"] = url
            self.supervisor.run("migrate", ["manage.py", "migrate", "--no-input", "-v", "0"])
            self.supervisor.environment |= OPERATOR_LOGIN
            self.supervisor.run("operator", ["manage.py", "createsuperuser", "--no-input", "-v", "0"])
            with psycopg.connect(self.server_url, autocommit=True) as connection:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(f"{template}_new"), sql.Identifier(template)
                    )
                )
        self.supervisor.environment["DATABASE_URL"] = database_prepare(self.server_url, self.database, template)

    def _start(self) -> None:
        for name in self.chains:
            self.supervisor.start(f"watch-{name}", ["manage.py", "watch_chain", name])
        for number in range(self.workers):
            self.supervisor.start(f"worker-{number}", ["manage.py", "work"])
        self.supervisor.start(
            "web", ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(self.port), "balancer.asgi:application"]
        )

    @property
    def names(self) -> list[str]:
        """The children that serve, as the supervisor knows them."""
        watchers = [f"watch-{name}" for name in self.chains]
        return [*watchers, *(f"worker-{number}" for number in range(self.workers)), "web"]

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until `/health/ready` says so. Raises `ProcessDied` or `TimeoutError`."""
        self.supervisor.wait_until(self._is_ready, "the service", seconds)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/health/ready", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            time.sleep(0.1)
            return False


def _migrations_fingerprint() -> str:
    """Changes with every migration file of ours and every version of a library that has some."""
    import hashlib

    digest = hashlib.sha256()
    for path in sorted((*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py"))):
        digest.update(path.read_bytes())
    digest.update((ROOT / "requirements.in").read_bytes())
    return digest.hexdigest()[:12]
