"""Collects what is not as agreed, so that a refusal names all of it."""

from dataclasses import dataclass, field

from onebalancer.errors import Difference


@dataclass
class Differences:
    """Of one leg, order or list of calls."""

    where: str
    found: list[Difference] = field(default_factory=list)

    def same(self, what: str, found: object, expected: object) -> None:
        """Text is compared without regard to case where it is hexadecimal."""
        self.holds(what, _normal(found) == _normal(expected), found, expected)

    def holds(self, what: str, condition: bool, found: object, expected: object, *, may_change: bool = False) -> None:
        """Note it unless the condition holds."""
        if not condition:
            self.add(what, found, expected, may_change=may_change)

    def add(self, what: str, found: object, expected: object, *, may_change: bool = False) -> None:
        """Note it."""
        self.found.append(Difference(self.where, what, str(found), str(expected), may_change))


def _normal(value: object) -> str:
    text = str(value)
    return text.lower() if text.startswith("0x") else text
