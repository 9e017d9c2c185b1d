"""What a soak tries: drawn from a seed, so that a run can be repeated."""

import random
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What the maker of a swap means to do."""

    COMPLETE = "complete"  # everything as it should be
    SELF_CLAIM = "self_claim"  # he claims by himself, with the calls of /rescue, and hands nothing over
    SILENT = "silent"  # both legs are locked, and he never hands over his secret
    CANCEL_LOCKED = "cancel_locked"  # he calls it off once his lock stands
    CANCEL_EARLY = "cancel_early"  # he calls it off before he locks
    ABANDON = "abandon"  # he executes and never locks


WEIGHTS = {
    Fate.COMPLETE: 68,
    Fate.SELF_CLAIM: 8,
    Fate.SILENT: 8,
    Fate.CANCEL_LOCKED: 8,
    Fate.CANCEL_EARLY: 5,
    Fate.ABANDON: 3,
}
# status -> whether the maker's tokens were exchanged; what is not listed is not legal. The first is what was planned.
LEGAL: dict[Fate, dict[str, str]] = {
    Fate.COMPLETE: {"completed": "", "refunded": "outages took the time that a safe reveal needs"},
    Fate.SELF_CLAIM: {"completed": "", "refunded": "outages took the time that his claim needed"},
    Fate.SILENT: {"refunded": ""},
    Fate.CANCEL_LOCKED: {"refunded": "", "completed": "we keep the secret, and it was out before he called it off"},
    Fate.CANCEL_EARLY: {"cancelled": ""},
    Fate.ABANDON: {"failed": ""},
}
LEGAL_ORDER = {"failed": "his order could not be filled", "cancelled": "nothing was locked when he called it off"}
# however it was planned: we paid and were not paid
NEVER = ("source_refunded_after_destination_claim",)
VICTIMS = {"worker": 5, "watcher": 5, "web": 2, "postgres": 1, "valkey": 2, "base": 2, "near": 2}


@dataclass(frozen=True)
class SwapPlan:
    """One swap. `amount` is in base units of a token with six decimals, and no other swap's."""

    number: int
    forth: bool
    fate: Fate
    custody: str
    source_lock: str
    amount: int
    patience: float

    @property
    def route(self) -> tuple[str, str]:
        return ("base", "near") if self.forth else ("near", "base")

    @property
    def legal(self) -> dict[str, str]:
        """Terminal statuses that may come of it, each with the reason why it is not the planned one."""
        return LEGAL[self.fate] | (LEGAL_ORDER if self.source_lock == "order" else {})

    def __str__(self) -> str:
        return f"#{self.number} {'→'.join(self.route)} {self.fate} {self.custody} {self.source_lock}"


@dataclass(frozen=True)
class Kill:
    """One kill, `pause` seconds after the one before. `lose` newest blocks are lost with an EVM chain."""

    pause: float
    victim: str
    lose: int


def swaps(seed: int, count: int) -> list[SwapPlan]:
    """`count` swaps; each fate that has a weight comes in its share, in any order."""
    dice = random.Random(f"swaps {seed}")
    fates = _shares(count)
    dice.shuffle(fates)
    return [_swap(dice, number, fate) for number, fate in enumerate(fates)]


def _shares(count: int) -> list[Fate]:
    """The largest remainder method, so that small soaks have a little of everything."""
    exact = {fate: count * weight / sum(WEIGHTS.values()) for fate, weight in WEIGHTS.items()}
    whole = {fate: int(share) for fate, share in exact.items()}
    rest = sorted(exact, key=lambda fate: whole[fate] - exact[fate])[: count - sum(whole.values())]
    found = Counter(whole) + Counter(rest)
    return [fate for fate in Fate for _ in range(found[fate])]


def _swap(dice: random.Random, number: int, fate: Fate) -> SwapPlan:
    forth = number % 2 == 0
    # who claims or stays silent must be the one who has the secret; an order is filled by us, so nobody can forget to lock
    maker_only = fate in (Fate.SELF_CLAIM, Fate.SILENT)
    custody = "maker" if maker_only or dice.random() < 0.6 else "service"
    by_order = forth and fate in (Fate.COMPLETE, Fate.SELF_CLAIM, Fate.SILENT) and dice.random() < 0.5
    return SwapPlan(
        number=number,
        forth=forth,
        fate=fate,
        custody=custody,
        source_lock="order" if by_order else "self",
        amount=10_000_000 + number,
        patience=dice.uniform(0.0, 3.0),
    )


class Kills:
    """An endless row of kills, about one every `every` seconds. `only` names victims; empty: all."""

    def __init__(self, seed: int, every: float, only: tuple[str, ...] = ()) -> None:
        unknown = set(only) - set(VICTIMS)
        if unknown:
            raise ValueError(f"unknown victims {sorted(unknown)}: expected some of {', '.join(VICTIMS)}")
        self._dice = random.Random(f"kills {seed}")
        self._every = every
        self._weights = {name: weight for name, weight in VICTIMS.items() if not only or name in only}
        self._first = list(self._weights)
        self._dice.shuffle(self._first)

    def next(self) -> Kill:
        """The next one; the first ones take each victim once."""
        victim = self._first.pop() if self._first else self._drawn()
        return Kill(self._dice.uniform(0.5, 1.5) * self._every, victim, self._dice.choice((0, 0, 1)))

    def which(self, names: list[str]) -> str:
        """One of several processes of a kind."""
        return self._dice.choice(names)

    def _drawn(self) -> str:
        return self._dice.choices(list(self._weights), list(self._weights.values()))[0]
