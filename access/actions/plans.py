"""What an action would do, before it is done: what is called, what it moves and costs, or why it cannot be and from when."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from access.actions.money import dollars_text, whole_text

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Coins:
    """An amount of one token: base units, and what they are worth in US dollars where that is known."""

    amount: int
    symbol: str
    decimals: int
    chain: str = ""
    usd: Decimal | None = None

    def document(self) -> dict[str, Any]:
        where = f" on {self.chain}" if self.chain else ""
        return {
            "text": f"{whole_text(self.amount, self.decimals)} {self.symbol}{where}",
            "usd": None if self.usd is None else dollars_text(self.usd),
        }


@dataclass(frozen=True)
class Call:
    """One call on a chain, in words: `arguments` are names and values for people."""

    chain: str
    contract: str
    method: str
    arguments: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "chain": self.chain,
            "contract": self.contract,
            "method": self.method,
            "arguments": [list(one) for one in self.arguments],
        }


@dataclass(frozen=True)
class Step:
    """One part of an action, such as one lock of a swap. `why_not` is empty where it is possible now; where time is what is
    missing, `not_before` says from when. `cost` is our fee, None where it is not known (or there is none: `is_free`)."""

    title: str
    why_not: str = ""
    not_before: datetime | None = None
    call: Call | None = None
    moves: Coins | None = None
    goes_to: str = ""
    cost: Coins | None = None
    is_free: bool = False

    @property
    def possible(self) -> bool:
        return not self.why_not

    def document(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "possible": self.possible,
            "whyNot": self.why_not,
            "notBefore": _moment(self.not_before),
            "notBeforeText": _moment_text(self.not_before),
            "call": self.call.document() if self.call else None,
            "moves": self.moves.document() if self.moves else None,
            "goesTo": self.goes_to,
            "cost": self.cost.document() if self.cost else None,
            "isFree": self.is_free,
        }

    def essence(self) -> list[Any]:
        call = self.call.document() if self.call else None
        return [self.title, self.possible, call, self.moves.amount if self.moves else None, self.goes_to]


@dataclass(frozen=True)
class Remedy:
    """What helps where an action itself does not: the words of a link, and the page of another action."""

    text: str
    url: str

    def document(self) -> dict[str, Any]:
        return {"text": self.text, "url": self.url}


@dataclass(frozen=True)
class Plan:
    """An action as it stands at this moment.

    `sentence` says what would be done; `effects` what else follows from it. `state` names what the plan rests on and no step
    shows: with the steps it makes the `digest`, and a plan of another digest is another plan. `value_usd` is what is at stake:
    None where a price is missing, which needs a second person as a great value does. `needs_two` is why one is needed whatever
    it is worth. `remedies` lead on from a plan that is not possible.
    """

    sentence: str
    steps: tuple[Step, ...] = ()
    effects: tuple[str, ...] = ()
    why_not: str = ""
    not_before: datetime | None = None
    value_usd: Decimal | None = NOTHING
    needs_two: str = ""
    state: str = ""
    remedies: tuple[Remedy, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.why_not

    @property
    def digest(self) -> str:
        """SHA-256 of what would be done, without prices, fees and times: those tick."""
        essence = [self.state, self.possible, [step.essence() for step in self.steps]]
        return hashlib.sha256(json.dumps(essence).encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        """The plan as it is shown, and kept with its proposal."""
        return {
            "sentence": self.sentence,
            "steps": [step.document() for step in self.steps],
            "effects": list(self.effects),
            "possible": self.possible,
            "whyNot": self.why_not,
            "notBefore": _moment(self.not_before),
            "notBeforeText": _moment_text(self.not_before),
            "value": None if self.value_usd is None else dollars_text(self.value_usd),
            "isWorth": self.value_usd is None or self.value_usd > 0,
            "needsTwo": self.needs_two,
            "remedies": [remedy.document() for remedy in self.remedies],
        }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _moment_text(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
