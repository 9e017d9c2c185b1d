"""The folder of one pair of servers: where its files are, what it remembers, and who is using it."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from balancer.embedded.account import Account, server_account
from balancer.embedded.elsewhere import home_elsewhere, note_origin, sweep
from balancer.embedded.errors import AccountUnusable, EmbeddedError
from balancer.embedded.postgres import postgres_server
from balancer.embedded.processes import Server, close_to_others
from balancer.embedded.valkey import valkey_server


@dataclass(frozen=True)
class State:
    """What is remembered between starts."""

    home: str
    password: str
    postgres_port: int
    redis_port: int
    durable: bool


class Place:
    """A data folder. `home` is where the servers write: inside it, or elsewhere when their account may not go in."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.state_file = self.data_dir / "state.json"

    def prepare(self) -> Account:
        """Make the folder; returns the servers' account. Raises `EmbeddedError`."""
        account = server_account(self.data_dir)
        try:
            self.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(f"The embedded servers cannot keep their data in {self.data_dir}: {error}.") from error
        return account

    def make_home(self, account: Account, *, durable: bool) -> Path:
        """Make the folder in which the servers write, for who holds the lock. Raises `EmbeddedError`."""
        inside = account.can_reach(self.data_dir)
        home = self.data_dir / "data" if inside else home_elsewhere(self.data_dir, account, durable=durable)
        try:
            home.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
            if not home.is_dir():
                home.mkdir(mode=0o700)
                account.give(home)
            if not inside:
                note_origin(home, self.data_dir)
                sweep()
        except OSError as error:
            raise EmbeddedError(f"The embedded servers cannot keep their data in {home}: {error}.") from error
        return home

    def state(self) -> State | None:
        """What was remembered, or None. Raises `EmbeddedError` when it cannot be read."""
        try:
            return State(**json.loads(self.state_file.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise EmbeddedError(
                f"{self.state_file} cannot be read ({error}): remove {self.data_dir} to begin with an empty database."
            ) from error

    def home(self) -> Path:
        """Where the servers write, or would, when nothing readable is remembered."""
        with suppress(EmbeddedError):
            state = self.state()
            if state:
                return Path(state.home)
        return self.data_dir / "data"

    def remember(self, state: State, account: Account) -> None:
        """Write the state in one piece, readable to its owner only."""
        unfinished = self.state_file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(state), indent=2) + "\n")
        close_to_others(unfinished)
        account.give(unfinished)
        unfinished.replace(self.state_file)

    def servers(self, home: Path) -> tuple[Server, Server]:
        """PostgreSQL and Valkey, in the order in which they stop."""
        logs = [self.data_dir / name for name in ("postgres.log", "valkey.log")]
        return postgres_server(home, logs[0]), valkey_server(home, logs[1])

    def remove(self) -> None:
        """Remove everything, once the servers are stopped."""
        shutil.rmtree(self.home(), ignore_errors=True)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time starts and stops servers here."""
        with self._open("lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def use(self) -> IO[bytes]:
        """A file whose being open says that this process uses the servers."""
        file = self._open("users")
        fcntl.flock(file, fcntl.LOCK_SH)
        return file

    def is_used(self) -> bool:
        """Whether any process uses the servers."""
        with self._open("users") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _open(self, name: str) -> IO[bytes]:
        path = self.data_dir / name
        try:
            file = path.open("ab")
            if os.geteuid() == 0:
                server_account(self.data_dir).give(path)
        except OSError as error:
            raise AccountUnusable(
                f"{path} is not yours to open ({error}): remove it as the user who made it."
            ) from error
        return file
