"""The state: what every account, key, contract and record is, and was for the last blocks.

Values are never changed in place. Each key holds its versions by the ordinal of the block that wrote them, so that a reader
at a published block needs no lock. Heights would not do: they may be skipped by the thousand.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from devnet.near.accounts import AccessKey, Account


class Key(NamedTuple):
    """`kind` is one of the four below; `item` is a public key's text, a record's key, or nothing."""

    kind: str
    account_id: str
    item: Any = None


ACCOUNT, ACCESS_KEY, CODE, DATA = "account", "access_key", "code", "data"


class Reader(Protocol):
    """Something that state can be read from."""

    def get(self, key: Key) -> Any: ...

    def items(self, kind: str, account_id: str) -> Iterator[tuple[Any, Any]]: ...


class StateStore:
    """All versions of all keys that are young enough."""

    def __init__(self, history: int) -> None:
        self._history = history
        self._versions: dict[Key, list[tuple[int, Any]]] = {}
        self._items: dict[tuple[str, str], dict[Any, None]] = {}
        self._written: deque[tuple[int, list[Key]]] = deque()

    def get(self, key: Key, ordinal: int) -> Any:
        """The value of a key after the block with this ordinal, or None."""
        for since, value in reversed(self._versions.get(key, ())):
            if since <= ordinal:
                return value
        return None

    def items(self, kind: str, account_id: str, ordinal: int) -> Iterator[tuple[Any, Any]]:
        """Items and values of one kind of an account, in no order."""
        for item in list(self._items.get((kind, account_id), ())):
            value = self.get(Key(kind, account_id, item), ordinal)
            if value is not None:
                yield item, value

    def commit(self, ordinal: int, writes: Mapping[Key, Any]) -> None:
        """Store what a block wrote (None deletes), and forget versions that only blocks beyond the history need."""
        for key, value in writes.items():
            versions = self._versions.get(key)
            if versions is None:
                self._versions[key] = [(ordinal, value)]
                self._items.setdefault((key.kind, key.account_id), {})[key.item] = None
            else:
                versions.append((ordinal, value))
        if writes:
            self._written.append((ordinal, list(writes)))
        self._forget(ordinal - self._history)

    def _forget(self, horizon: int) -> None:
        while self._written and self._written[0][0] <= horizon:
            for key in self._written.popleft()[1]:
                self._forget_versions(key, horizon)

    def _forget_versions(self, key: Key, horizon: int) -> None:
        versions = self._versions.get(key)
        if versions is None:
            return
        first = max((i for i, (since, _) in enumerate(versions) if since <= horizon), default=0)
        kept = versions[first:]
        if len(kept) == 1 and kept[0][1] is None:
            del self._versions[key]
            del self._items[key.kind, key.account_id][key.item]
        elif first:
            self._versions[key] = kept


class StateView:
    """The state after one block."""

    def __init__(self, store: StateStore, ordinal: int) -> None:
        self._store = store
        self._height = ordinal

    def get(self, key: Key) -> Any:
        return self._store.get(key, self._height)

    def items(self, kind: str, account_id: str) -> Iterator[tuple[Any, Any]]:
        return self._store.items(kind, account_id, self._height)


class Overlay:
    """Writes on top of other state, to be kept as a whole or dropped."""

    def __init__(self, below: Reader) -> None:
        self._below = below
        self.writes: dict[Key, Any] = {}

    def get(self, key: Key) -> Any:
        if key in self.writes:
            return self.writes[key]
        return self._below.get(key)

    def set(self, key: Key, value: Any) -> None:
        """Write a value; None deletes."""
        self.writes[key] = value

    def items(self, kind: str, account_id: str) -> Iterator[tuple[Any, Any]]:
        mine = {k.item: v for k, v in self.writes.items() if k.kind == kind and k.account_id == account_id}
        for item, value in self._below.items(kind, account_id):
            if item not in mine:
                yield item, value
        yield from ((item, value) for item, value in mine.items() if value is not None)

    def account(self, account_id: str) -> Account | None:
        return read_account(self, account_id)

    def access_key(self, account_id: str, public_key: str) -> AccessKey | None:
        return read_access_key(self, account_id, public_key)


def read_account(state: Reader, account_id: str) -> Account | None:
    """An account, or None."""
    value: Account | None = state.get(Key(ACCOUNT, account_id))
    return value


def read_access_key(state: Reader, account_id: str, public_key: str) -> AccessKey | None:
    """A key of an account, or None."""
    value: AccessKey | None = state.get(Key(ACCESS_KEY, account_id, public_key))
    return value


def read_code(state: Reader, account_id: str) -> bytes:
    """The contract's code, empty when there is none."""
    return state.get(Key(CODE, account_id)) or b""
