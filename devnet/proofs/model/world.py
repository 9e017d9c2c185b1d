"""A swap, its two chains and its counterparty as one small value: tuples of small integers, so that every state can be kept.

Time is in ticks and always told from now: a lock has `left` ticks until it expires, and an event an `age`. The machine uses
differences of times only, so worlds that differ by when they happen are one world. An age above `OLD` means no more than
`OLD` does (it is final in the most belated view), and a lock that expired `OLD` ticks ago is as expired as one can be: both are
capped, which loses nothing and makes the number of worlds finite.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from swaps.evidence import ClaimOrder, Step
from swaps.statuses import Status
from swaps.timelocks import ChainFigures, Ladder, margins, plan

FINAL = 1  # the age from which an event is final
LAG = 1  # ticks by which our view of a chain may be behind
OLD = FINAL + LAG  # final in every view, and past every window's opening
SESSION_TICKS = 1  # until the session expires without a lock
SHORT = 3  # ticks of a NEAR source lock that is too short to be answered
UNBOUNDED = 99  # no bound on a destination lock's expiry
UNBOUND = -1  # our destination lock was never ordered

STATUSES = tuple(Status)
NUMBER = {status: number for number, status in enumerate(STATUSES)}
STEPS = tuple(Step)
INDEX = {step: index for index, step in enumerate(STEPS)}

# Where an intent stands. A claim is OLD_OUT after a tick; after one more it is later than the chain's figures promise.
NONE, PENDING, OUT, OLD_OUT, LANDED, REVERTED = range(6)
CAN_LAND = (PENDING, OUT, OLD_OUT)

# What became of a lock
NOTHING, STANDING, CLAIMED, REFUNDED = range(4)
UNPAID, PAID, PAY_FAILED = range(3)
UNREAD, READ_RIGHT, READ_WRONG = range(3)


class Lock(NamedTuple):
    """One leg's lock as its chain has it. Whether it holds what was agreed is not kept: nothing tells of it but the
    re-reading, so the adversary decides it there (`verified`)."""

    phase: int = NOTHING
    age: int = 0
    settled: int = 0
    paid: int = UNPAID
    left: int = 0
    verified: int = UNREAD


class World(NamedTuple):
    """Everything. `intents` = a number for each of STEPS; `public` = others know the secret; `bound` = ticks until the latest
    expiry that our destination lock was ordered with (EVM), or its timelock (NEAR); `late` = somebody broke a promise about
    time that the ladder rests on; `spent` = the adversary has used his power."""

    status: int
    source: Lock
    destination: Lock
    intents: bytes
    executed: int
    order: int
    cancelled: int
    held: int
    revealed: int
    public: int
    bound: int
    expiry: int
    source_lag: int
    destination_lag: int
    source_halted: int
    destination_halted: int
    spent: int
    late: int


@dataclass(frozen=True)
class Arena:
    """What is fixed for one exploration. `powers` = what the adversary may also do: `halts` (an operator's chain is
    halted and resumed, once), `deep` (one final event is taken back without a halt, as under `fast` confirmations)."""

    claims: ClaimOrder = ClaimOrder.DESTINATION_FIRST
    custody: str = "maker"
    source: str = "evm"
    destination: str = "near"
    powers: frozenset[str] = frozenset()
    views: tuple[tuple[int, int], ...] = (
        (0, 0),
        (1, 1),
    )  # by how many ticks we may be behind; the last is what is promised
    lean: bool = (
        False  # only the swap's own parties and powers, for changed guards: no third parties, failures, small reorgs
    )
    inclusion: int = 0  # ticks that a transaction may take to be included; 0 = within the tick in which it is sent

    @cached_property
    def ladder(self) -> Ladder:
        source, destination = (
            ChainFigures(finality=self.finality(side), inclusion=self.inclusion, watcher_lag=LAG)
            for side in ("source", "destination")
        )
        room = margins(source, destination, clock_skew=0, reorg_allowance=1, claims=self.claims)
        return plan(
            source,
            destination,
            destination_seconds=room.destination_needs + 1,
            slack=0,
            public_stage=1,
            clock_skew=0,
            reorg_allowance=1,
            claims=self.claims,
        )

    @property
    def destination_first(self) -> bool:
        return self.claims is ClaimOrder.DESTINATION_FIRST

    @property
    def title(self) -> str:
        powers = "".join(f" +{power}" for power in sorted(self.powers))
        return f"{self.claims} {self.custody} {self.source}->{self.destination}{powers}" + " lean" * self.lean

    def family(self, side: str) -> str:
        return self.source if side == "source" else self.destination

    def finality(self, side: str) -> int:
        """Ticks from inclusion until an event is final. Of NEAR we read final blocks only: what is seen there is final."""
        return FINAL if self.family(side) == "evm" else 0

    def born(self, side: str) -> int:
        """The age of an event when it happens."""
        return FINAL - self.finality(side)

    def opens(self, side: str) -> int:
        """Ticks from a lock's making until it can be claimed."""
        return 1 if self.family(side) == "evm" else 0


def beginning(arena: Arena) -> World:
    """A session just made."""
    service = int(arena.custody == "service")
    return World(
        status=NUMBER[Status.INITIALIZED],
        source=Lock(),
        destination=Lock(),
        intents=bytes((NONE,)) * len(STEPS),
        executed=0,
        order=0,
        cancelled=0,
        held=service,
        revealed=0,
        public=1 - service,
        bound=UNBOUND,
        expiry=SESSION_TICKS,
        source_lag=0,
        destination_lag=0,
        source_halted=0,
        destination_halted=0,
        spent=0,
        late=0,
    )


def with_intent(world: World, step: Step, state: int) -> bytes:
    """The intents with one of them changed."""
    index = INDEX[step]
    return world.intents[:index] + bytes((state,)) + world.intents[index + 1 :]


def intent(world: World, step: Step) -> int:
    return world.intents[INDEX[step]]
