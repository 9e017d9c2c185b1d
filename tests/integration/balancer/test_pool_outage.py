"""A server that was away for long is found again at once, and one that takes connections and says nothing keeps nobody for minutes."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from psycopg_pool import PoolTimeout

from balancer.database.pool import WatchfulPool
from balancer.settings import services

PATIENCE = "1"


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of a service that is told to wait a second for its database."""
    monkeypatch.setenv("DATABASE_POOL_TIMEOUT", PATIENCE)
    made: dict[str, Any] = services.database()["OPTIONS"]
    return made


class Door:
    """A port before the real server: shut, or open, and silent to those who come."""

    def __init__(self, port: int) -> None:
        self.behind = port
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.is_silent = False
        self.listener: socket.socket | None = None
        self.taken: list[socket.socket] = []

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self.listener,), daemon=True).start()

    def shut(self) -> None:
        for one in (self.listener, *self.taken):
            if one is not None:
                _end(one)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                came, _ = listener.accept()
            except OSError:
                return
            self.taken.append(came)
            if not self.is_silent:
                there = socket.create_connection(("127.0.0.1", self.behind))
                self.taken.append(there)
                for one, other in ((came, there), (there, came)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    try:
        while said := one.recv(65536):
            other.sendall(said)
    except OSError:
        pass  # shut
    finally:
        _end(other)


def _end(one: socket.socket) -> None:
    """Its thread wakes up, and who is at the other end hears of it."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@pytest.fixture
def door(transactional_db: None) -> Iterator[Door]:
    made = Door(int(connection.get_connection_params()["port"]))
    yield made
    made.shut()


@pytest.fixture
def pool(door: Door, options: dict[str, Any]) -> Iterator[WatchfulPool]:
    """A service's pool, before the door."""
    parameters = {**connection.get_connection_params(), "autocommit": True, "port": door.port}
    parameters["connect_timeout"] = options["connect_timeout"]
    made = WatchfulPool(kwargs=parameters, open=False, **options["pool"])
    yield made
    made.close()


def asked(pool: WatchfulPool) -> float:
    """The seconds until a connection answers."""
    began = time.monotonic()
    with pool.connection() as lent:
        assert lent.execute("SELECT 1").fetchone() == (1,)
    return time.monotonic() - began


def test_a_server_that_is_back_after_long_is_found_by_the_next_who_asks(door: Door, pool: WatchfulPool) -> None:
    """psycopg_pool's own attempts are further and further apart: at 0, 1, 3, 7 s."""
    pool.open()
    for _ in range(4):
        with pytest.raises(PoolTimeout):
            asked(pool)
    door.open()
    assert asked(pool) < 1


def test_one_silent_connection_does_not_keep_the_others_waiting(door: Door, pool: WatchfulPool) -> None:
    door.is_silent = True
    door.open()
    pool.open()
    with pytest.raises(PoolTimeout):
        asked(pool)
    door.is_silent = False
    began = time.monotonic()
    while True:
        try:
            asked(pool)
            break
        except PoolTimeout:
            assert time.monotonic() - began < 10


def test_what_is_configured_is_what_the_service_runs_with(options: dict[str, Any]) -> None:
    assert (options["pool"]["timeout"], options["pool"]["reconnect_timeout"], options["connect_timeout"]) == (1, 1, 2)
    assert settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] == 5
