"""Child processes that never outlive us."""

import ctypes
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
# Linux sends the death signal when the *thread* that forked ends, so one thread that lives as long as we do forks all
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="devnet-fork")


def start_child(command: list[str], log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a program that the kernel ends when this process ends, however it ends (Linux). `log` is appended to."""
    return _forker.submit(_start, command, log).result()


def stop_child(child: subprocess.Popen[bytes], seconds: float = 5.0) -> None:
    """End a program: asked first, killed after `seconds`."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _start(command: list[str], log: Path | None) -> subprocess.Popen[bytes]:
    if log is None:
        return _popen(command, subprocess.DEVNULL)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return _popen(command, file.fileno())


def _popen(command: list[str], output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        preexec_fn=_die_with_parent,
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
