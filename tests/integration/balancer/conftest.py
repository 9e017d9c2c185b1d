"""Folders for embedded servers, and their end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from balancer.embedded import release, stop
from balancer.embedded.place import Place


@contextmanager
def throw_away() -> Iterator[Path]:
    # pytest's own folders are closed to the account that runs the servers under root
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-"))
    folder.chmod(0o711)
    yield folder / "services"
    stop(folder / "services")
    release(folder / "services")
    Place(folder / "services").remove()
    shutil.rmtree(folder)


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """A folder in which there never was a server."""
    with throw_away() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_dir() -> Iterator[Path]:
    with throw_away() as folder:
        yield folder


@pytest.fixture
def data_dir(shared_dir: Path) -> Iterator[Path]:
    """A folder with a database, made once for all; nothing runs in it at first."""
    yield shared_dir
    stop(shared_dir)
    release(shared_dir)
