"""The clock of a timed chain: a block every block time, empty ones too."""

import threading
import time
import traceback

from devnet.near.chain import Chain


class Ticker(threading.Thread):
    """Makes blocks while the chain has a block time and is not paused; follows changes of both at once."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(name="blocks", daemon=True)
        self._chain = chain
        self._stopping = False

    def stop(self) -> None:
        """Make no more blocks."""
        with self._chain.lock:
            self._stopping = True
            self._chain.pace_changed.notify_all()

    def run(self) -> None:
        """Blocks that the machine was too slow for are not made up for."""
        chain, due = self._chain, time.monotonic()
        with chain.lock:
            while not self._stopping:
                interval = None if chain.is_paused else chain.block_time
                if interval is None:
                    chain.pace_changed.wait()
                    due = time.monotonic()
                    continue
                due = max(due + interval, time.monotonic())
                if not self._wait_until(due):
                    due = time.monotonic()
                    continue
                self._produce()

    def _produce(self) -> None:
        """A bug of ours must be seen, but a chain that stands still would only look like a slow one."""
        try:
            self._chain.produce()
        except Exception:
            traceback.print_exc()

    def _wait_until(self, due: float) -> bool:
        """Whether the time came; False when the pace changed before."""
        left = due - time.monotonic()
        return left <= 0 or not self._chain.pace_changed.wait(left)
