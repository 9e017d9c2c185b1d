"""What two chains may do to a swap, at the will of an adversary: include, refuse, drop, delay and undo."""

from collections.abc import Iterator

from devnet.proofs.model.world import (
    CAN_LAND,
    CLAIMED,
    FINAL,
    INDEX,
    LANDED,
    NONE,
    NOTHING,
    OLD,
    OLD_OUT,
    OUT,
    PAID,
    PAY_FAILED,
    PENDING,
    REFUNDED,
    REVERTED,
    STANDING,
    STATUSES,
    STEPS,
    UNBOUND,
    UNBOUNDED,
    UNPAID,
    Arena,
    Lock,
    World,
    with_intent,
)
from swaps.evidence import Step
from swaps.statuses import TERMINAL

Move = tuple[str, World]
CLAIMS = (Step.DESTINATION_CLAIM, Step.SOURCE_CLAIM)
CLAIM_SLICE = slice(INDEX[Step.DESTINATION_CLAIM], INDEX[Step.SOURCE_CLAIM] + 1)
AGED = bytes.maketrans(bytes((OUT,)), bytes((OLD_OUT,)))
YOUNG = bytes.maketrans(bytes((OLD_OUT,)), bytes((OUT,)))
SETTLING = (*CLAIMS, Step.DESTINATION_REFUND, Step.SOURCE_REFUND)
LOCKS = (Step.SOURCE_LOCK, Step.DESTINATION_LOCK)


def side_of(step: Step) -> str:
    """The leg that a step works on."""
    return step.value.split("_")[0]


def lock_of(world: World, side: str) -> Lock:
    return world.source if side == "source" else world.destination


def with_lock(world: World, side: str, lock: Lock) -> World:
    return world._replace(source=lock) if side == "source" else world._replace(destination=lock)


# What the contracts allow, by their own clock


def may_claim(lock: Lock, opens: int) -> bool:
    return lock.phase == STANDING and lock.left > 0 and lock.age >= opens


def may_refund(lock: Lock) -> bool:
    return lock.phase == STANDING and lock.left <= 0


def settled(lock: Lock, phase: int, arena: Arena, side: str) -> Lock:
    """A lock just claimed or refunded. An EVM escrow pays in the same transaction; on NEAR the payment follows."""
    return lock._replace(phase=phase, settled=arena.born(side), paid=PAID if arena.family(side) == "evm" else UNPAID)


# Our own transactions


def landed(world: World, step: Step, arena: Arena) -> World:
    """The world after this step's transaction was included: with its effect, or reverted where the contract refuses."""
    after = _effect(world, step, arena)
    if after is None:
        return refused(world, step)
    return after._replace(intents=with_intent(after, step, LANDED))


def refused(world: World, step: Step) -> World:
    """The world after a transaction that came to nothing. Whether it was the first matters for locks alone."""
    return world._replace(intents=with_intent(world, step, REVERTED if step in LOCKS else NONE))


def _effect(world: World, step: Step, arena: Arena) -> World | None:
    side = side_of(step)
    lock = lock_of(world, side)
    if step in LOCKS:
        made = _made(world, step, arena) if lock.phase == NOTHING else None
        return with_lock(world, side, made) if made else None
    if step in CLAIMS:
        allowed, phase = may_claim(lock, arena.opens(side)), CLAIMED
    elif step in (Step.SOURCE_REFUND, Step.DESTINATION_REFUND):
        allowed, phase = may_refund(lock), REFUNDED
    else:
        return with_lock(world, side, lock._replace(paid=PAID)) if lock.paid == PAY_FAILED else None
    return with_lock(world, side, settled(lock, phase, arena, side)) if allowed else None


def _made(world: World, step: Step, arena: Arena) -> Lock | None:
    """The lock that our transaction makes, or None where the contract refuses it."""
    if step is Step.SOURCE_LOCK:
        return Lock(STANDING, arena.born("source"), left=arena.ladder.source_cancellation)
    born, lasts = arena.born("destination"), arena.ladder.destination_cancellation
    if arena.destination == "near":  # the timelock was fixed when the lock was ordered
        return Lock(STANDING, born, left=world.bound) if world.bound > 0 else None
    return Lock(STANDING, born, left=lasts) if lasts <= world.bound else None


def transactions(world: World, arena: Arena) -> Iterator[Move]:
    """Intents get signed; what is out is included, refused, without effect, or given up as dead."""
    for step, state in zip(STEPS, world.intents, strict=True):
        if state == PENDING:
            yield f"{step} is signed, stored and broadcast", world._replace(intents=with_intent(world, step, OUT))
        elif state in (OUT, OLD_OUT) and not _overtaken(world, step):
            yield f"{step} is included", landed(world, step, arena)
            timely = world._replace(late=1) if step in CLAIMS else world
            if arena.lean:
                continue
            yield f"{step} reverts, or has no effect", refused(timely, step)
            if step in LOCKS:
                yield f"{step} is dead: its nonce was taken", timely._replace(intents=with_intent(world, step, PENDING))


