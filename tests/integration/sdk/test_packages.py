"""What is generated is fresh, and both packages are typed, built and installed as they say."""

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from devnet.node import node_command, npm_command, run
from devnet.npm import ensure_node_modules
from tests.sdk import build


def tool(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize("part", ["schema", "typescript", "models", "sync"])
def test_what_is_generated_is_fresh(root: Path, part: str) -> None:
    """When it is not: `python sdk/generate.py`."""
    tool([sys.executable, "sdk/generate.py", "--check", "--only", part], root)


def test_what_is_stale_is_told(root: Path, tmp_path: Path) -> None:
    """A schema with one word more than the service's."""
    for name in ("generate.py", "openapi.json"):
        (tmp_path / "sdk").mkdir(exist_ok=True)
        (tmp_path / "sdk" / name).write_text((root / "sdk" / name).read_text())
    package = tmp_path / "sdk" / "python"
    package.mkdir()
    for name in ("pyproject.toml", "onebalancer"):
        (package / name).symlink_to(root / "sdk" / "python" / name)
    (tmp_path / "pyproject.toml").symlink_to(root / "pyproject.toml")
    schema = json.loads((tmp_path / "sdk" / "openapi.json").read_text())
    schema["components"]["schemas"]["SessionDocument"]["properties"]["novelty"] = {"type": "string"}
    (tmp_path / "sdk" / "openapi.json").write_text(json.dumps(schema))
    command = [sys.executable, "sdk/generate.py", "--check", "--only", "models"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "stale: sdk/python/onebalancer/models.py\n")


def test_typescript_is_strict(root: Path) -> None:
    package = root / "sdk" / "typescript"
    ensure_node_modules(package)
    settings = json.loads((package / "tsconfig.json").read_text())["compilerOptions"]
    assert settings["strict"] is settings["noUncheckedIndexedAccess"] is True
    command = [*node_command(), "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--noUncheckedIndexedAccess"]
    tool([*command, "-p", "."], package)


def test_python_is_strict(root: Path) -> None:
    tool(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "-p", "onebalancer"], root / "sdk" / "python"
    )


def test_the_typescript_package_has_what_its_manifest_promises(root: Path, tmp_path: Path) -> None:
    package = root / "sdk" / "typescript"
    ensure_node_modules(package)
    build(package)
    run([*npm_command(), "pack", "--silent", "--ignore-scripts", "--pack-destination", str(tmp_path)], cwd=package)
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
    manifest = json.loads((package / "package.json").read_text())
    entry = manifest["exports"]["."]
    promised = {manifest["main"], manifest["types"], entry["types"], entry["default"]}
    assert {path.removeprefix("./") for path in promised} <= names
    assert {"LICENSE", "README.md", "CHANGELOG.md"} <= names
    assert not [name for name in names if name.startswith(("node_modules", "tests"))]


def test_the_python_package_has_its_types(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    source = tmp_path / "source"
    source.mkdir()
    for path in (root / "sdk" / "python").iterdir():
        if path.name in ("pyproject.toml", "README.md", "LICENSE"):
            (source / path.name).write_text(path.read_text())
    (source / "onebalancer").symlink_to(root / "sdk" / "python" / "onebalancer")
    tool([*command, str(tmp_path), str(source)], tmp_path)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {"onebalancer/py.typed", "onebalancer/_sync/client.py", "onebalancer/_async/client.py"} <= names


def test_lock_files_name_no_host(root: Path) -> None:
    assert '"resolved"' not in (root / "sdk" / "typescript" / "package-lock.json").read_text()
