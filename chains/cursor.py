"""Where a watcher reads next: pure arithmetic over heights and hashes."""

from collections.abc import Callable
from dataclasses import dataclass

MIN_SPAN, MAX_SPAN = 1, 5_000
NEAR_TIP = 64  # blocks behind the head within which each block is read by its hash


@dataclass(frozen=True)
class Span:
    """Heights `first` to `last`, both included."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


def next_span(seen: int, head: int, span: int) -> Span | None:
    """The next heights to read by range, ending before the tip; None when the tip is near enough to read block by block."""
    last = min(seen + span, head - NEAR_TIP)
    return Span(seen + 1, last) if last > seen else None


def shrink(span: int) -> int:
    """After an answer that was too large or too slow."""
    return max(MIN_SPAN, span // 2)


def grow(span: int) -> int:
    """After a quick answer."""
    return min(MAX_SPAN, span * 2)


def common_ancestor(height: int, lowest: int, stands: Callable[[int], bool]) -> int | None:
    """The highest height at or below `height` that still `stands` on the node's chain; None if none down to `lowest`."""
    while height >= lowest:
        if stands(height):
            return height
        height -= 1
    return None
