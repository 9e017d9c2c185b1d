"""Valkey: a server of hints and cached values, which nobody misses after a restart; so it writes nothing to disk."""

import signal
import socket
from pathlib import Path

from balancer.embedded.account import Account
from balancer.embedded.binaries import Binaries
from balancer.embedded.processes import LOCALHOST, Server, close_to_others


def valkey_server(home: Path, log: Path) -> Server:
    """The server whose files are in `home`."""
    folder = home / "valkey"
    return Server("Valkey", folder / "valkey.pid", folder / "valkey.conf", log, ((signal.SIGTERM, 5.0),))


def write_configuration(account: Account, home: Path, port: int, password: str) -> None:
    """The configuration file: a password on the command line would be everybody's to read."""
    folder = home / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    account.give(folder)
    path = folder / "valkey.conf"
    lines = (
        f"bind {LOCALHOST}",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        f'pidfile "{folder / "valkey.pid"}"',
        'save ""',
        "appendonly no",
        "set-proc-title no",  # the command line must go on naming this file: by it we know our process
    )
    path.write_text("\n".join(lines) + "\n")
    close_to_others(path)
    account.give(path)


def valkey_command(programs: Binaries, home: Path) -> list[str]:
    """The words that start the server."""
    return [str(programs.valkey), str(home / "valkey" / "valkey.conf")]


def redis_url(port: int, password: str) -> str:
    """The address of database 0."""
    return f"redis://:{password}@{LOCALHOST}:{port}/0"


def answers(port: int, password: str) -> bool:
    """Whether our own server, and no other, answers at this port."""
    try:
        with socket.create_connection((LOCALHOST, port), timeout=5) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            replies = b""
            while replies.count(b"\r\n") < 2:
                more = connection.recv(256)
                if not more:
                    return False
                replies += more
    except OSError:
        return False
    return replies == b"+OK\r\n+PONG\r\n"
