"""The TypeScript SDK as somebody has it who installed it: built, and found by its name from a folder of his own."""

import fcntl
import json
import subprocess
from pathlib import Path

from devnet.node import node_command
from devnet.npm import ensure_node_modules

SETTINGS = {
    "compilerOptions": {
        "target": "ES2022",
        "module": "NodeNext",
        "strict": True,
        "noUncheckedIndexedAccess": True,
        "skipLibCheck": True,
        "types": ["node"],
    },
    "include": ["*.ts"],
}


def typescript_package(root: Path, folder: Path) -> Path:
    """Build the SDK if its sources changed, and lay `folder` out as a project that uses it. Gives the SDK's folder."""
    package = root / "sdk" / "typescript"
    modules = ensure_node_modules(package)
    build(package)
    (folder / "node_modules" / "@1balancer").mkdir(parents=True)
    (folder / "node_modules" / "@1balancer" / "sdk").symlink_to(package)
    for name in ("ethers", "@types"):
        (folder / "node_modules" / name).symlink_to(modules / name)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text(json.dumps(SETTINGS))
    return package


def build(package: Path) -> None:
    """`tsc` into dist/, unless it was made from these very sources. One process at a time."""
    sources = [*sorted((package / "src").rglob("*.ts")), package / "tsconfig.json", package / "package-lock.json"]
    wanted = json.dumps({str(path.relative_to(package)): path.read_text() for path in sources})
    stamp = package / "node_modules" / ".built.json"
    with (package / "node_modules" / ".build-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (package / "dist" / "index.js").is_file() and stamp.is_file() and stamp.read_text() == wanted:
            return
        command = [*node_command(), str(package / "node_modules" / "typescript" / "bin" / "tsc"), "-p", str(package)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        stamp.write_text(wanted)
