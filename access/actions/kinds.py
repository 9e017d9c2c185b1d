"""A kind of action: what an app teaches operators' buttons."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from access.actions.errors import ActionRefused
from access.actions.plans import Plan

Parameters = dict[str, Any]
"""JSON: what is asked besides the subject. The same object means the same action."""
LARGEST = 2**63 - 1
MOST_DIGITS = len(str(LARGEST))


@dataclass(frozen=True)
class About:
    """Whom an action concerns, for people, and the admin page of it."""

    title: str
    url: str = ""


@dataclass(frozen=True)
class Order:
    """An action that is to be done now."""

    subject: str
    parameters: Parameters
    actor: str
    reason: str
    proposal: int = 0


@dataclass(frozen=True)
class Field:
    """One thing that an operator says before there is a plan: a number, or one of `choices`."""

    name: str
    label: str
    help: str = ""
    choices: Callable[[], list[tuple[str, str]]] | None = None

    def clean(self, text: str) -> Any:
        """The value of what was typed. Raises `ActionRefused`."""
        text = text.strip()
        if self.choices is not None:
            if text not in dict(self.choices()):
                raise ActionRefused(f"{self.label}: {text!r} is none of those there are; choose one of the list")
            return text
        if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and int(text) <= LARGEST):
            raise ActionRefused(f"{self.label}: {text!r} is no block height; write a whole number")
        return int(text)


Tell = Callable[[int, int, str], None]
"""How far the work is: done, of how much, and in words."""


class ActionKind(ABC):
    """One thing that operators can do. `name` is for good: proposals keep it.

    `plan` reads the database alone, and says what would be done now. `run` does it, or hands it to the engine, in the
    transaction that records it: no node is asked there. A kind that `works_later` does its work in a job, by `work`, which may
    be called again after a crash, one at a time.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    verb: ClassVar[str]
    permission: ClassVar[str]
    icon: ClassVar[str] = "bolt"
    dangerous: ClassVar[bool] = False
    works_later: ClassVar[bool] = False
    fields: ClassVar[tuple[Field, ...]] = ()

    @abstractmethod
    def about(self, subject: str) -> About:
        """Whom it concerns. Raises `ActionRefused` for a subject that there is not."""

    @abstractmethod
    def plan(self, subject: str, parameters: Parameters) -> Plan:
        """What would be done at this moment. Writes nothing, asks no node. Raises `ActionRefused`."""

    def lock(self, subject: str) -> None:  # noqa: B027  most kinds' services lock by themselves
        """Lock the subject, so that the plan that is made next still holds when it is run."""

    @abstractmethod
    def run(self, order: Order) -> str:
        """Do it; what was done, in words. Raises `ApplicationError`: nothing was done."""

    def work(self, order: Order, tell: Tell) -> str:
        """Do what needs a node; the outcome in words. Raises `ApplicationError` when it cannot be done at all."""
        raise NotImplementedError(f"{self.name} does not work later")

    def clean(self, typed: Mapping[str, str]) -> Parameters:
        """The parameters of what was typed. Raises `ActionRefused`."""
        return {one.name: one.clean(typed.get(one.name, "")) for one in self.fields}

    def subjects(self) -> list[tuple[str, str]]:
        """What may be chosen where the page is opened without a subject, and in words; empty where one must be given."""
        return []

    def complete(self, subject: str, parameters: Parameters) -> Parameters:
        """Parameters that follow from the subject as it is now, added to those that were typed."""
        return parameters
