"""The kinds of action there are, and what a token is worth. Apps register in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from access.actions.errors import ActionUnknown
from access.actions.kinds import ActionKind

Worth = Callable[[str, int, int], Decimal | None]
"""US dollars of so many base units of a symbol with so many decimals; None where no fresh price is known."""


def _unknown(_symbol: str, _amount: int, _decimals: int) -> Decimal | None:
    return None


@dataclass
class Registry:
    """Kinds by name. Without somebody who knows prices no worth is known."""

    kinds: dict[str, ActionKind] = field(default_factory=dict)
    worth: Worth = _unknown

    def add(self, *kinds: ActionKind) -> None:
        """Make kinds known; the same name again replaces."""
        for kind in kinds:
            self.kinds[kind.name] = kind

    def kind(self, name: str) -> ActionKind:
        """The kind of that name. Raises `ActionUnknown`."""
        found = self.kinds.get(name)
        if found is None:
            raise ActionUnknown(f"there is no action {name!r}; there are {', '.join(sorted(self.kinds))}")
        return found


registry = Registry()
