"""`python -m balancer.embedded start|stop|status|remove|run`."""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

from balancer.embedded.errors import EmbeddedError
from balancer.embedded.guard import watch
from balancer.embedded.place import Place
from balancer.embedded.services import Services, ensure, ephemeral, release, status, stop

PR_SET_PDEATHSIG = 1
DATA_DIR = Path(__file__).resolve().parents[2] / "var" / "services"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        status_code: int = chosen.command(chosen)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return status_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m balancer.embedded", description="The project's own PostgreSQL and Valkey."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=function)
        added.add_argument("--data-dir", type=Path, default=DATA_DIR, help="default: %(default)s")
        return added

    start = command("start", _start, "have both servers running and print their addresses")
    start.add_argument("--postgres-port", type=int)
    start.add_argument("--redis-port", type=int)
    command("stop", _stop, "stop both servers")
    command("status", _status, "say which servers run; exit status 3 when not both do")
    command("remove", _remove, "stop both servers and remove their data")
    run = command("run", _run, "run a program with both servers, which end with it")
    run.add_argument("--ephemeral", action="store_true", help="with empty servers that are thrown away afterwards")
    run.add_argument("program", nargs="+", metavar="PROGRAM", help="the program and its arguments, after --")
    guard = commands.add_parser("guard")
    guard.set_defaults(command=_guard)
    guard.add_argument("data_dir", type=Path)
    guard.add_argument("--remove", action="store_true")
    return parser


def _start(chosen: argparse.Namespace) -> int:
    services = ensure(chosen.data_dir, postgres_port=chosen.postgres_port, redis_port=chosen.redis_port)
    for name, value in services.environment.items():
        print(f"{name}={value}")
    return 0


def _stop(chosen: argparse.Namespace) -> int:
    print(
        "PostgreSQL and Valkey are stopped." if stop(chosen.data_dir) else "Neither PostgreSQL nor Valkey was running."
    )
    return 0


def _status(chosen: argparse.Namespace) -> int:
    found = status(chosen.data_dir)
    for title, pid in found.items():
        print(f"{title} runs (pid {pid})." if pid else f"{title} does not run.")
    return 0 if all(found.values()) else 3


def _remove(chosen: argparse.Namespace) -> int:
    stop(chosen.data_dir)
    Place(chosen.data_dir).remove()
    return 0


def _run(chosen: argparse.Namespace) -> int:
    if chosen.ephemeral:
        with ephemeral() as services:
            return _call(chosen.program, services)
    services = ensure(chosen.data_dir, own=True)
    try:
        return _call(chosen.program, services)
    finally:
        release(chosen.data_dir)


def _call(program: list[str], services: Services) -> int:
    """Run the program to its end. Signals are its own to handle: a terminal sends Ctrl-C to both of us, and we wait."""
    try:
        child = subprocess.Popen(
            program,
            env=os.environ | services.environment,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  (no thread runs here)
        )
    except OSError as error:
        raise EmbeddedError(f"{program[0]} cannot be run: {error.strerror}.") from error
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
    code = child.wait()
    return code if code >= 0 else 128 - code


def _end_with_parent() -> None:
    """In the child: be asked to end when we are killed, since its servers end then."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _guard(chosen: argparse.Namespace) -> int:
    watch(chosen.data_dir, remove=chosen.remove)
    return 0


if __name__ == "__main__":
    sys.exit(main())
