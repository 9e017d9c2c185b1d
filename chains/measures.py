"""How quick a chain really is, from samples: what the timelock ladder was configured from, measured. Pure.

Samples are milliseconds, newest last. A median tells what is usual and moves the gates; the 95th percentile is what alarms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

KEEP = 100  # samples of each kind
ENOUGH = 10  # below so many, a figure is not known yet
KINDS = ("block", "lag", "finality", "inclusion")

Samples = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Figure:
    """Seconds; None while there are too few samples."""

    median: float | None = None
    p95: float | None = None


@dataclass(frozen=True)
class Measured:
    """One chain: between blocks; from a block's time until we have read it; from then until it is final; from sending a
    transaction until the time of its block."""

    block: Figure = Figure()
    lag: Figure = Figure()
    finality: Figure = Figure()
    inclusion: Figure = Figure()


def measured(samples: Samples) -> Measured:
    """The figures that these samples give."""
    return Measured(**{kind: _figure(samples.get(kind, ())) for kind in KINDS})


def kept(old: Sequence[int], sample: int) -> list[int]:
    """The newest `KEEP` samples with one more; a negative one (two clocks disagree) counts as nothing."""
    return [*old, max(0, sample)][-KEEP:]


def _figure(samples: Sequence[int]) -> Figure:
    if len(samples) < ENOUGH:
        return Figure()
    ordered = sorted(samples)
    return Figure(median=median(ordered) / 1000, p95=ordered[ceil(0.95 * len(ordered)) - 1] / 1000)
