"""What may never happen, checked against the truth of the chains and not against what we saw of them.

Each check returns the sentence that it found broken, or an empty text.
"""

from collections.abc import Callable

from devnet.proofs.model.chains import can_still_land, lock_of
from devnet.proofs.model.truth import FIRST, final_lock, finally_, halted, is_seen, lag_of, settled_seen, sides, stands
from devnet.proofs.model.views import Answer
from devnet.proofs.model.world import (
    CAN_LAND,
    CLAIMED,
    FINAL,
    INDEX,
    LANDED,
    NONE,
    NOTHING,
    PAID,
    PAY_FAILED,
    READ_RIGHT,
    READ_WRONG,
    REFUNDED,
    STANDING,
    STATUSES,
    STEPS,
    Arena,
    Lock,
    World,
    intent,
)
from swaps.evidence import Step
from swaps.statuses import EARLY, GIVEN_UP, TERMINAL, Status

Rule = Callable[[World, Arena], str]


def decision_breaks(world: World, answer: Answer, arena: Arena) -> str:
    """What this decision does that may never happen."""
    if answer.fault:
        return answer.fault
    for index in answer.steps:
        if world.intents[index] in (*CAN_LAND, LANDED):
            return f"nothing is made twice for one intent: {STEPS[index]} was ordered again"
        broken = STEP_RULES[STEPS[index]](world, arena)
        if broken:
            return broken
    old, new = STATUSES[world.status], STATUSES[answer.status]
    if new is old:
        return _idle_breaks(world, answer, arena)
    settled = world.source.phase == NOTHING or world.source.settled >= FINAL + world.source_lag
    if old in TERMINAL and settled and not stands(world):
        return "an end is left only for money that came after it"
    return _status_breaks(world, old, new, arena) or _end_breaks(world, old, new, arena)


def _idle_breaks(world: World, answer: Answer, arena: Arena) -> str:
    """What is left undone that must be done at once."""
    status = STATUSES[world.status]
    wrong = READ_WRONG in (world.source.verified, world.destination.verified)
    final = final_lock(world.source) and final_lock(world.destination)
    up_to_date = final and not (world.source_lag or world.destination_lag)
    if status is Status.BOTH_LOCKED and world.held and wrong and up_to_date:
        return "a swap with a lock that is not what was agreed is given up at once"
    lock, lag = world.destination, world.destination_lag
    due = lock.phase == STANDING and lock.age >= FINAL + lag and lock.left <= -arena.finality("destination") - lag
    waits = INDEX[Step.DESTINATION_REFUND] not in answer.steps and intent(world, Step.DESTINATION_REFUND) == NONE
    if status not in (*TERMINAL, Status.REVEALING_SECRET) and due and waits:
        return "our lock is taken back as soon as its expiry is final"
    return ""


def _claim(world: World, side: str, arena: Arena) -> str:
    """What every claim of ours must fulfil: it is not refused for what we know."""
    if settled_seen(world, side, arena):
        return f"nothing is sent for a leg that is seen to be settled: the {side}"
    if lock_of(world, side).left <= -arena.finality(side) - lag_of(world, side):
        return f"no claim once its expiry is final: the {side}"
    return ""


def _source_lock(world: World, arena: Arena) -> str:
    wanted = world.executed and world.order and not world.cancelled and world.expiry > 0
    if not wanted or (world.source.phase != NOTHING and is_seen(world, "source", arena)):
        return "an order is filled only while it is wanted and nothing is locked"
    if world.source_halted or world.destination_halted:
        return "nothing is locked while a chain is halted"
    return ""


def _destination_lock(world: World, arena: Arena) -> str:
    source = world.source
    if not final_lock(source):
        return "no money moves on an unfinal fact: the destination lock, before the source lock is final"
    if source.phase == REFUNDED and source.settled - arena.born("source") >= world.source_lag:
        return "no destination lock answers a source that was refunded"
    if world.cancelled:
        return "nothing is locked for a swap that was called off"
    if world.source_halted or world.destination_halted:
        return "nothing is locked while a chain is halted"
    tail = arena.ladder.margins.tail if arena.destination_first else 0
    if source.left - tail < arena.ladder.margins.destination_needs:
        return "the destination is locked only while a safe reveal is still possible"
    return ""


