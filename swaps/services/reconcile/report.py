"""What a reconciliation looks at, and what it finds."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from chains.config import chain_configs
from chains.models import Chain


class What(StrEnum):
    """Kinds of differences; the metric `orchestrator_ledger_difference` has them as a label."""

    BALANCE = "balance"
    NOT_OPENED = "not_opened"
    ENTRY_MISSING = "entry_missing"
    ENTRY_WRONG = "entry_wrong"
    ENTRY_WITHOUT_CAUSE = "entry_without_cause"
    LOCK = "lock"
    PAYMENT = "payment"
    TERMINAL_WITH_FUNDS = "terminal_with_funds"
    LOCK_UNKNOWN = "lock_unknown"
    RESERVATION = "reservation"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be. `units` are base units found beyond those expected, where both are amounts
    of a token. `subject` is a session, or an account of ours; `item` what of it."""

    what: What
    chain: str
    subject: str
    item: str
    expected: str
    found: str
    why: str
    units: int | None = None
    token: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Tells whether two looks found the same."""
        return (self.what, self.chain, self.subject, self.item, self.token)

    def to_json(self) -> dict[str, Any]:
        """Amounts as decimal strings."""
        return {**asdict(self), "units": None if self.units is None else str(self.units)}


@dataclass(frozen=True)
class BalanceLine:
    """One of our accounts at the final block `height`: what the books and the chain say, base units. A difference within
    what is `under_way` (least and most, by our open transactions and by payouts on their way) is none."""

    chain: str
    account: str
    token: str
    symbol: str
    height: int
    booked: int
    found: int
    under_way: tuple[int, int]

    @property
    def difference(self) -> int:
        return self.found - self.booked

    @property
    def holds(self) -> bool:
        return self.under_way[0] <= self.difference <= self.under_way[1]

    def to_json(self) -> dict[str, Any]:
        """Amounts as decimal strings."""
        told = {**asdict(self), "difference": self.difference}
        for name in ("booked", "found", "difference"):
            told[name] = str(told[name])
        return {**told, "under_way": [str(amount) for amount in self.under_way]}


@dataclass(frozen=True)
class Scope:
    """What is looked at: chains by name, one session or all. Locks settled before `settled_since` (chain seconds) were
    looked at then, and can no longer change."""

    chains: tuple[str, ...]
    session: str = ""
    settled_since: int = 0


@dataclass
class Report:
    """Everything one reconciliation found. `unreadable` names the chains that could not be read, and why."""

    differences: list[Difference] = field(default_factory=list)
    balances: list[BalanceLine] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    entries: int = 0
    locks: int = 0

    @property
    def exit_code(self) -> int:
        """2 when a chain could not be read, else 1 for any difference, else 0."""
        return 2 if self.unreadable else 1 if self.differences else 0

    def to_json(self) -> dict[str, Any]:
        """The whole report, without floats."""
        return {
            "differences": [one.to_json() for one in self.differences],
            "balances": [one.to_json() for one in self.balances],
            "unreadable": self.unreadable,
            "entries": self.entries,
            "locks": self.locks,
        }


def chains_in_use(only: str = "") -> tuple[str, ...]:
    """The configured chains that a watcher has read, or the one of them that is named. Raises `KeyError` if it is not."""
    usable = {config.name for config in chain_configs() if config.is_usable}
    read = Chain.objects.filter(final_height__isnull=False, name__in=usable).values_list("name", flat=True)
    found = tuple(sorted(read))
    if only and only not in found:
        raise KeyError(only)
    return (only,) if only else found
