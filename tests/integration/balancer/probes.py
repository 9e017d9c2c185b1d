"""Questions about servers and processes, asked from outside."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from balancer.embedded import Services, status

ROOT = Path(__file__).parents[3]


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
