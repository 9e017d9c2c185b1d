"""Owned servers end with their owner, however it ends; so do those of a test run and of a program that is run with them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from balancer.embedded import ensure, release
from balancer.embedded.processes import is_alive
from tests.integration.balancer.probes import ROOT, eventually, inhabitants, pids, query, run_python

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


GUARD = """
import pathlib, sys
from balancer.embedded import guard
guard.USERS_SECONDS = 0
guard.watch(pathlib.Path(sys.argv[1]), remove=False)
"""


def test_owned_servers_stay_while_somebody_else_uses_them(data_dir: Path) -> None:
    services = ensure(data_dir)
    # the guard of an owner that has ended
    assert run_python(GUARD, data_dir).communicate("", timeout=30)
    assert query(services, "SELECT 1") == "1"
    release(data_dir)
    run_python(GUARD, data_dir).communicate("", timeout=30)
    assert not inhabitants(data_dir)


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
