"""The account that runs the servers: our own, or one without rights when we are root, whom PostgreSQL refuses."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from balancer.embedded.errors import AccountUnusable

POWERLESS = "nobody"


@dataclass(frozen=True)
class Account:
    """Who runs the servers. `switches` is true when that is not who we are."""

    name: str
    uid: int
    gid: int
    switches: bool

    def popen_arguments(self) -> dict[str, Any]:
        """What `subprocess` needs to become this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switches else {}

    def give(self, path: Path) -> None:
        """Make `path` this account's."""
        if self.switches:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether this account may pass through to `path`: asked of the kernel, which knows of more than mode bits."""
        if not self.switches:
            return os.access(path, os.X_OK)
        try:
            asked = subprocess.run(["/usr/bin/test", "-x", str(path)], check=False, cwd="/", **self.popen_arguments())
        except OSError:
            return False
        return asked.returncode == 0


def server_account(data_dir: Path) -> Account:
    """The account for this data folder.

    Root uses the folder's owner, so that a folder is never two users'; else `nobody`. Raises `AccountUnusable`.
    """
    owner = _owner(data_dir)
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise AccountUnusable(
                f"{data_dir} belongs to {_user_name(owner)}, not to you: "
                "remove it as that user or as root, then try again."
            )
        return Account(_user_name(os.geteuid()), os.geteuid(), os.getegid(), switches=False)
    entry = _entry(owner) if owner else None
    try:
        entry = entry or pwd.getpwnam(POWERLESS)
    except KeyError:
        raise AccountUnusable(
            f"PostgreSQL refuses to run as root and there is no user {POWERLESS!r} here: "
            "run as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switches=True)


def _owner(folder: Path) -> int | None:
    try:
        return folder.stat().st_uid
    except FileNotFoundError:
        return None


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _user_name(uid: int | None) -> str:
    entry = _entry(uid) if uid is not None else None
    return entry.pw_name if entry else f"user {uid}"