def _first_claim(world: World, arena: Arena) -> str:
    first, second = (lock_of(world, side) for side in sides(arena))
    if not final_lock(first):
        return "no money moves on an unfinal fact: the first claim, of a lock that is not final"
    if world.revealed:
        return _claim(world, sides(arena)[FIRST], arena)
    margins = arena.ladder.margins
    opens = max(arena.opens(side) - lock_of(world, side).age for side in sides(arena))
    rules = (
        (final_lock(second), "no money moves on an unfinal fact: the reveal, with a lock that is not final"),
        (world.held, "nothing is revealed that we do not hold"),
        (not world.cancelled, "no reveal after the swap was called off"),
        (
            first.verified == second.verified == READ_RIGHT,
            "the secret is released only for locks that hold what was agreed",
        ),
        (first.left > margins.reveal, "the secret is released only while its claim is sure to land in time"),
        (second.left - first.left >= margins.tail, "the secret is released only if the other leg lives long enough"),
        (opens <= 0, "the secret leaves only in a claim that the contract takes: both windows are open"),
        (not world.source_halted and not world.destination_halted, "no reveal while a chain is halted"),
        (STATUSES[world.status] is Status.BOTH_LOCKED, "the secret is released from both_locked only"),
        (not finally_(second, REFUNDED), "no reveal for a leg that was refunded"),
    )
    return next((sentence for holds, sentence in rules if not holds), "")


def _second_claim(world: World, arena: Arena) -> str:
    side = sides(arena)[FIRST]
    if not finally_(lock_of(world, side), CLAIMED):
        return "the second claim needs a final first claim"
    if halted(world, side):
        return "nothing is concluded from a chain that is halted"
    return _claim(world, "source" if side == "destination" else "destination", arena)


def _destination_refund(world: World, arena: Arena) -> str:
    return _refund(world, "destination", arena)


def _source_refund(world: World, arena: Arena) -> str:
    destination = world.destination
    if destination.phase == STANDING and is_seen(world, "destination", arena):
        return "the source goes back only after the destination has"
    if can_still_land(world, Step.DESTINATION_LOCK):
        return "the source goes back only when no destination lock can still land"
    if destination.phase == REFUNDED and not (finally_(destination, REFUNDED) and destination.paid == PAID):
        return "no money moves on an unfinal fact: the source refund, before the destination's is final"
    if destination.phase == CLAIMED and not finally_(destination, CLAIMED):
        return "no refund while the money is to be claimed"
    if world.destination_halted:
        return "nothing is concluded from a chain that is halted"
    return _refund(world, "source", arena)


def _refund(world: World, side: str, arena: Arena) -> str:
    lock, finality = lock_of(world, side), arena.finality(side)
    if settled_seen(world, side, arena):
        return f"nothing is sent for a leg that is seen to be settled: the {side}"
    if not final_lock(lock):
        return "no money moves on an unfinal fact: a refund of a lock that is not final"
    if lock.left > -finality:
        return "no refund before the expiry is final"
    if lock.phase == CLAIMED:
        return "no refund of a lock that was claimed"
    return ""


def _pay(side: str) -> Rule:
    def rule(world: World, arena: Arena) -> str:
        return (
            "" if lock_of(world, side).paid == PAY_FAILED else f"the {side} is paid again only after its payout failed"
        )

    return rule


def _first_or_second(side: str) -> Rule:
    def rule(world: World, arena: Arena) -> str:
        return (_first_claim if sides(arena)[FIRST] == side else _second_claim)(world, arena)

    return rule


