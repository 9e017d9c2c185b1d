"""A measurement, and where measurements come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


def key_of(rule: str, subject: str = "") -> str:
    """The alert of a rule and a subject."""
    return (f"{rule}:{subject}" if subject else rule)[:200]


@dataclass(frozen=True)
class Reading:
    """What a rule measures, of one subject ("" where there is one only). `says` tells it in a sentence whatever the threshold;
    a rule without a unit is beyond it at 1."""

    rule: str
    says: str
    value: float = 1.0
    subject: str = ""
    session_id: str = ""

    @property
    def key(self) -> str:
        return key_of(self.rule, self.subject)


@dataclass(frozen=True)
class Probe:
    """`read` measures what `rules` are about; when it cannot, nothing is known of them."""

    rules: tuple[str, ...]
    read: Callable[[], Iterable[Reading]]

    @property
    def name(self) -> str:
        return self.read.__name__
