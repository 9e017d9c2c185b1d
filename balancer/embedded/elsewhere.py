"""Homes outside their project: where root's servers write when their account may not pass through to the project."""

import hashlib
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from balancer.embedded.account import Account
from balancer.embedded.postgres import postgres_server
from balancer.embedded.valkey import valkey_server

KEPT = Path("/var/lib/1balancer")
ORIGIN = "origin"


def home_elsewhere(data_dir: Path, account: Account, *, durable: bool) -> Path:
    """The home of this data folder; made by whoever holds the folder's lock."""
    base = KEPT if durable else Path(tempfile.gettempdir())
    if not durable and not account.can_reach(base):
        base = Path("/tmp")  # noqa: S108  (the name below is ours alone: a hash of a folder that mkdtemp made)
    return base / f"1balancer-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]}"


def note_origin(home: Path, data_dir: Path) -> None:
    """Write down whose home it is, so that it can be removed when its project is."""
    (home / ORIGIN).write_text(f"{data_dir.stat().st_dev}\n{data_dir}\n")


def sweep(base: Path = KEPT) -> None:
    """Remove the homes of projects that were removed."""
    for note in base.glob(f"1balancer-*/{ORIGIN}"):
        with suppress(OSError, ValueError):
            device, data_dir = note.read_text().splitlines()
            if _is_removed(Path(data_dir), int(device)):
                _remove(note.parent)


def _is_removed(data_dir: Path, device: int) -> bool:
    """Whether the folder is gone, rather than its disk not mounted."""
    if data_dir.exists():
        return False
    nearest = next(parent for parent in data_dir.parents if parent.exists())
    return nearest.stat().st_dev == device


def _remove(home: Path) -> None:
    for server in (postgres_server(home, home / "log"), valkey_server(home, home / "log")):
        server.stop()
    shutil.rmtree(home, ignore_errors=True)
