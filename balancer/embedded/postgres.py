"""PostgreSQL: a cluster made once, started, asked."""

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from balancer.embedded.account import Account
from balancer.embedded.binaries import Binaries
from balancer.embedded.errors import NoSpace, StartFailed
from balancer.embedded.processes import LOCALHOST, Server, close_to_others, server_environment

NAME = "balancer"  # of the database and of its superuser
CLUSTER_BYTES = 250 * 2**20  # a new cluster, its write-ahead log and some room
SETTINGS = {
    "listen_addresses": LOCALHOST,
    "unix_socket_directories": "",  # a socket's path may not be longer than 107 bytes, a clone's may
    "max_connections": "200",
    "max_wal_size": "256MB",
    "jit": "off",  # it costs a developer's short queries more than it gives
    "timezone": "UTC",
    "log_timezone": "UTC",
    # the password is 256 random bits: stretching it would only slow every connection down
    "scram_iterations": "1",
}
THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def postgres_server(home: Path, log: Path) -> Server:
    """The server whose cluster is in `home`."""
    cluster = home / "postgres"
    # fast, then immediate: SIGTERM would wait for every client to leave
    signals = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0))
    return Server("PostgreSQL", cluster / "postmaster.pid", cluster, log, signals)


def cluster_exists(home: Path) -> bool:
    """Whether a finished cluster is in `home`."""
    return (home / "postgres" / "PG_VERSION").exists()


def make_cluster(programs: Binaries, account: Account, home: Path, password: str, *, durable: bool) -> None:
    """Make the cluster; a half-made one of a killed process is made anew. Raises `NoSpace` or `StartFailed`."""
    _require_space(home)
    unfinished = home / "postgres-unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    secret = home / "initial-password"
    secret.write_text(password)
    close_to_others(secret)
    account.give(secret)
    command = [
        str(programs.initdb),
        f"--pgdata={unfinished}",
        f"--username={NAME}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
        f"--set=scram_iterations={SETTINGS['scram_iterations']}",
        *([] if durable else ["--no-sync"]),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd="/",
        env=server_environment(),
        check=False,
        **account.popen_arguments(),
    )
    secret.unlink()
    if done.returncode:
        if "No space left on device" in done.stderr:
            raise NoSpace(f"There is no space left for a database in {home}: free some and try again.")
        raise StartFailed(
            f"PostgreSQL could not make a database in {home}: {' | '.join(done.stderr.splitlines()[-3:])}"
        )
    unfinished.rename(home / "postgres")


def postgres_command(programs: Binaries, home: Path, port: int, *, durable: bool) -> list[str]:
    """The words that start the server."""
    settings = SETTINGS if durable else SETTINGS | THROW_AWAY
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(programs.postgres), "-D", str(home / "postgres"), "-p", str(port), *options]


def database_url(port: int, password: str) -> str:
    """The address of our database."""
    return f"postgres://{NAME}:{quote(password)}@{LOCALHOST}:{port}/{NAME}"


def answers(home: Path, port: int, password: str) -> bool:
    """Whether our own cluster, and no other, answers queries at this port. Makes our database where it is missing."""
    try:
        with psycopg.connect(
            host=LOCALHOST,
            port=port,
            user=NAME,
            password=password,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            folder = connection.execute("SELECT current_setting('data_directory')").fetchone()
            if folder is None or Path(folder[0]) != home / "postgres":
                return False
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")
    except psycopg.OperationalError:
        return False
    return True


def _require_space(home: Path) -> None:
    free = shutil.disk_usage(home).free
    if free < CLUSTER_BYTES:
        raise NoSpace(
            f"A database needs {CLUSTER_BYTES // 2**20} MB and the disk of {home} has {free // 2**20} MB free: "
            "free some and try again."
        )
