"""Everything that a soak runs on, each part of which may be killed and comes back by itself.

PostgreSQL forces nothing less to the disk than in production (`ensure`, not the tests' throw-away servers): what it
committed must be there after a `kill -9`. Chains keep their final blocks; Valkey forgets all, as it may.
"""

import shutil
import signal
import socket
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psutil

from balancer.embedded import Services, ensure, release, status
from devnet.evm.anvil import Anvil
from devnet.network import Figures, Network
from devnet.proofs.soak.plan import Kill, Kills
from devnet.restarts import Restarts, Ward, children
from devnet.service import Service

SERVERS = {"postgres": "PostgreSQL", "valkey": "Valkey"}
SESSION_SECONDS = 240  # by then a lock must have been seen
READY_SECONDS = 120.0


@dataclass
class SoakWorld:
    """Starts all when entered. `directory` is emptied before and, unless the soak failed, removed afterwards."""

    directory: Path
    figures: Figures
    makers: int
    workers: int = 2
    lost_blocks: dict[str, int] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self._data = self.directory / "services"
        with ExitStack() as stack:
            self.services: Services = ensure(self._data, own=True)
            stack.callback(release, self._data)
            chains = self.directory / "chains"
            self.network = stack.enter_context(Network(figures=self.figures, makers=self.makers, persist=chains))
            self.service = stack.enter_context(self._service())
            self.service.wait_ready(READY_SECONDS)
            self.restarts = stack.enter_context(Restarts(self._wards()))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def trouble(self) -> str | None:
        """One sentence about something that does not come back, or None."""
        kept = (anvil.keeper for anvil in self.network.evm.values())
        return self.restarts.trouble or next((keeper.complaint for keeper in kept if keeper and keeper.complaint), None)

    def manage(self, *words: str) -> str:
        """Run a command of the service to its end; what it said. Raises `ProcessDied` when it fails."""
        self.service.supervisor.run(words[0], ["manage.py", *words])
        return self.service.supervisor.log(words[0]).read_text()

    # killing

    def kill(self, kill: Kill, kills: Kills) -> str:
        """`kill -9`; returns whom. One that is down already, is not killed."""
        if kill.victim in SERVERS:
            _kill_process(status(self._data)[SERVERS[kill.victim]])
            name = kill.victim
        elif kill.victim in self.network.evm:
            name = kill.victim
            self.lost_blocks[name] = kill.lose
            self.network.evm[name].kill9()
        elif kill.victim == "near":
            name = "near"
            self.network.near.kill9()
        else:
            name = kills.which([each for each in self.service.names if each.startswith(_PREFIXES[kill.victim])])
            if self.service.supervisor.is_running(name):
                self.service.supervisor.kill9(name)
        self.kills[name] += 1
        return name

    # inside

    def _service(self) -> Service:
        extra = {"SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS), "LOG_LEVEL": "info"}
        return Service(
            self.network,
            self.services.database_url,
            self.services.redis_url,
            self.directory / "service",
            port=_free_port(),
            database="soak",
            extra=extra,
            workers=self.workers,
        )

    def _wards(self) -> list[Ward]:
        servers = [
            Ward(name, lambda title=title: status(self._data)[title] is not None, self._revive_servers)  # type: ignore[misc]
            for name, title in SERVERS.items()
        ]
        chains = [self._chain_ward(name, anvil) for name, anvil in self.network.evm.items()]
        near = Ward("near", lambda: self.network.near.is_running, self.network.near.revive)
        return [*servers, *chains, near, *children(self.service.supervisor, self.service.names)]

    def _chain_ward(self, name: str, anvil: Anvil) -> Ward:
        return Ward(name, lambda: anvil.is_running, lambda: anvil.revive(self.lost_blocks.pop(name, 0)))

    def _revive_servers(self) -> None:
        """At the same addresses: the others know no others."""
        ports = [urlsplit(url).port for url in (self.services.database_url, self.services.redis_url)]
        ensure(self._data, own=True, postgres_port=ports[0], redis_port=ports[1])


_PREFIXES = {"worker": "worker-", "watcher": "watch-", "web": "web"}


def _kill_process(pid: int | None) -> None:
    if pid is not None:
        psutil.Process(pid).send_signal(signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