STEP_RULES: dict[Step, Rule] = {
    Step.SOURCE_LOCK: _source_lock,
    Step.DESTINATION_LOCK: _destination_lock,
    Step.DESTINATION_CLAIM: _first_or_second("destination"),
    Step.SOURCE_CLAIM: _first_or_second("source"),
    Step.DESTINATION_REFUND: _destination_refund,
    Step.SOURCE_REFUND: _source_refund,
    Step.DESTINATION_PAY: _pay("destination"),
    Step.SOURCE_PAY: _pay("source"),
}


def _status_breaks(world: World, old: Status, new: Status, arena: Arena) -> str:
    side = sides(arena)[FIRST]
    first = lock_of(world, side)
    known = first.phase == STANDING and first.age >= FINAL + lag_of(world, side)
    if new in GIVEN_UP and old not in TERMINAL and world.revealed and known and first.left > -arena.finality(side):
        return "after a reveal we keep claiming until the expiry is final"
    if old is Status.REVEALING_SECRET and new is Status.TIMEOUT and not _hopeless(world, arena):
        return "after a reveal a claim is given up only when it can never be made"
    if new is Status.TIMEOUT and _could_go_on(world, arena):
        return "a swap is not given up while it can be made safely"
    if new is Status.BOTH_LOCKED and not (final_lock(world.source) and final_lock(world.destination)):
        return "both_locked says that both locks are final"
    if new is Status.SOURCE_LOCKED and not final_lock(world.source):
        return "source_locked says that the source lock is final"
    return ""


def _hopeless(world: World, arena: Arena) -> bool:
    """Whether the first claim is out of reach by all that is final: its lock expired, or is not there and is not awaited."""
    side = sides(arena)[FIRST]
    first, destination = lock_of(world, side), world.destination
    if halted(world, side):
        return False
    if first.phase != NOTHING and is_seen(world, side, arena):
        return final_lock(first) and first.left <= -arena.finality(side)
    expired = destination.left <= -arena.finality("destination")
    back = not can_still_land(world, Step.DESTINATION_LOCK) if destination.phase == NOTHING else expired
    return back or settled_seen(world, "destination", arena)


def _could_go_on(world: World, arena: Arena) -> bool:
    """Whether the next gate of a swap that nobody called off is open: that of the destination lock, or that of the reveal."""
    first, second = (lock_of(world, side) for side in sides(arena))
    known = final_lock(world.source) and is_seen(world, "source", arena)
    if world.revealed or world.source.phase != STANDING or not known:
        return False
    room = arena.ladder.margins
    if world.destination.phase == NOTHING:
        tail = room.tail if arena.destination_first else 0
        return world.source.left - tail >= room.destination_needs
    safe = first.left > room.reveal and second.left - first.left >= room.tail
    wrong = READ_WRONG in (first.verified, second.verified) and bool(world.held)
    return world.destination.phase == STANDING and safe and not wrong


def _end_breaks(world: World, old: Status, new: Status, arena: Arena) -> str:
    """No terminal status with funds in it, and none that says what is not so."""
    if new not in TERMINAL:
        return ""
    for step in (Step.SOURCE_LOCK, Step.DESTINATION_LOCK):
        if can_still_land(world, step):
            return f"no terminal status while money can still arrive: {step} is on its way"
    source, destination = world.source, world.destination
    if old in EARLY:
        if source.phase != NOTHING and is_seen(world, "source", arena):
            return "no terminal status with funds in it: the source lock is seen"
        return ""
    if world.source_halted or world.destination_halted:
        return "no end is decided while a chain is halted"
    if not is_seen(world, "source", arena):
        source = Lock()  # one that lands, or lands again, behind our view is a late lock
    for lock in (source, destination):
        settled = finally_(lock, CLAIMED) or finally_(lock, REFUNDED)
        if lock.phase != NOTHING and not (settled and lock.paid == PAID):
            return "no terminal status with funds in it"
    ends = {
        Status.COMPLETED: source.phase == CLAIMED and destination.phase == CLAIMED,
        Status.REFUNDED: source.phase == REFUNDED and destination.phase in (NOTHING, REFUNDED),
        Status.FAILED: source.phase != destination.phase or source.phase == NOTHING,
    }
    return "" if ends.get(new, False) else f"{new} is true when it is said"
