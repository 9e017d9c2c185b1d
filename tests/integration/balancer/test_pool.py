"""The pool of database connections outlives a restart of PostgreSQL: nobody is handed a dead connection."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from balancer.embedded import ensure, release, status

ROOT = Path(__file__).parents[3]
CLIENT = """
import sys
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from threading import Barrier

together = Barrier(4)

def ask(_):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        together.wait(20)  # four connections at once
    connection.close()  # back into the pool

with ThreadPoolExecutor(4) as pool:
    list(pool.map(ask, range(4)))
    print("asked", flush=True)
    sys.stdin.readline()
    list(pool.map(ask, range(4)))
    print("asked again", flush=True)
"""


def test_no_dead_connection_is_handed_out_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "services"
    services = ensure(folder, own=True)
    try:
        environment = {**os.environ, **services.environment, "DJANGO_SETTINGS_MODULE": "balancer.settings"}
        client = subprocess.Popen(
            [sys.executable, "-c", CLIENT],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert client.stdout is not None
        assert client.stdout.readline() == "asked\n"
        server = psutil.Process(status(folder)["PostgreSQL"] or 0)
        server.kill()
        psutil.wait_procs([server], timeout=20)
        assert ensure(folder, own=True) == services
        said, _ = client.communicate("\n", timeout=60)
        assert said.endswith("asked again\n"), said[-1500:]
        assert client.returncode == 0
    finally:
        release(folder)
