"""The embedded servers: quick to start, shared by many, hard to lose, easy to be rid of."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from balancer.embedded import EmbeddedError, Services, complaint, ensure, ephemeral, release, status, stop
from balancer.embedded.errors import NoSpace, PortTaken, ServerMissing
from balancer.embedded.place import Place
from balancer.embedded.processes import is_alive

ROOT = Path(__file__).parents[3]


@contextmanager
def throw_away() -> Iterator[Path]:
    # pytest's own folders are closed to the account that runs the servers under root
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-"))
    folder.chmod(0o711)
    yield folder / "services"
    stop(folder / "services")
    release(folder / "services")
    Place(folder / "services").remove()
    shutil.rmtree(folder)


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """A folder in which there never was a server."""
    with throw_away() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_dir() -> Iterator[Path]:
    with throw_away() as folder:
        yield folder


@pytest.fixture
def data_dir(shared_dir: Path) -> Iterator[Path]:
    """A folder with a database, made once for all; nothing runs in it at first."""
    yield shared_dir
    stop(shared_dir)
    release(shared_dir)


def query(services: Services, text: str) -> str:
    with psycopg.connect(services.database_url) as connection:
        row = connection.execute(text).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return str(row[0])


def pids(data_dir: Path) -> list[int]:
    return [pid for pid in status(data_dir).values() if pid]


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def inhabitants(folder: Path) -> list[str]:
    """Processes that name the folder in their command or work in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        names = f"{process.info['cmdline']} {process.info['cwd']}"
        if str(folder) in names and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(names)
    return found


