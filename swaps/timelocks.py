"""The timelock ladder: pure arithmetic in whole seconds.

The leg that is claimed second must outlive the first long enough for us to see the first claim, believe it, and have the
second one final:

    first.expires + finality(first) + watcher lag + inclusion(second) + finality(second) + clock skew <= second.expires

`expires` is the first instant at which a claim fails. In the default order the destination is first, the source second.
"""

from dataclasses import dataclass
from itertools import pairwise

from swaps.evidence import ClaimOrder, Facts, Margins, Presence

UNBOUNDED = 2**32 - 1  # the last second that an EVM escrow's timelocks can tell


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


def margins(
    source: ChainFigures,
    destination: ChainFigures,
    *,
    clock_skew: int,
    reorg_allowance: int,
    claims: ClaimOrder = ClaimOrder.DESTINATION_FIRST,
) -> Margins:
    """The three margins that `machine.decide` goes by. Source: the design's ladder, module docstring."""
    first, second = (destination, source) if claims is ClaimOrder.DESTINATION_FIRST else (source, destination)
    reveal = 3 * first.inclusion + reorg_allowance
    tail = first.finality + first.watcher_lag + second.inclusion + second.finality + clock_skew
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
    claims: ClaimOrder = ClaimOrder.DESTINATION_FIRST,
) -> Ladder:
    """Offsets for one swap on this route; `destination_seconds` is how long the first claim can be made once our lock is.

    The source lasts as long as: our seeing it final, making the destination lock, those seconds, the tail of the ladder,
    and `slack`. With the source claimed first it needs no tail, and the destination lasts for the source's whole life and
    the tail. Raises `LadderError` when `destination_seconds` is too short for a safe reveal.
    """
    room = margins(source, destination, clock_skew=clock_skew, reorg_allowance=reorg_allowance, claims=claims)
    if destination_seconds <= room.destination_needs:
        raise LadderError(
            f"a destination lock of {destination_seconds} s is too short: this route needs more than "
            f"{room.destination_needs} s for inclusion, finality and a safe reveal"
        )
    source_life = seconds_to_answer(source, destination) + destination_seconds + slack
    destination_life = destination_seconds
    if claims is ClaimOrder.DESTINATION_FIRST:
        source_life += room.tail
    else:
        destination_life = source_life + room.tail
    return Ladder(
        source_withdrawal=1,
        source_public_withdrawal=max(2, source_life - public_stage),
        source_cancellation=source_life,
        source_public_cancellation=source_life + public_stage,
        destination_withdrawal=1,
        destination_public_withdrawal=max(2, destination_life - public_stage, destination_life // 2),
        destination_cancellation=destination_life,
        margins=room,
    )


def seconds_to_answer(source: ChainFigures, destination: ChainFigures) -> int:
    """The longest from the source lock's inclusion until our answer to it is included."""
    return source.finality + source.watcher_lag + destination.inclusion


def latest_destination_expiry(
    source_expires_at: int, room: Margins, claims: ClaimOrder = ClaimOrder.DESTINATION_FIRST
) -> int:
    """The last moment at which a destination lock may expire, for a source that expires then.

    With the source claimed first there is none: the longer it lasts, the safer its maker is.
    """
    return source_expires_at - room.tail if claims is ClaimOrder.DESTINATION_FIRST else UNBOUNDED


# The ladder as a list of inequalities, and how much of it is left


@dataclass(frozen=True)
class Inequality:
    """`left <= right`, in seconds; `name` says what hangs on it."""

    name: str
    left: int
    right: int

    @property
    def slack(self) -> int:
        return self.right - self.left

    @property
    def holds(self) -> bool:
        return self.slack >= 0


def inequalities(
    source: ChainFigures,
    destination: ChainFigures,
    ladder: Ladder,
    *,
    clock_skew: int,
    reorg_allowance: int,
    claims: ClaimOrder = ClaimOrder.DESTINATION_FIRST,
) -> tuple[Inequality, ...]:
    """Everything that a plan must fulfil for chains with these figures: at start-up, and again at `execute`, since a plan
    is kept while figures may change. The worst case of every figure is assumed."""
    room = margins(source, destination, clock_skew=clock_skew, reorg_allowance=reorg_allowance, claims=claims)
    answered = seconds_to_answer(source, destination)
    source_ends, destination_ends = ladder.source_cancellation, ladder.destination_cancellation
    if claims is ClaimOrder.DESTINATION_FIRST:
        first_lasts, first_opens = destination_ends, ladder.destination_withdrawal
        outlives = Inequality(
            "the source outlives the destination", answered + destination_ends + room.tail, source_ends
        )
    else:
        first_lasts, first_opens = source_ends - answered, ladder.source_withdrawal
        outlives = Inequality("the destination outlives the source", source_ends + room.tail, destination_ends)
    public = ladder.destination_public_withdrawal + destination.inclusion
    return (
        outlives,
        Inequality("the destination lock is final in time for a reveal", room.destination_needs + 1, first_lasts),
        Inequality("the first claim opens in time for a reveal", first_opens + room.reveal + 1, first_lasts),
        Inequality("the maker can claim by himself", public, destination_ends),
        Inequality("the plan keeps today's reveal margin", room.reveal, ladder.margins.reveal),
        Inequality("the plan keeps today's tail", room.tail, ladder.margins.tail),
        Inequality("the plan keeps today's time for the destination lock", room.destination_needs, _needs(ladder)),
    )


def _needs(ladder: Ladder) -> int:
    return ladder.margins.destination_needs


def require(found: tuple[Inequality, ...]) -> None:
    """Raise `LadderError`, naming every inequality that does not hold."""
    broken = [f"{item.name}: {item.left} s must not be more than {item.right} s" for item in found if not item.holds]
    if broken:
        raise LadderError("; ".join(broken))


def reveal_inequalities(facts: Facts) -> tuple[Inequality, ...]:
    """What the locks as they stand must fulfil before the secret leaves. Empty until both stand."""
    if not (facts.source.lock and facts.destination.lock):
        return ()
    first, second, now = facts.source, facts.destination, facts.source_now
    if facts.claims is ClaimOrder.DESTINATION_FIRST:
        first, second, now = facts.destination, facts.source, facts.destination_now
    return (
        Inequality("time is left for the first claim", now.latest + facts.margins.reveal + 1, first.expires_at),
        Inequality("the second lock outlives the first", first.expires_at + facts.margins.tail, second.expires_at),
    )


@dataclass(frozen=True)
class MarginLeft:
    """Seconds until each gate closes, negative once it has; None while it does not apply: nothing is locked to tell it
    by, or it was passed."""

    destination_lock: int | None
    reveal: int | None
    destination_claim: int | None
    source_claim: int | None


def margin_left(facts: Facts) -> MarginLeft:
    """How long a swap has: to make the destination lock, to reveal, and to claim each leg before it expires."""
    gates = {item.name: item.slack for item in reveal_inequalities(facts)}
    return MarginLeft(
        destination_lock=_left_to_lock(facts),
        reveal=None if facts.revealed or not gates else gates["time is left for the first claim"],
        destination_claim=_left_to_claim(facts, "destination"),
        source_claim=_left_to_claim(facts, "source"),
    )


def _left_to_lock(facts: Facts) -> int | None:
    if not facts.source.lock or facts.destination.lock:
        return None
    tail = facts.margins.tail if facts.claims is ClaimOrder.DESTINATION_FIRST else 0
    latest = max(facts.source_now.latest, facts.destination_now.latest)
    return facts.source.expires_at - tail - facts.margins.destination_needs - latest


def _left_to_claim(facts: Facts, side: str) -> int | None:
    leg, now = (facts.source, facts.source_now) if side == "source" else (facts.destination, facts.destination_now)
    settled = Presence.FINAL in (leg.claim, leg.refund)
    return None if settled or not leg.lock else leg.expires_at - now.latest
