"""What a process remembers of keys, and for how long."""

from typing import Any

import pytest

from access.key_cache import KeyCache


class Table:
    """Rows that can change, a clock that can be set, and a count of the reads."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {"a": "first"}
        self.reads = 0
        self.now = 100.0
        self.while_reading: Any = None

    def load(self, prefix: str) -> Any:
        self.reads += 1
        row = self.rows.get(prefix)
        if self.while_reading:
            self.while_reading()
        return row


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def cache(table: Table) -> KeyCache:
    return KeyCache(table.load, life=10, clock=lambda: table.now)


def test_a_row_is_read_once_while_it_lives(table: Table, cache: KeyCache) -> None:
    assert [cache.get("a"), cache.get("a")] == ["first", "first"]
    assert table.reads == 1


def test_a_row_is_read_anew_after_its_life(table: Table, cache: KeyCache) -> None:
    cache.get("a")
    table.rows["a"] = "second"
    table.now += 9.9
    assert cache.get("a") == "first"
    table.now += 0.1
    assert cache.get("a") == "second"


def test_a_forgotten_row_is_read_anew_at_once(table: Table, cache: KeyCache) -> None:
    cache.get("a")
    table.rows["a"] = "revoked"
    cache.forget("a")
    assert cache.get("a") == "revoked"


def test_guessed_prefixes_are_not_remembered(table: Table, cache: KeyCache) -> None:
    for guess in range(50):
        assert cache.get(str(guess)) is None
    assert not cache._rows


def test_a_row_that_is_gone_is_not_remembered(table: Table, cache: KeyCache) -> None:
    cache.get("a")
    del table.rows["a"]
    table.now += 10
    assert cache.get("a") is None
    assert not cache._rows


def test_a_revocation_that_passes_while_the_row_is_read_is_not_overwritten(table: Table, cache: KeyCache) -> None:
    table.while_reading = lambda: cache.forget("a")
    assert cache.get("a") == "first"
    table.while_reading = None
    table.rows["a"] = "revoked"
    assert cache.get("a") == "revoked"
