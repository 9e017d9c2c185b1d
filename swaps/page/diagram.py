"""The state diagram as an SVG's parts: every status and every move of the table, and the way that this swap took."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from swaps.models import SessionTransition
from swaps.page.words import plain
from swaps.statuses import TERMINAL, TRANSITIONS, Status

Mark = Literal["now", "passed", "possible", "other"]
_S = Status
WIDTH, HEIGHT = 420, 520
BOX_WIDTH, BOX_HEIGHT = 138, 34
# Where each status stands: the way that goes well on the left, from top to bottom; the ways out on the right.
PLACES: dict[Status, tuple[int, int]] = {
    _S.INITIALIZED: (112, 26),
    _S.EXECUTING: (112, 93),
    _S.SOURCE_LOCKING: (112, 160),
    _S.SOURCE_LOCKED: (112, 227),
    _S.DESTINATION_LOCKING: (112, 294),
    _S.BOTH_LOCKED: (112, 361),
    _S.REVEALING_SECRET: (112, 428),
    _S.COMPLETED: (112, 494),
    _S.CANCELLED: (316, 93),
    _S.CANCELLING: (316, 193),
    _S.TIMEOUT: (316, 260),
    _S.REFUNDING: (316, 347),
    _S.FAILED: (316, 428),
    _S.REFUNDED: (316, 494),
}


@dataclass(frozen=True)
class Node:
    """A status; `x` and `y` are the middle of its box."""

    status: str
    x: int
    y: int
    mark: Mark
    ends: bool

    @property
    def label(self) -> str:
        return plain(self.status)

    @property
    def left(self) -> int:
        return self.x - BOX_WIDTH // 2

    @property
    def top(self) -> int:
        return self.y - BOX_HEIGHT // 2


@dataclass(frozen=True)
class Edge:
    """A move; `path` is SVG path data. `taken` counts how often this swap made it."""

    old: str
    new: str
    cause: str
    path: str
    taken: int
    possible: bool


@dataclass(frozen=True)
class Diagram:
    """`way` are the statuses in the order in which they were reached, `ahead` the moves that there are from here."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    way: tuple[str, ...]
    ahead: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The same for whoever cannot see it."""
        went = ", then ".join(plain(one) for one in self.way)
        ahead = "; ".join(f"{plain(status)} ({cause})" for status, cause in self.ahead) or "nowhere: this is an end"
        return f"The swap went through {went}. It is {plain(self.way[-1])} now. From here it can go to: {ahead}."


def diagram(status: Status, transitions: Iterable[SessionTransition]) -> Diagram:
    """The whole table with this swap's way through it."""
    moves = [(one.from_status, one.to_status) for one in transitions if one.from_status != one.to_status]
    way = _way(moves, status)
    ahead = dict(TRANSITIONS[status])
    edges = [
        Edge(old, new, cause, _path(old, new), moves.count((old.value, new.value)), old is status)
        for old, targets in TRANSITIONS.items()
        for new, cause in targets.items()
    ]
    edges.sort(key=lambda edge: (edge.taken > 0, edge.possible))  # what matters is drawn last, on top
    nodes = [
        Node(one, x, y, _mark(one, status, set(way), set(ahead)), one in TERMINAL) for one, (x, y) in PLACES.items()
    ]
    return Diagram(tuple(nodes), tuple(edges), way, tuple((str(new), cause) for new, cause in ahead.items()))


def _way(moves: list[tuple[str, str]], status: Status) -> tuple[str, ...]:
    """A list that was cut at its beginning begins where it was cut."""
    return (moves[0][0], *(new for _, new in moves)) if moves else (str(status),)


def _mark(one: Status, status: Status, passed: set[str], ahead: set[Status]) -> Mark:
    if one is status:
        return "now"
    if one in passed:
        return "passed"
    return "possible" if one in ahead else "other"


def _path(old: Status, new: Status) -> str:
    """Down its own column straight where they are neighbours, else around it; across by an S."""
    (x1, y1), (x2, y2) = PLACES[old], PLACES[new]
    half_w, half_h = BOX_WIDTH // 2, BOX_HEIGHT // 2
    if x1 != x2:
        side = 1 if x2 > x1 else -1
        start, end = x1 + side * half_w, x2 - side * half_w
        lift = 7 * side  # there and back are two lines
        bend = (end - start) // 2
        return f"M{start} {y1 - lift}C{start + bend} {y1 - lift} {end - bend} {y2 - lift} {end} {y2 - lift}"
    if _neighbours(old, new):
        return f"M{x1} {y1 + half_h}L{x2} {y2 - half_h}"
    side = -1 if x1 < WIDTH // 2 else 1
    edge = x1 + side * half_w
    out = edge + side * min(42, 16 + abs(y2 - y1) // 8)
    shift = 6 if y2 > y1 else -6
    return f"M{edge} {y1 + shift}C{out} {y1 + shift} {out} {y2 - shift} {edge} {y2 - shift}"


def _neighbours(old: Status, new: Status) -> bool:
    column = sorted((place[1], one) for one, place in PLACES.items() if place[0] == PLACES[old][0])
    names = [one for _, one in column]
    return names.index(new) - names.index(old) == 1
