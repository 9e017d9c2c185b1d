"""The embedded servers: quick to start, shared by many, hard to lose."""

import os
import shutil
import signal
import socket
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from balancer.embedded import EmbeddedError, complaint, ensure, ephemeral, status, stop
from balancer.embedded.errors import NoSpace, PortTaken, ServerMissing
from balancer.embedded.place import Place
from balancer.embedded.processes import is_alive
from tests.integration.balancer.probes import eventually, inhabitants, pids, query, run_python


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
    # a backend in the middle of a query outlives its server, and must not write beside the next one
    busy = psycopg.connect(services.database_url)
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
    backend = psutil.Process(busy.info.backend_pid)
    os.kill(pids(data_dir)[0], signal.SIGKILL)
    assert eventually(lambda: status(data_dir)["PostgreSQL"] is None)
    assert "PostgreSQL is not running any more; its last words: " in (complaint(data_dir) or "")
    assert is_alive(backend)
    again = ensure(data_dir)
    assert complaint(data_dir) is None
    assert query(again, "SELECT answer FROM recovered") == "42"
    assert not is_alive(backend)
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
    with run_python("import sys; sys.stdin.read()") as bystander:
        pid_file.write_text(f"{bystander.pid}\n{pid_file.parent}\n0\n5432\n\n127.0.0.1\n0 0\nready\n")
        assert status(data_dir)["PostgreSQL"] is None
        assert ensure(data_dir) == services
        assert query(services, "SELECT 1") == "1"
        assert bystander.poll() is None


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
