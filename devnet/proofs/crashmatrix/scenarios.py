"""What is played: every route, custody and way to lock the source, with every end a swap can take, as data."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devnet.proofs.crashmatrix.play import Play

ROUTES = (("base", "near"), ("near", "base"))
CUSTODIES = ("maker", "service")
PAST_EVERY_TIMELOCK = 4000  # seconds; the ladder of the world's figures is shorter
PAST_THE_SESSION = 8000  # seconds; it waits for its maker for two hours at most
SENT = ("broadcast", "included", "succeeded")


@dataclass(frozen=True)
class Ending:
    """How a swap ends: its `terminal` status, which locks are made, and whether the two amounts have changed hands. The steps
    `in_vain` are sent, too, and fail in their block. `alone`: it ends so only where no rival acts at moments of his own."""

    name: str
    script: Callable[["Play"], None]
    terminal: str
    swapped: bool = False
    locks: tuple[str, ...] = ("source", "destination")
    in_vain: tuple[str, ...] = ()
    alone: bool = False


NOT_BY_ORDER = ("cancel-early", "never-locked", "expires-after-source-lock")
COMMON = ("opening", "locking")  # acts that every scenario of a route, custody and source lock plays alike


@dataclass(frozen=True)
class Scenario:
    """One swap as it is played. `source_lock`: the maker locks by himself, or signs an order that we fill."""

    source: str
    destination: str
    custody: str
    source_lock: str
    ending: Ending

    @property
    def plays_common_acts(self) -> bool:
        """Whether it is this one, of all that share its acts in `COMMON`, in which they are died in."""
        return self.ending.name == ENDINGS[0].name

    @property
    def name(self) -> str:
        return f"{self.source}-{self.destination}/{self.custody}/{self.source_lock}/{self.ending.name}"


def _open(play: "Play") -> None:
    play.act = "opening"
    play.create()
    play.execute()


def _to_destination_lock(play: "Play") -> None:
    _open(play)
    play.act = "locking"
    play.lock_source()
    play.until(lambda state: state["sent"].get("destination_lock") in SENT, "our destination lock is out")
    play.act = "ending"


def completes(play: "Play") -> None:
    """Both claims."""
    _to_destination_lock(play)
    if play.scenario.custody == "maker":
        play.until_status("both_locked")
        play.hand_over()
    play.until_end()


def never_locked(play: "Play") -> None:
    """The maker never locks, and the session expires."""
    _open(play)
    play.act = "ending"
    play.travel(PAST_THE_SESSION)
    play.until_end()


def expires_after_reveal(play: "Play") -> None:
    """The claim that carries the secret waits until it is too late for it: it fails, and both locks go back.

    A rival's claim could be in its block before that; that nobody at all looks after it until the other timelock has run out is
    a loss which no service can keep anybody from.
    """
    _to_destination_lock(play)
    if play.scenario.custody == "maker":
        play.until_status("both_locked")
        play.hand_over()
    play.until(lambda state: state["sent"].get("destination_claim") in SENT, "our claim is out")
    play.travel(PAST_EVERY_TIMELOCK)
    play.until_end()


def expires_after_source_lock(play: "Play") -> None:
    """No worker was up while the time for our own lock ran out."""
    _open(play)
    play.act = "ending"
    play.lock_source(seen=False)
    play.travel(PAST_EVERY_TIMELOCK)
    play.until_end()


def expires_after_both_locks(play: "Play") -> None:
    """Time runs out while our lock is on its way; nobody touches anything."""
    _to_destination_lock(play)
    play.settle_unseen()
    play.travel(PAST_EVERY_TIMELOCK)
    play.until_end()


def operator_refund(play: "Play") -> None:
    """The timelocks have run out, the watchers know it, and an operator is quicker than the worker."""
    _to_destination_lock(play)
    play.settle_unseen()
    play.travel(PAST_EVERY_TIMELOCK)
    play.watch()
    play.order_refund()
    play.until_end()


def cancel(play: "Play") -> None:
    """Called off while our lock is in flight: it waits for its fact, then for its timelock."""
    _to_destination_lock(play)
    play.call_off()
    play.rounds(1)
    play.travel(PAST_EVERY_TIMELOCK)
    play.until_end()


def cancel_early(play: "Play") -> None:
    """Called off before anything is locked."""
    _open(play)
    play.act = "ending"
    play.call_off()
    play.until_end()


ENDINGS = (
    Ending("completes", completes, "completed", swapped=True),
    Ending("expires-after-reveal", expires_after_reveal, "refunded", in_vain=("destination_claim",), alone=True),
    Ending("expires-after-source-lock", expires_after_source_lock, "refunded", locks=("source",)),
    Ending("expires-after-both-locks", expires_after_both_locks, "refunded"),
    Ending("operator-refund", operator_refund, "refunded"),
    Ending("cancel", cancel, "refunded"),
    Ending("cancel-early", cancel_early, "cancelled", locks=()),
    Ending("never-locked", never_locked, "failed", locks=()),
)


def scenarios() -> list[Scenario]:
    """All of them. NEAR has no orders; one that is filled by us cannot be called off before anything is locked."""
    found = []
    for (source, destination), custody, mode, ending in product(ROUTES, CUSTODIES, ("self", "order"), ENDINGS):
        if mode == "order" and (source != "base" or ending.name in NOT_BY_ORDER):
            continue
        found.append(Scenario(source, destination, custody, mode, ending))
    return found


def few(rng: random.Random) -> list[Scenario]:
    """Both routes and both custodies, each swap through once and ended otherwise once: for a look in between."""
    found = []
    for (source, destination), first in zip(ROUTES, rng.sample(CUSTODIES, 2), strict=True):
        for custody in CUSTODIES:
            alike = [s for s in scenarios() if (s.source, s.destination, s.custody) == (source, destination, custody)]
            found.append(rng.choice([s for s in alike if s.plays_common_acts == (custody == first)]))
    return found