def run_python(text: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", text, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=ROOT)


def test_both_servers_are_up_quickly_and_leave_nothing() -> None:
    began = time.perf_counter()
    with ephemeral() as services:
        took = time.perf_counter() - began
        assert query(services, "SHOW server_version").startswith("18.")
        assert query(services, "SHOW fsync") == "off"
        assert query(services, "SELECT current_database()") == "balancer"
        assert int(query(services, "SHOW max_connections")) >= 200
        with redis.Redis.from_url(services.redis_url) as client:
            assert client.set("key", "value")
        assert inhabitants(services.data_dir)
    assert not services.data_dir.exists()
    assert not inhabitants(services.data_dir)
    assert took < 5.0  # 0.6 s alone on two cores; the rest is other programs' share


def test_no_other_user_of_the_machine_gets_in(data_dir: Path) -> None:
    services = ensure(data_dir)
    host = services.database_url.split("@")[1]
    with pytest.raises(psycopg.OperationalError, match=r"password"):
        psycopg.connect(f"postgres://balancer@{host}")
    with (
        redis.Redis.from_url(f"redis://{services.redis_url.split('@')[1]}") as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
    assert (data_dir / "state.json").stat().st_mode & 0o077 == 0


def test_data_and_addresses_outlive_a_stop(data_dir: Path) -> None:
    services = ensure(data_dir)
    assert query(services, "SHOW fsync") == "on"
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert stop(data_dir)
    assert not inhabitants(data_dir)
    assert not stop(data_dir)
    again = ensure(data_dir)
    assert again == services
    assert query(again, "SELECT answer FROM kept") == "42"


def test_servers_that_run_are_used(data_dir: Path) -> None:
    first = ensure(data_dir)
    before = pids(data_dir)
    assert ensure(data_dir) == first
    assert pids(data_dir) == before


def test_two_at_once_get_the_same_servers(new_dir: Path) -> None:
    text = "import sys, pathlib; from balancer.embedded import ensure; print(ensure(pathlib.Path(sys.argv[1])).environment)"
    callers = [run_python(text, new_dir) for _ in range(3)]
    answers = {caller.communicate(timeout=60)[0] for caller in callers}
    assert len(answers) == 1
    assert "postgres://" in answers.pop()
    assert sum("postmaster" in line or "bin/postgres'" in line for line in inhabitants(new_dir)) == 1


def test_two_threads_at_once_get_the_same_servers(new_dir: Path) -> None:
    with ThreadPoolExecutor() as pool:
        assert len(set(pool.map(ensure, [new_dir] * 3))) == 1


def test_a_killed_postgres_is_named_and_its_data_recovered(data_dir: Path) -> None:
    services = ensure(data_dir)
    assert complaint(data_dir) is None
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE recovered AS SELECT 42 AS answer")
    # a backend in the middle of a query would outlive its server, and must not write beside the next one
    busy = psycopg.connect(services.database_url)
    busy_pid = busy.info.backend_pid
    os.kill(pids(data_dir)[0], signal.SIGKILL)
    assert eventually(lambda: status(data_dir)["PostgreSQL"] is None)
    assert "PostgreSQL is not running any more; its last words: " in (complaint(data_dir) or "")
    again = ensure(data_dir)
    assert complaint(data_dir) is None
    assert query(again, "SELECT answer FROM recovered") == "42"
    assert not (psutil.pid_exists(busy_pid) and is_alive(psutil.Process(busy_pid)))
    with pytest.raises(psycopg.OperationalError):
        busy.execute("SELECT 1")
    busy.close()


def test_a_killed_valkey_is_named_and_replaced(data_dir: Path) -> None:
    ensure(data_dir)
    os.kill(pids(data_dir)[1], signal.SIGKILL)
    assert eventually(lambda: status(data_dir)["Valkey"] is None)
    assert "Valkey is not running any more" in (complaint(data_dir) or "")
    ensure(data_dir)
    assert len(pids(data_dir)) == 2


def test_another_program_with_the_same_pid_is_not_taken_for_ours(data_dir: Path) -> None:
    services = ensure(data_dir)
    stop(data_dir)
    pid_file = Path(Place(data_dir).state().home) / "postgres" / "postmaster.pid"  # type: ignore[union-attr]
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n0\n5432\n\n127.0.0.1\n0 0\nready\n")
    assert status(data_dir)["PostgreSQL"] is None
    assert query(ensure(data_dir), "SELECT 1") == "1"
    assert services.database_url == ensure(data_dir).database_url


def test_a_taken_port_is_named_when_it_was_asked_for(new_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"^Port {port} is taken by another program: .*\\.$"):
            ensure(new_dir, postgres_port=port)
        with pytest.raises(PortTaken, match=f"Port {port} is taken"):
            ensure(new_dir, redis_port=port)
    assert f":{port}/" in ensure(new_dir, postgres_port=port).database_url
    with pytest.raises(PortTaken, match=f"runs on port {port} already"):
        ensure(new_dir, postgres_port=port + 1)


def test_a_remembered_port_that_was_taken_meanwhile_is_chosen_anew(data_dir: Path) -> None:
    services = ensure(data_dir)
    stop(data_dir)
    port = int(services.redis_url.rsplit(":", 1)[1].split("/")[0])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        again = ensure(data_dir)
    assert again.redis_url != services.redis_url
    assert again.database_url == services.database_url


OWNER = """
import pathlib, sys
from balancer.embedded import ensure
ensure(pathlib.Path(sys.argv[1]), own=True)
print("up", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_owned_servers_end_with_their_owner(data_dir: Path, end: signal.Signals) -> None:
    owner = run_python(OWNER, data_dir)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    assert len(pids(data_dir)) == 2
    owner.send_signal(end)
    owner.communicate(timeout=30)
    assert eventually(lambda: not inhabitants(data_dir))


def test_owned_servers_are_gone_before_an_orderly_owner_is(data_dir: Path) -> None:
    owner = run_python(OWNER, data_dir)
    owner.communicate("", timeout=30)
    assert not inhabitants(data_dir)


def test_owned_servers_stay_while_somebody_else_uses_them(data_dir: Path) -> None:
    services = ensure(data_dir)
    owner = run_python(OWNER, data_dir)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    owner.kill()
    owner.communicate(timeout=30)
    assert query(services, "SELECT 1") == "1"
    release(data_dir)  # this process is done with them too: the guard, still waiting, may stop them
    assert eventually(lambda: not inhabitants(data_dir))


def test_a_killed_test_run_leaves_neither_servers_nor_folder() -> None:
    text = """
import sys
from balancer.embedded import ephemeral
with ephemeral() as services:
    print(services.data_dir, flush=True)
    sys.stdin.read()
"""
    run = run_python(text)
    assert run.stdout is not None
    folder = Path(run.stdout.readline().strip())
    assert inhabitants(folder)
    run.kill()
    run.communicate(timeout=30)
    assert eventually(lambda: not inhabitants(folder))
    assert eventually(lambda: not folder.exists())


def test_a_lost_state_file_is_said_and_nothing_is_overwritten(new_dir: Path) -> None:
    ensure(new_dir)
    stop(new_dir)
    (new_dir / "state.json").unlink()
    with pytest.raises(EmbeddedError, match=r"state\.json is gone"):
        ensure(new_dir)
    (new_dir / "state.json").write_text("{")
    with pytest.raises(EmbeddedError, match="cannot be read"):
        ensure(new_dir)


def test_a_server_that_cannot_start_says_why_in_one_sentence(new_dir: Path) -> None:
    ensure(new_dir)
    stop(new_dir)
    state = Place(new_dir).state()
    assert state is not None
    (Path(state.home) / "postgres" / "postgresql.conf").write_text("nonsense = on\n")
    with pytest.raises(
        EmbeddedError, match=r"^PostgreSQL ended with 1 while it started; its last words: .*nonsense.*\)\.$"
    ):
        ensure(new_dir)


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root's servers run as another user; run the tests as root for this one"
)
def test_root_keeps_its_data_where_the_servers_account_can_reach() -> None:
    closed = Path(tempfile.mkdtemp(prefix="embedded-closed-"))  # 0700: as in root's home
    data_dir = closed / "services"
    try:
        services = ensure(data_dir)
        state = Place(data_dir).state()
        assert state is not None
        home = Path(state.home)
        assert not home.is_relative_to(closed)
        assert query(services, "SELECT 1") == "1"
        owner = psutil.Process(pids(data_dir)[0]).username()
        assert owner == "nobody"
    finally:
        stop(data_dir)
        Place(data_dir).remove()
        shutil.rmtree(closed)
    assert not home.exists()


def test_a_missing_wheel_is_named_with_what_to_do(new_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balancer.embedded.binaries.POSTGRES_WHEEL", "no-such-wheel")
    with pytest.raises(ServerMissing, match=r"^The wheel no-such-wheel is not installed: run `make setup`, or set "):
        ensure(new_dir)


def test_a_full_disk_is_said_before_anything_is_written(new_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balancer.embedded.postgres.CLUSTER_BYTES", 2**60)
    with pytest.raises(
        NoSpace, match=r"^A database needs \d+ MB and the disk of .* has \d+ MB free: free some and try again\.$"
    ):
        ensure(new_dir)
    assert not pids(new_dir) or stop(new_dir)
    monkeypatch.undo()
    assert query(ensure(new_dir), "SELECT 1") == "1"


def test_a_test_run_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    """The plugin's whole way: services before the settings, gone after a Ctrl-C."""
    (tmp_path / "test_waiting.py").write_text(
        "import os, sys, time\nfrom django.conf import settings\n"
        "def test_waiting():\n"
        "    assert str(settings.DATABASES['default']['PORT']) in os.environ['DATABASE_URL']\n"
        "    sys.__stdout__.write(os.environ['DATABASE_URL'] + '\\n')\n    sys.__stdout__.flush()\n    time.sleep(60)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        ROOT,
        "-c",
        ROOT / "pyproject.toml",
    ]
    run = subprocess.Popen(
        [*map(str, command), str(tmp_path)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    url = next((line.strip() for line in run.stdout if line.startswith("postgres://")), "")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    assert row is not None
    folder = Path(row[0])
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=60)
    assert run.returncode == pytest.ExitCode.INTERRUPTED, output
    assert not inhabitants(folder)
    assert not folder.exists()


RUN = [sys.executable, "-m", "balancer.embedded", "run"]
PROGRAM = "import os, sys; print(os.environ['DATABASE_URL'], os.getpid(), flush=True); sys.stdin.read(); sys.exit(5)"


@pytest.mark.parametrize("kept", [True, False])
def test_a_program_is_run_with_servers_that_end_with_it(data_dir: Path, kept: bool) -> None:
    options = ["--data-dir", str(data_dir)] if kept else ["--ephemeral"]
    done = subprocess.run(
        [*RUN, *options, "--", sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    url = done.stdout.split()[0]
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)
    assert not inhabitants(data_dir)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_neither_program_nor_servers_outlive_who_runs_them(data_dir: Path, end: signal.Signals) -> None:
    command = [*RUN, "--data-dir", str(data_dir), "--", sys.executable, "-c", PROGRAM]
    run = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    program = psutil.Process(int(run.stdout.readline().split()[1]))
    run.send_signal(end)
    assert eventually(lambda: not is_alive(program))
    run.communicate(timeout=30)
    assert run.returncode == (128 + end if end == signal.SIGTERM else -end)
    assert eventually(lambda: not inhabitants(data_dir))


def test_a_program_that_is_not_there_is_said(data_dir: Path) -> None:
    command = [*RUN, "--data-dir", str(data_dir), "--", "no-such-program"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "no-such-program cannot be run: No such file or directory.\n")
    assert not inhabitants(data_dir)
