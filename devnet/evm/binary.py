"""anvil's native program, from its npm package: the package's node wrapper is four times slower and one process more."""

import platform
from pathlib import Path

from devnet.npm import PackageError, ensure_package

VERSION = "1.7.1"
# machine name -> npm's name for it and the archive's pinned hash, where one could be had
PACKAGES = {
    "x86_64": (
        "amd64",
        "sha512-+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg==",
    ),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
}


def ensure_anvil() -> Path:
    """The program's path, fetched on first use (19 MB). Raises `PackageError`."""
    machine, system = platform.machine(), platform.system().lower()
    if machine not in PACKAGES or system not in ("linux", "darwin"):
        raise PackageError(
            f"There is no anvil for {system} on {machine}; it is built for Linux and macOS on amd64 and arm64"
        )
    name, linux_hash = PACKAGES[machine]
    folder = ensure_package(f"@foundry-rs/anvil-{system}-{name}", VERSION, linux_hash if system == "linux" else "")
    return folder / "bin" / "anvil"
