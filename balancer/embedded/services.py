"""PostgreSQL and Valkey as a pair: had, asked about, stopped."""

import atexit
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from balancer.embedded import postgres, valkey
from balancer.embedded.account import Account
from balancer.embedded.binaries import Binaries, binaries
from balancer.embedded.errors import EmbeddedError, PortTaken, StartFailed, Unanswered
from balancer.embedded.guard import Guard
from balancer.embedded.place import Place, State
from balancer.embedded.processes import Server, await_ready, free_port, is_free, spawn

ANSWER_SECONDS = 20.0
PORT_LOST = ("ddress already in use", "could not create any TCP/IP sockets")
ATTEMPTS = 3  # a port found free may be taken before the server listens on it
_used: dict[Path, IO[bytes]] = {}
_guards: dict[Path, Guard] = {}


@dataclass(frozen=True)
class Services:
    """Addresses of running servers, passwords included."""

    database_url: str
    redis_url: str
    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which settings find them."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def ensure(
    data_dir: Path, *, own: bool = False, postgres_port: int | None = None, redis_port: int | None = None
) -> Services:
    """Have both servers running on the data kept in `data_dir`, and return their addresses.

    Servers that run already are used, whoever started them; several processes may call this at once. Ports are chosen
    once and remembered, and chosen anew only when another program has taken them meanwhile, unless given here.
    They go on running after this process, unless `own`: then they end when it ends, be it by `kill -9`, and no other
    process uses them. Raises `EmbeddedError`.
    """
    return _have(Place(data_dir), durable=True, own=own, wanted=(postgres_port, redis_port))


@contextmanager
def ephemeral() -> Iterator[Services]:
    """Two servers for a test run, in a throw-away folder, quick because they never wait for the disk.

    They are gone when the block is left, or this process ends, be it by `kill -9`. Raises `EmbeddedError`.
    """
    place = Place(Path(tempfile.mkdtemp(prefix="1balancer-services-")))
    place.data_dir.chmod(0o711)  # the servers' account must pass through
    try:
        yield _have(place, durable=False, own=True, wanted=(None, None))
    finally:
        release(place.data_dir)


def release(data_dir: Path) -> None:
    """Give up what `ensure(own=True)` took; returns when the servers are gone, if nobody else uses them."""
    place = Place(data_dir)
    users = _used.pop(place.data_dir, None)
    if users:
        users.close()
    guard = _guards.pop(place.data_dir, None)
    if guard:
        guard.dismiss()


def stop(data_dir: Path) -> bool:
    """End both servers, whoever uses them. Returns whether any ran."""
    place = Place(data_dir)
    if not place.data_dir.is_dir():
        return False
    with place.locked():
        return stop_servers(place)


def stop_servers(place: Place) -> bool:
    """As `stop`, for who holds the lock already."""
    running = [server for server in place.servers(place.home()) if server.process()]
    for server in running:
        server.stop()
    return bool(running)


def status(data_dir: Path) -> dict[str, int | None]:
    """The process id of each server, None where it does not run."""
    place = Place(data_dir)
    found = {server.title: server.process() for server in place.servers(place.home())}
    return {title: process.pid if process else None for title, process in found.items()}


def complaint(data_dir: Path) -> str | None:
    """One sentence about a server that should run and does not, with its last words; None when all is well."""
    place = Place(data_dir)
    for server in place.servers(place.home()):
        if server.process() is None:
            words = server.last_words()
            return f"{server.title} is not running any more; its last words: {words} (the whole log: {server.log})."
    return None


def _have(place: Place, *, durable: bool, own: bool, wanted: tuple[int | None, int | None]) -> Services:
    account = place.prepare()
    if own and place.data_dir not in _guards:
        # before anything runs, so that nothing can be left behind
        _guards[place.data_dir] = Guard(place.data_dir, remove=not durable)
        atexit.register(release, place.data_dir)
    with place.locked():
        if place.data_dir not in _used:
            _used[place.data_dir] = place.use()
        home = place.make_home(account, durable=durable)
        state = _running(place, account, home, durable=durable, wanted=wanted)
    return Services(
        postgres.database_url(state.postgres_port, state.password),
        valkey.redis_url(state.redis_port, state.password),
        place.data_dir,
    )


def _running(
    place: Place, account: Account, home: Path, *, durable: bool, wanted: tuple[int | None, int | None]
) -> State:
    """The state of servers that answer, started where they did not run."""
    programs = binaries(account, home)
    state = place.state()
    if state is None:
        if postgres.cluster_exists(home):
            raise EmbeddedError(
                f"{place.state_file} is gone and with it the password of the database beside it: "
                f"remove {home} to begin with an empty one."
            )
        state = State(str(home), secrets.token_hex(32), 0, 0, durable)
    state = replace(state, home=str(home))  # the project may have been moved since
    for attempt in range(1, ATTEMPTS + 1):
        state = _with_ports(place, state, home, wanted)
        place.remember(state, account)
        try:
            _start(place, programs, account, home, state)
        except StartFailed as error:
            if attempt == ATTEMPTS or not any(words in str(error) for words in PORT_LOST):
                raise
        else:
            break
    return state


def _with_ports(place: Place, state: State, home: Path, wanted: tuple[int | None, int | None]) -> State:
    """The state with ports that running servers have, or that can be had. Raises `PortTaken`."""
    ports = []
    for server, kept, asked in zip(place.servers(home), (state.postgres_port, state.redis_port), wanted, strict=True):
        if server.process():
            if asked not in (None, kept):
                raise PortTaken(f"{server.title} runs on port {kept} already: stop it before you ask for port {asked}.")
            ports.append(kept)
        elif asked:
            if not is_free(asked):
                raise PortTaken(
                    f"Port {asked} is taken by another program: stop that program, or give {server.title} another port."
                )
            ports.append(asked)
        else:
            ports.append(kept if kept and is_free(kept) else free_port())
    return replace(state, postgres_port=ports[0], redis_port=ports[1])


def _start(place: Place, programs: Binaries, account: Account, home: Path, state: State) -> None:
    """Both at once: each waits mostly for itself."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        started = [
            pool.submit(_start_valkey, place, programs, account, home, state),
            pool.submit(_start_postgres, place, programs, account, home, state),
        ]
    for future in started:
        future.result()


def _start_postgres(place: Place, programs: Binaries, account: Account, home: Path, state: State) -> None:
    server, _ = place.servers(home)

    def answers() -> bool:
        return postgres.answers(home, state.postgres_port, state.password)

    if server.process():
        _require_answer(server, state.postgres_port, answers)
        return
    if not postgres.cluster_exists(home):
        postgres.make_cluster(programs, account, home, state.password, durable=state.durable)
    server.begin()
    command = postgres.postgres_command(programs, home, state.postgres_port, durable=state.durable)
    await_ready(server, spawn(command, account, server.log), answers)


def _start_valkey(place: Place, programs: Binaries, account: Account, home: Path, state: State) -> None:
    _, server = place.servers(home)

    def answers() -> bool:
        return valkey.answers(state.redis_port, state.password)

    if server.process():
        _require_answer(server, state.redis_port, answers)
        return
    valkey.write_configuration(account, home, state.redis_port, state.password)
    server.begin()
    await_ready(server, spawn(valkey.valkey_command(programs, home), account, server.log), answers)


def _require_answer(server: Server, port: int, answers: Callable[[], bool]) -> None:
    """Servers that run were waited for by who started them, unless he was killed while they did."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise Unanswered(
                f"{server.title} runs and does not answer on port {port}: see {server.log}, or `make stop`."
            )
        time.sleep(0.05)
