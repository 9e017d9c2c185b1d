"""The timelock ladder: pure arithmetic in whole seconds.

The destination is claimed first, so the source must outlive it long enough for us to see the claim, believe it, and have
our own claim final:

    dst.expires + finality(dst) + watcher lag + inclusion(src) + finality(src) + clock skew <= src.expires

`expires` is the first instant at which a claim fails.
"""

from dataclasses import dataclass
from itertools import pairwise

from swaps.machine import Margins


class LadderError(ValueError):
    """Figures or times that would let one side lose."""


@dataclass(frozen=True)
class ChainFigures:
    """Measured worst cases of one chain, in seconds; see balancer/settings/chains.toml."""

    finality: int
    inclusion: int
    watcher_lag: int

    def __post_init__(self) -> None:
        for name in ("finality", "inclusion", "watcher_lag"):
            if getattr(self, name) < 0:
                raise LadderError(f"{name} must not be negative, and is {getattr(self, name)}")


@dataclass(frozen=True)
class Ladder:
    """The plan of one swap: offsets in seconds after the lock of that side was made.

    source_withdrawal < source_public_withdrawal < source_cancellation < source_public_cancellation, and the same for the
    destination, which has no public cancellation of its own (anyone may cancel it).
    """

    source_withdrawal: int
    source_public_withdrawal: int
    source_cancellation: int
    source_public_cancellation: int
    destination_withdrawal: int
    destination_public_withdrawal: int
    destination_cancellation: int
    margins: Margins

    def __post_init__(self) -> None:
        source = (
            self.source_withdrawal,
            self.source_public_withdrawal,
            self.source_cancellation,
            self.source_public_cancellation,
        )
        destination = (
            self.destination_withdrawal,
            self.destination_public_withdrawal,
            self.destination_cancellation,
        )
        for side, stages in (("source", source), ("destination", destination)):
            if stages[0] < 0 or any(a >= b for a, b in pairwise(stages)):
                raise LadderError(f"the {side}'s stages must rise, and are {stages}")


def margins(source: ChainFigures, destination: ChainFigures, *, clock_skew: int, reorg_allowance: int) -> Margins:
    """The three margins that `machine.decide` goes by. Source: the design's ladder, module docstring."""
    reveal = 3 * destination.inclusion + reorg_allowance
    tail = destination.finality + destination.watcher_lag + source.inclusion + source.finality + clock_skew
    needs = destination.inclusion + destination.finality + destination.watcher_lag + reveal
    return Margins(reveal=reveal, source_tail=tail, destination_needs=needs)


def plan(
    source: ChainFigures,
    destination: ChainFigures,
    *,
    destination_seconds: int,
    slack: int,
    public_stage: int,
    clock_skew: int,
    reorg_allowance: int,
) -> Ladder:
    """Offsets for one swap on this route.

    The source lasts as long as: our seeing it final, making the destination lock, the destination's whole life, the
    tail of the ladder, and `slack`. Raises `LadderError` when `destination_seconds` is too short for a safe reveal.
    """
    room = margins(source, destination, clock_skew=clock_skew, reorg_allowance=reorg_allowance)
    if destination_seconds <= room.destination_needs:
        raise LadderError(
            f"a destination lock of {destination_seconds} s is too short: this route needs more than "
            f"{room.destination_needs} s for inclusion, finality and a safe reveal"
        )
    before = source.finality + source.watcher_lag + destination.inclusion
    cancellation = before + destination_seconds + room.source_tail + slack
    return Ladder(
        source_withdrawal=1,
        source_public_withdrawal=max(2, cancellation - public_stage),
        source_cancellation=cancellation,
        source_public_cancellation=cancellation + public_stage,
        destination_withdrawal=1,
        destination_public_withdrawal=max(2, destination_seconds - public_stage, destination_seconds // 2),
        destination_cancellation=destination_seconds,
        margins=room,
    )


def latest_destination_expiry(source_expires_at: int, room: Margins) -> int:
    """The last moment at which a destination lock may expire, for a source that expires then."""
    return source_expires_at - room.source_tail