def _overtaken(world: World, step: Step) -> bool:
    """Whether somebody else has settled the leg, not finally: that our claim or refund reverts is then no surer than that,
    and a reorg which undoes the one undoes the other."""
    lock = lock_of(world, side_of(step))
    return step in SETTLING and lock.phase in (CLAIMED, REFUNDED) and lock.settled < FINAL


def payouts(world: World, arena: Arena) -> Iterator[Move]:
    """On NEAR the payment of a settled lock arrives or fails on its own."""
    for side in ("source", "destination"):
        lock = lock_of(world, side)
        if lock.phase in (CLAIMED, REFUNDED) and lock.paid == UNPAID:
            yield f"the {side}'s payout arrives", with_lock(world, side, lock._replace(paid=PAID))
            if arena.lean:
                continue
            yield f"the {side}'s payout fails", with_lock(world, side, lock._replace(paid=PAY_FAILED))


# Reorgs


def reorgs(world: World, arena: Arena) -> Iterator[Move]:
    """An event that is not final is undone; with the power `deep`, once, a final one too, but for a swap that has ended:
    nothing looks at it any more."""
    for side in ("source", "destination"):
        lock = lock_of(world, side)
        if lock.phase == NOTHING:
            continue
        age = lock.settled if lock.phase != STANDING else lock.age
        what = {STANDING: "lock", CLAIMED: "claim", REFUNDED: "refund"}[lock.phase]
        if age < FINAL and not arena.lean:
            yield f"a reorg undoes the {side} {what}", undone(world, side)
        elif age >= FINAL and "deep" in arena.powers and not world.spent and STATUSES[world.status] not in TERMINAL:
            deep = undone(world, side)._replace(spent=1, late=1)
            yield f"a reorg deeper than we believed in undoes the {side} {what}", deep


def undone(world: World, side: str) -> World:
    """The world without the newest event of a leg. Our own transaction is merely broadcast again."""
    lock = lock_of(world, side)
    if lock.phase == STANDING:
        kinds: tuple[str, ...] = ("lock",)
        fresh = Lock()
    else:
        kinds = ("claim", "refund", "pay")
        fresh = lock._replace(phase=STANDING, settled=0, paid=UNPAID)
    world = with_lock(world, side, fresh)
    for step in (Step(f"{side}_{kind}") for kind in kinds):
        if world.intents[INDEX[step]] == LANDED:
            owed = OLD_OUT if step in CLAIMS and not world.late else OUT
            world = world._replace(intents=with_intent(world, step, owed))
    return world


# Halts, and time


def halts(world: World, arena: Arena) -> Iterator[Move]:
    """A chain is halted for what it showed, and an operator lifts it; once in a swap."""
    if "halts" not in arena.powers:
        return
    if not world.spent:
        yield "the source chain is halted", world._replace(source_halted=1, spent=1, late=1)
        yield "the destination chain is halted", world._replace(destination_halted=1, spent=1, late=1)
    if world.source_halted or world.destination_halted:
        yield "an operator lifts the halt", world._replace(source_halted=0, destination_halted=0)


def ticked(world: World, *, idle: bool, inclusion: int) -> World:
    """A tick later. The ladder rests on claims alone being in time: `idle` = our service had none left to decide; one that
    is not sent or not included by now makes the world late, and all else may take as long as it likes."""
    claims = world.intents[CLAIM_SLICE]
    owed = bytes(
        state
        for state, lock in zip(claims, (world.destination, world.source), strict=True)
        if lock.phase == STANDING  # else somebody was quicker
    )
    overdue = OLD_OUT in owed or (not inclusion and OUT in owed)
    late = world.late or not idle or overdue
    intents = world.intents
    if OUT in claims or OLD_OUT in claims:
        aged = claims.translate(YOUNG if late else AGED)
        intents = intents[: CLAIM_SLICE.start] + aged + intents[CLAIM_SLICE.stop :]
    return world._replace(
        source=_older(world.source),
        destination=_older(world.destination),
        intents=intents,
        bound=world.bound if world.bound in (UNBOUND, UNBOUNDED) else max(world.bound - 1, 0),
        expiry=max(world.expiry - 1, 0),
        late=int(late),
    )


def _older(lock: Lock) -> Lock:
    if lock.phase == NOTHING:
        return lock
    after = lock.settled if lock.phase == STANDING else min(lock.settled + 1, OLD)
    return lock._replace(age=min(lock.age + 1, OLD), settled=after, left=max(lock.left - 1, -OLD))


def can_still_land(world: World, step: Step) -> bool:
    return world.intents[INDEX[step]] in CAN_LAND
