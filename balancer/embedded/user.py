"""PostgreSQL refuses to run as root: then it runs as `nobody`, who must be able to reach its binaries and its folder."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

UNPRIVILEGED = "nobody"


def popen_arguments() -> dict[str, Any]:
    """Arguments for `subprocess` that make a child run unprivileged; empty when we are not root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give(folder: Path) -> None:
    """Make a folder and hand it to whoever the services run as."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(UNPRIVILEGED)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o700)


def reachable(binary: Path) -> bool:
    """Whether whoever the services run as may execute this file."""
    try:
        return subprocess.run(["/usr/bin/test", "-x", str(binary)], check=False, **popen_arguments()).returncode == 0
    except OSError:
        return False


def readable_copy(folders: list[Path], root: Path, to: Path) -> None:
    """Copy folders of a virtual environment that the unprivileged user may not read, keeping their places to each other
    (the binaries find their libraries by relative paths)."""
    for folder in folders:
        target = to / folder.relative_to(root)
        if not target.exists():
            shutil.copytree(folder, target, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", str(to)], check=True)
