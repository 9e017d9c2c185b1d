"""Breadth-first exploration: every world that any order of moves can lead to, each checked once; the shortest way to a fault."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from devnet.proofs.model import chains, people
from devnet.proofs.model.canonical import at_rest, canonical
from devnet.proofs.model.fair import Fairness
from devnet.proofs.model.invariants import decision_breaks
from devnet.proofs.model.promises import possible, promised, world_breaks
from devnet.proofs.model.service import decided, misread, outcome, viewed
from devnet.proofs.model.views import Answer, Decide, Judge, Sight, sight
from devnet.proofs.model.world import NUMBER, PENDING, STATUSES, STEPS, Arena, World, beginning
from swaps.statuses import Status

Parents = dict[World, tuple[World, str] | None]
REVEALING = NUMBER[Status.REVEALING_SECRET]
VIEWS = {
    (0, 0): "",
    (1, 0): ", a tick behind on the source,",
    (0, 1): ", a tick behind on the destination,",
    (1, 1): ", a tick behind on both chains,",
}
Edge = tuple[Status, Status]


@dataclass(frozen=True)
class Violation:
    """What is broken, and the shortest way there: (what happened, the world after it)."""

    broken: str
    story: tuple[tuple[str, World], ...]


@dataclass
class Result:
    """What one exploration found."""

    arena: Arena
    states: int = 0
    transitions: int = 0
    depth: int = 0
    seconds: float = 0.0
    whole: bool = True
    violation: Violation | None = None
    edges: set[Edge] = field(default_factory=set)


def moves(world: World, arena: Arena) -> Iterator[chains.Move]:
    """Everything that others may do now, except let time pass."""
    yield from chains.transactions(world, arena)
    yield from chains.payouts(world, arena)
    yield from people.calls(world, arena)
    yield from people.locks(world, arena)
    yield from chains.reorgs(world, arena)
    yield from chains.halts(world, arena)
    if not arena.lean:
        yield from people.claims(world, arena)
        yield from people.refunds(world, arena)


class Explorer:
    """One exploration of an arena with one machine."""

    def __init__(self, arena: Arena, decide: Decide, *, record: bool = False) -> None:
        self.arena = arena
        self.judge = Judge(arena, decide, traced=record)
        self.fairness = Fairness(self.judge)
        self.refusing = Fairness(self.judge, refusing=True)
        self.willing = Fairness(self.judge, willing=True)
        self.result = Result(arena)
        self.parents: Parents = {}
        self.record = record
        self.visited: list[tuple[World, Sight]] = []

    def run(self, *, max_depth: int | None = None, max_states: int | None = None) -> Result:
        """Explore from a session just made, until a violation, a limit, or the end."""
        began = time.monotonic()
        self.begin()
        if self.result.violation is None:
            self.search([beginning(self.arena)], max_depth=max_depth, max_states=max_states)
        self.result.seconds = time.monotonic() - began
        return self.result

    def begin(self) -> None:
        """Look at the two swaps that everybody wants: by the maker's own lock, and by an order of his."""
        start = beginning(self.arena)
        for order in (0, 1) if self.arena.source == "evm" else (0,):
            end = self.willing.end(start._replace(executed=order, order=order))
            if end is not Status.COMPLETED:
                self._violated(start, f"a swap that everybody wants completes; it ended as {end}")

    def search(self, starts: Iterable[World], *, max_depth: int | None = None, max_states: int | None = None) -> None:
        """Breadth first from these worlds, which are taken as reachable."""
        frontier: deque[World] = deque()
        for world in starts:
            if world not in self.parents:
                self.parents[world] = None
                frontier.append(world)
        depth = 0
        while frontier and self.result.violation is None:
            self.result.depth = depth
            if max_depth is not None and depth >= max_depth:
                self.result.whole = False
                break
            for _ in range(len(frontier)):
                self._visit(frontier.popleft(), frontier)
                if self.result.violation is not None:
                    break
                if max_states is not None and len(self.parents) > max_states:
                    self.result.whole = False
                    frontier.clear()
                    break
            depth += 1
        self.result.states = len(self.parents)

    def _visit(self, world: World, frontier: deque[World]) -> None:
        broken = world_breaks(world, self.arena) or self._unfair(world)
        if broken:
            self._violated(world, broken)
            return
        if at_rest(world):
            return
        reached = list(moves(world, self.arena))
        owing = False
        for view in self.arena.views:
            owing = self._decide(world, view, reached)
            if self.result.violation is not None:
                return
        reached.append(("time passes", chains.ticked(world, idle=not owing, inclusion=self.arena.inclusion)))
        self.result.transitions += len(reached)
        for label, world_after in reached:
            new = canonical(world_after, self.arena)
            if new not in self.parents:
                self.parents[new] = (world, label)
                frontier.append(new)

    def _decide(self, world: World, view: tuple[int, int], reached: list[chains.Move]) -> bool:
        """Our service looks, with this view of the chains. Returns whether it owes a decision about a claim."""
        taken, answer = decided(viewed(world, view), self.judge)
        if self.record:
            self.visited.append((world, sight(taken, self.arena)))
        broken = decision_breaks(taken, answer, self.arena)
        if broken:
            self._violated(world, broken, _told(answer, view))
            return False
        after = canonical(outcome(taken, answer, self.arena), self.arena)
        if answer.verify:
            told = _told(answer, view)
            reached += [(f"{told}; {what}", found) for what, found in misread(taken, answer, self.arena)]
        if after == world:
            return False
        if answer.status != world.status:
            self.result.edges.add((STATUSES[world.status], STATUSES[answer.status]))
        reached.append((_told(answer, view), after))
        return answer.status == REVEALING

    def _unfair(self, world: World) -> str:
        end = self.fairness.end(world)
        if end is None:
            return "left alone by adversaries, every swap comes to an end with nothing locked"
        if PENDING in world.intents and not world.spent and self.refusing.end(world) is None:
            return "a lock that no node takes does not keep a swap from its end"
        if possible(world, self.arena) and self.willing.end(world) is not Status.COMPLETED:
            return "a swap that its maker wants completes while there is time"
        if end is not Status.COMPLETED and promised(world, self.arena):
            return f"a swap whose secret is out in time completes; it ended as {end}"
        return ""

    def _violated(self, world: World, broken: str, last: str = "") -> None:
        story: list[tuple[str, World]] = [(last, world)] if last else []
        at: World | None = world
        while at is not None:
            parent = self.parents.get(at)
            story.append((parent[1] if parent else "a session is made", at))
            at = parent[0] if parent else None
        self.result.violation = Violation(broken, tuple(reversed(story)))


def _told(answer: Answer, view: tuple[int, int]) -> str:
    steps = ", ".join(STEPS[index] for index in answer.steps)
    return (
        f"our service{VIEWS[view]} decides: {STATUSES[answer.status]}"
        + (f", and orders {steps}" if steps else "")
        + (", and re-reads both locks" if answer.verify else "")
    )
