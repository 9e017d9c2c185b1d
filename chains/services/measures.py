"""Taking samples of how quick a chain is, as its watcher reads it at the tip."""

import time
from dataclasses import dataclass, field

from chains.events import NANOSECONDS
from chains.measures import kept
from chains.models import Chain

MILLISECOND = NANOSECONDS // 1000
AT_THE_TIP = 2  # blocks behind the head at most: a watcher that catches up measures only itself
AHEAD = NANOSECONDS  # a chain whose time is so far ahead of our clock cannot be timed by it
WRITE_EVERY = 5.0  # seconds


@dataclass
class Sampler:
    """One watcher's memory of what it sampled last; the samples themselves are kept in the chain's row."""

    seen_height: int | None = None
    seen_time_ns: int = 0
    final_height: int | None = None
    final_time_ns: int = 0
    lag_ms: int = 0
    written_at: float = 0.0
    samples: dict[str, list[int]] = field(default_factory=dict)

    def note(self, chain: Chain, now_ns: int | None = None) -> None:
        """Look at the row after a poll; every few seconds the samples are stored."""
        now = time.time_ns() if now_ns is None else now_ns
        if not self.samples:
            self.samples = {kind: list(values) for kind, values in chain.measured.items()}
        comparable = (chain.lag_blocks or 0) <= AT_THE_TIP and chain.seen_time_ns <= now + AHEAD
        if comparable:
            self._sample(chain, now)
        self.seen_height, self.seen_time_ns = chain.seen_height, chain.seen_time_ns
        self.final_height, self.final_time_ns = chain.final_height, chain.final_time_ns
        if time.monotonic() - self.written_at >= WRITE_EVERY:
            self.written_at = time.monotonic()
            Chain.objects.filter(pk=chain.pk).update(measured=self.samples)

    def _sample(self, chain: Chain, now: int) -> None:
        if self.seen_height is None or chain.seen_height is None:
            return
        grown = chain.seen_height - self.seen_height
        if grown > 0:
            self.lag_ms = (now - chain.seen_time_ns) // MILLISECOND
            self._add("lag", self.lag_ms)
            self._add("block", (chain.seen_time_ns - self.seen_time_ns) // MILLISECOND // grown)
        if chain.final_height != self.final_height and self.final_height is not None:
            # of all blocks that have become final now, the oldest waited longest: it came after the final one before
            self._add("finality", (now - self.final_time_ns) // MILLISECOND - self.lag_ms)

    def _add(self, kind: str, milliseconds: int) -> None:
        self.samples[kind] = kept(self.samples.get(kind, []), milliseconds)
