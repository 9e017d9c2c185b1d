"""Databases for the proofs: one migrated template, and copies of it that cost a twentieth of a second."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[2]


class MigrationFailed(RuntimeError):
    """The template could not be migrated; the message has the last lines."""


def database_url(server_url: str, name: str) -> str:
    """The URL of a database on the same server."""
    return server_url.rsplit("/", 1)[0] + "/" + name


def template_ensure(server_url: str) -> str:
    """The name of a migrated, empty database, made when a migration has changed. Raises `MigrationFailed`."""
    name = f"proofs_{_fingerprint()}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtextextended('proofs_template', 0))")
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        half = f"{name}_half"
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(half)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
        _migrate(database_url(server_url, half))
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(name)))
    return name


def database_copy(server_url: str, name: str, template: str) -> str:
    """A new copy of a template in the place of whatever had this name, its users thrown out; returns its URL."""
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return database_url(server_url, name)


def database_drop(server_url: str, name: str) -> None:
    """Remove a database and throw its users out."""
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0")}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise MigrationFailed(f"manage.py migrate ended with {done.returncode}: {done.stderr[-2000:]}")


def _fingerprint() -> str:
    """Changes with every migration of ours and every version of a library that has some."""
    digest = hashlib.sha256()
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements.in"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Cleaner:
    """Empties a database in milliseconds: every table that was empty in its template. Triggers do not see it; the one that
    keeps the audit trail is taken away: here it is nobody's."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute("ALTER TABLE access_auditentry DISABLE TRIGGER append_only")  # it fires even so
        self._tables = [name for name in self._all_tables() if self._is_empty(name)]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def clear(self) -> None:
        """Throw everybody else out of the database and empty it."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        used = [name for name in self._tables if not self._is_empty(name)]
        with self._connection.transaction():
            for name in used:
                self._connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))

    def _all_tables(self) -> list[str]:
        rows = self._connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row[0] for row in rows]

    def _is_empty(self, name: str) -> bool:
        found = self._connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name)))
        return found.fetchone() is None
