"""Starting, finding again and stopping the two servers.

`ensure` keeps its data and survives the process that called it; a state file and a lock file in the folder let any number
of processes find the same servers. `ephemeral` is for tests: a throw-away folder, no fsync, gone at the end.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from balancer.embedded import binaries
from balancer.embedded.errors import EmbeddedError
from balancer.embedded.user import give, popen_arguments

START_SECONDS = 30.0
STOP_SECONDS = 15.0
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
STATE = "services.json"


@dataclass(frozen=True)
class Services:
    """Where the two servers answer, and their process ids."""

    database_url: str
    redis_url: str
    postgres_pid: int
    valkey_pid: int


def ensure(data_dir: Path) -> Services:
    """The services of this folder, started if they do not run. Safe to call from many processes at once."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with _locked(data_dir):
        found = status(data_dir)
        if found is None:
            _stop_leftovers(data_dir)
            found = _start(data_dir, durable=True)
            (data_dir / STATE).write_text(json.dumps(asdict(found)))
        return found


def status(data_dir: Path) -> Services | None:
    """The running services of a folder, or None when either does not run or answer."""
    known = _known(data_dir)
    if known is None or not (_is_alive(known.postgres_pid) and _is_alive(known.valkey_pid)):
        return None
    return known if _answers(known.database_url) and _answers(known.redis_url) else None


def stop(data_dir: Path) -> bool:
    """Stop the services of a folder in good order. False when none ran."""
    if not data_dir.exists():
        return False
    with _locked(data_dir):
        return _stop_leftovers(data_dir)


@contextlib.contextmanager
def ephemeral() -> Iterator[Services]:
    """Services in a throw-away folder for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="balancer-services-"))
    folder.chmod(0o755)
    services = None
    try:
        services = _start(folder, durable=False)
        yield services
    finally:
        if services is not None:
            _stop_processes(services)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    with (data_dir / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _known(data_dir: Path) -> Services | None:
    try:
        return Services(**json.loads((data_dir / STATE).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _start(folder: Path, *, durable: bool) -> Services:
    bin_dir = binaries.postgres_bin(folder / "postgres-bin")
    cluster, valkey_dir = folder / "postgres", folder / "valkey"
    if not (cluster / "PG_VERSION").exists():
        _initialise(bin_dir, cluster)
    give(valkey_dir)
    postgres_port, valkey_port = _free_port(), _free_port()
    valkey = _start_valkey(valkey_dir, valkey_port, durable=durable)
    try:
        postgres = _start_postgres(bin_dir, cluster, postgres_port, durable=durable)
    except BaseException:
        _end(valkey.pid, signal.SIGTERM)
        raise
    return Services(
        database_url=f"postgres://postgres@127.0.0.1:{postgres_port}/postgres",
        redis_url=f"redis://127.0.0.1:{valkey_port}/0",
        postgres_pid=postgres.pid,
        valkey_pid=valkey.pid,
    )


def _initialise(bin_dir: Path, cluster: Path) -> None:
    _clear(cluster)
    give(cluster)
    done = subprocess.run(
        [str(bin_dir / "initdb"), "-D", str(cluster), "-U", "postgres", "--auth=trust", "-E", "UTF8"]
        + ["--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        env={**ENVIRONMENT, "HOME": str(cluster)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **popen_arguments(),
    )
    if done.returncode != 0:
        _clear(cluster)
        raise EmbeddedError(f"PostgreSQL could not make its data folder {cluster}: {_last_line(done.stderr)}")


def _clear(cluster: Path) -> None:
    if cluster.exists():
        shutil.rmtree(cluster)


def _start_postgres(bin_dir: Path, cluster: Path, port: int, *, durable: bool) -> subprocess.Popen[bytes]:
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    fast = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    log = cluster / "server.log"
    log.touch()
    os.chown(log, cluster.stat().st_uid, cluster.stat().st_gid)
    with log.open("ab") as handle:
        process = subprocess.Popen(
            [str(bin_dir / "postgres"), "-D", str(cluster), "-p", str(port), "-k", ""]
            + ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", *fast],
            env={**ENVIRONMENT, "HOME": str(cluster)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
            **popen_arguments(),
        )
    ready = [str(bin_dir / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    _wait(process, log, "PostgreSQL", lambda: subprocess.run(ready, env=ENVIRONMENT, check=False).returncode == 0)
    return process


def _start_valkey(folder: Path, port: int, *, durable: bool) -> subprocess.Popen[bytes]:
    log = folder / "server.log"
    with log.open("ab") as handle:
        process = subprocess.Popen(
            [str(binaries.valkey_server()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
            + ["--save", "", "--appendonly", "no"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
        )
    _wait(process, log, "Valkey", lambda: _port_open(port))
    return process


def _wait(process: subprocess.Popen[bytes], log: Path, name: str, ready: object) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():  # type: ignore[operator]
        if process.poll() is not None:
            raise EmbeddedError(f"{name} ended at once: {_last_line(log.read_text(errors='replace'))}")
        if time.monotonic() > end:
            process.kill()
            raise EmbeddedError(f"{name} did not answer within {START_SECONDS:.0f} s; its log is {log}")
        time.sleep(0.01)


def _stop_leftovers(data_dir: Path) -> bool:
    known = _known(data_dir)
    (data_dir / STATE).unlink(missing_ok=True)
    if known is None:
        return False
    return _stop_processes(known)


def _stop_processes(services: Services) -> bool:
    ran = False
    for pid, name, signum in (
        (services.postgres_pid, "postgres", signal.SIGINT),
        (services.valkey_pid, "valkey-server", signal.SIGTERM),
    ):
        if _is_alive(pid) and _runs(pid, name):
            ran = True
            _end(pid, signum)
    return ran


def _end(pid: int, signum: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signum)
    end = time.monotonic() + STOP_SECONDS
    while _is_alive(pid):
        if time.monotonic() > end:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that ended is a zombie until it is waited for
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _runs(pid: int, name: str) -> bool:
    """Whether the process is still what we started: ids are used again."""
    try:
        return name in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False


def _answers(url: str) -> bool:
    return _port_open(int(url.rsplit(":", 1)[1].split("/")[0]))


def _port_open(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(0.5)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
