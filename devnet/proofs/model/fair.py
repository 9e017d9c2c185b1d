"""What becomes of a world when the adversary rests: everything is read, decided, sent, included and paid, and time passes."""

from devnet.proofs.model.canonical import canonical
from devnet.proofs.model.chains import landed, lock_of, ticked, with_lock
from devnet.proofs.model.people import cooperative
from devnet.proofs.model.service import advanced
from devnet.proofs.model.truth import stands
from devnet.proofs.model.views import Judge
from devnet.proofs.model.world import (
    CLAIMED,
    LANDED,
    OLD_OUT,
    OUT,
    PAID,
    PENDING,
    REFUNDED,
    STATUSES,
    STEPS,
    UNPAID,
    World,
    intent,
    with_intent,
)
from swaps.statuses import TERMINAL, Status

MAX_MOVES = 400  # more than the longest fair way of any arena


def fair_move(world: World, judge: Judge, *, refusing: bool = False) -> World:
    """The one move that is due: catch up, decide, send, include, pay, and only then let time pass.

    After a transaction that its contract refuses time passes at once: it is tried again after a pause, as ours are. With
    `refusing` no node takes a lock of ours, so that nothing is ever signed for it.
    """
    if world.source_halted or world.destination_halted:
        return world._replace(source_halted=0, destination_halted=0)
    after = advanced(world, judge)
    if after is not None:
        return after
    for step, state in zip(STEPS, world.intents, strict=True):
        if state == PENDING and not refusing:
            return world._replace(intents=with_intent(world, step, OUT))
        if state in (OUT, OLD_OUT):
            after = landed(world, step, judge.arena)
            failed = intent(after, step) != LANDED
            return ticked(after, idle=True, inclusion=judge.arena.inclusion) if failed else after
    for side in ("source", "destination"):
        lock = lock_of(world, side)
        if lock.phase in (CLAIMED, REFUNDED) and lock.paid == UNPAID:
            return with_lock(world, side, lock._replace(paid=PAID))
    return ticked(world, idle=True, inclusion=judge.arena.inclusion)


class Fairness:
    """Where fair ways lead, remembered: many worlds share the rest of their way."""

    def __init__(self, judge: Judge, *, willing: bool = False, refusing: bool = False) -> None:
        self.judge, self.willing, self.refusing = judge, willing, refusing
        self.ends: dict[World, Status | None] = {}

    def end(self, world: World) -> Status | None:
        """The status in which the fair way from here ends with nothing locked; None when it never does."""
        way: list[World] = []
        end: Status | None = None
        for _ in range(MAX_MOVES):
            if world in self.ends:
                end = self.ends[world]
                break
            way.append(world)
            self.ends[world] = None  # a way that comes back here goes round for ever
            status = STATUSES[world.status]
            if status in TERMINAL and not stands(world):
                end = status
                break
            world = self._next(world)
        for passed in way:
            self.ends[passed] = end
        return end

    def _next(self, world: World) -> World:
        arena = self.judge.arena
        if self.willing:
            world = canonical(cooperative(world, arena), arena)
        return canonical(fair_move(world, self.judge, refusing=self.refusing), arena)
