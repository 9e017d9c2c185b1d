"""The supervisor: nothing it starts outlives it, and a child's death is told in one sentence."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from devnet.supervisor import PortTaken, ProcessDied, Supervisor, require_free_port

ROOT = Path(__file__).parents[3]
SLEEPER = ["-c", "import time; print('here', flush=True); time.sleep(60)"]
STUBBORN = [
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)",
]
# a child that has a child, which would stay behind
PARENT = [
    "-c",
    """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
""",
]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor({"MARK": "given"}, tmp_path / "log", tmp_path) as running:
        yield running


def said(supervisor: Supervisor, name: str, word: str = "here") -> Callable[[], bool]:
    return lambda: word in supervisor.log(name).read_text()


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_child_gets_the_environment_and_its_own_log_and_group(supervisor: Supervisor) -> None:
    supervisor.start("worker", ["-c", "import os, time; print(os.environ['MARK'], flush=True); time.sleep(60)"])
    supervisor.wait_until(said(supervisor, "worker", "given"), "the worker")
    pid = supervisor.processes["worker"].pid
    assert os.getpgid(pid) == pid


def test_a_dead_child_is_told_with_its_own_last_lines(supervisor: Supervisor) -> None:
    supervisor.log("worker").write_text("words of an earlier run\n")
    supervisor.start("worker", ["-c", "import sys; print('the reason'); sys.exit(7)"])
    with pytest.raises(
        ProcessDied, match=r"^worker ended with status 7\. Its last lines \(.*worker\.log\):\n  the reason$"
    ):
        supervisor.wait_until(lambda: False, "never")


def test_a_killed_child_is_told_with_its_signal(supervisor: Supervisor) -> None:
    supervisor.start("worker", ["-c", "import os; os.kill(os.getpid(), 9)"])
    with pytest.raises(ProcessDied, match=r"^worker was killed by signal 9 and said nothing"):
        supervisor.wait_until(lambda: False, "never")


def test_waiting_has_an_end(supervisor: Supervisor) -> None:
    supervisor.start("worker", SLEEPER)
    with pytest.raises(TimeoutError, match="the worker was not ready within 0 s; the logs are in"):
        supervisor.wait_until(lambda: False, "the worker", seconds=0.1)


def test_a_command_that_fails_says_so(supervisor: Supervisor) -> None:
    supervisor.run("migrate", ["-c", "pass"])
    with pytest.raises(ProcessDied, match="migrate ended with status 3"):
        supervisor.run("migrate", ["-c", "raise SystemExit(3)"])
    assert not supervisor.processes


def test_everything_stops_with_the_block(tmp_path: Path) -> None:
    with Supervisor({}, tmp_path, tmp_path) as supervisor:
        supervisor.start("web", SLEEPER)
        supervisor.start("worker", PARENT)
        supervisor.wait_until(lambda: supervisor.log("worker").read_text().endswith("\n"), "the worker")
        pids = [process.pid for process in supervisor.processes.values()]
        pids.append(int(supervisor.log("worker").read_text()))
        assert all(lives(pid) for pid in pids)
    assert not any(lives(pid) for pid in pids)


def test_the_last_started_stops_first(tmp_path: Path) -> None:
    note = (
        "import signal, sys, time\n"
        "def stop(*_):\n"
        "    time.sleep(0.3 if sys.argv[1] == 'second' else 0)\n"  # were they stopped together, the first would be first
        "    open('order', 'a').write(sys.argv[1] + ' ')\n"
        "    sys.exit()\n"
    )
    text = note + "signal.signal(signal.SIGTERM, stop)\nprint('here', flush=True)\ntime.sleep(60)"
    with Supervisor({}, tmp_path, tmp_path) as supervisor:
        for name in ("first", "second"):
            supervisor.start(name, ["-c", text, name])
            supervisor.wait_until(said(supervisor, name), name)
    assert (tmp_path / "order").read_text() == "second first "


def test_a_child_that_does_not_go_is_killed(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devnet.supervisor.STOP_SECONDS", 0.2)
    supervisor.start("worker", STUBBORN)
    supervisor.wait_until(said(supervisor, "worker"), "the worker")
    pid = supervisor.processes["worker"].pid
    supervisor.stop("worker")
    assert not lives(pid)


def test_kill9_and_restart(supervisor: Supervisor) -> None:
    supervisor.start("worker", SLEEPER)
    first = supervisor.processes["worker"].pid
    supervisor.kill9("worker")
    assert not lives(first)
    supervisor.check()  # it was meant
    supervisor.restart("worker")
    second = supervisor.processes["worker"].pid
    supervisor.restart("worker")
    assert not lives(second)
    with pytest.raises(ValueError, match="worker runs already"):
        supervisor.start("worker", SLEEPER)


OWNER = """
import sys, time
from pathlib import Path
from devnet.supervisor import Supervisor
folder = Path(sys.argv[1])
with Supervisor({}, folder, folder) as supervisor:
    supervisor.start("worker", ["-c", sys.argv[2]])
    supervisor.wait_until(lambda: "here" in supervisor.log("worker").read_text(), "the worker")
    with supervisor.watching():
        print(supervisor.processes["worker"].pid, flush=True)
        time.sleep(60)
"""


def owner(folder: Path, child: list[str]) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-c", OWNER, str(folder), child[1]]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize(
    ("number", "child", "code"),
    [
        (signal.SIGTERM, SLEEPER, 143),
        (signal.SIGINT, SLEEPER, -2),
        (signal.SIGKILL, SLEEPER, -9),
        (signal.SIGKILL, STUBBORN, -9),
    ],
    ids=["term", "ctrl-c", "kill", "kill-stubborn"],
)
def test_no_child_outlives_its_supervisor(tmp_path: Path, number: int, child: list[str], code: int) -> None:
    process, pid = owner(tmp_path, child)
    assert lives(pid)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == code
    assert eventually(lambda: not lives(pid))


def test_a_death_interrupts_whatever_the_main_thread_waits_for(tmp_path: Path) -> None:
    process, pid = owner(tmp_path, SLEEPER)
    os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "worker was killed by signal 9" in errors


def test_a_swallowed_death_is_told_again(supervisor: Supervisor) -> None:
    supervisor.start("worker", ["-c", "pass"])
    told = 0
    with pytest.raises(ProcessDied, match="worker ended with status 0"), supervisor.watching():  # noqa: PT012
        while True:
            try:
                time.sleep(10)
            except ProcessDied:
                told += 1
                if told == 2:
                    raise
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_complaint_counts_like_a_dead_child(supervisor: Supervisor) -> None:
    supervisor.complaints.append(lambda: None)
    supervisor.check()
    supervisor.complaints.append(lambda: "PostgreSQL is not running any more")
    with pytest.raises(ProcessDied, match=r"^PostgreSQL is not running any more$"):
        supervisor.check()


def test_a_taken_port_is_named_with_its_holder_and_a_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            PortTaken, match=rf"^port {port} is taken by .*\(pid {os.getpid()}\): .* `make demo PORT=\d+`$"
        ):
            require_free_port(port)
    require_free_port(port)


def test_a_port_taken_on_every_address_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        with pytest.raises(PortTaken):
            require_free_port(other.getsockname()[1])
