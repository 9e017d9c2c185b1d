"""Packages from npm, unpacked under var/npm/ and kept there: their files are wanted, not their dependencies."""

import base64
import fcntl
import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devnet.node import NodeError, npm_command, run

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"


class PackageError(RuntimeError):
    """A package could not be had, or is not the one that was pinned."""


def ensure_package(name: str, version: str, integrity: str = "", cache: Path = VAR / "npm") -> Path:
    """The folder of a package's files, fetched on first use.

    `integrity` is the lock file's notation, `sha512-<base64>` of the archive; when given, anything else is refused.
    Safe to call from several processes at once. Raises `PackageError`.
    """
    folder = cache / f"{name.replace('/', '+')}@{version}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / ".lock"):
        if not folder.is_dir():
            _fetch(name, version, integrity, folder)
    return folder


def ensure_node_modules(folder: Path) -> Path:
    """`node_modules` of a folder with a lock file, as the lock says. Raises `PackageError`."""
    modules = folder / "node_modules"
    wanted = (folder / "package-lock.json").read_bytes()
    stamp = modules / ".installed-lock.json"
    with locked(VAR / "npm" / ".install-lock"):
        if not stamp.is_file() or stamp.read_bytes() != wanted:
            _npm(
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                f"the packages of {folder.name}/package.json",
                folder,
            )
            stamp.write_bytes(wanted)
    return modules


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file lock: one process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(name: str, version: str, integrity: str, folder: Path) -> None:
    work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".fetch-"))
    try:
        _npm(["pack", "--silent", f"{name}@{version}"], f"{name}@{version}", work)
        archive = next(work.glob("*.tgz"))
        _check(archive, integrity, f"{name}@{version}")
        with tarfile.open(archive) as tar:
            tar.extractall(work / "files", filter="data")
        # every archive holds one folder, mostly named "package"
        next((work / "files").iterdir()).rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check(archive: Path, integrity: str, what: str) -> None:
    if not integrity:
        return
    digest = hashlib.sha512(archive.read_bytes()).digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != integrity:
        raise PackageError(f"{what} from npm is not the pinned package: expected {integrity}, got {found}")


def _npm(arguments: list[str], what: str, cwd: Path) -> None:
    try:
        run([*npm_command(), *arguments], cwd=cwd)
    except NodeError as error:
        raise PackageError(
            f"Could not fetch {what} from npm. Is the package registry within reach? npm said: {error}"
        ) from error
