"""Many tasks that want a row each, at about the same time: one query for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batches(Generic[K, V]):
    """Answers `get(key)` by `read(keys)`, one batch at a time. Everybody who asks for a key before its batch is read gets
    the same answer; whoever asks later is read for anew, so that no answer is older than its question."""

    def __init__(self, read: Callable[[list[K]], Awaitable[dict[K, V]]], *, size: int) -> None:
        self._read, self._size = read, size
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V:
        """The answer for one key. Raises what `read` raised for its batch, `KeyError` when it left the key out."""
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="push-batches")
        return await asyncio.shield(future)

    async def _work(self) -> None:
        while self._waiting:
            taken = {key: self._waiting.pop(key) for key in list(self._waiting)[: self._size]}
            try:
                found = await self._read(list(taken))
            except Exception as error:
                for future in taken.values():
                    self._fail(future, error)
            else:
                for key, future in taken.items():
                    self._answer(future, found, key)

    def _answer(self, future: "asyncio.Future[V]", found: dict[K, V], key: K) -> None:
        if key not in found:
            self._fail(future, KeyError(key))
        elif not future.done():
            future.set_result(found[key])

    @staticmethod
    def _fail(future: "asyncio.Future[V]", error: Exception) -> None:
        if not future.done():
            future.set_exception(error)
            future.exception()  # nobody may be left who waits for it
