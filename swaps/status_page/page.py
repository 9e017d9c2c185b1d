"""What the page shows of a swap: a pure function from the documents that clients read. Nothing that is not in them, and of
them only what concerns the maker: no principal, no fee of ours, no operator's word, no secret.

Fields named `ticking` change with the clock alone; `Page.tag` names everything else.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from swaps.reasons import Reason
from swaps.status_page import words
from swaps.status_page.rescues import RescueView, rescues_of
from swaps.status_page.words import Words
from swaps.status_page.writing import Coin, Countdown, Moment, amount_text, chain_title, compact, moment, short
from swaps.statuses import TERMINAL, Status

TICKING = "ticking"


@dataclass(frozen=True)
class ChainFacts:
    """What is configured of a chain: its tokens by id, and where people look transactions up."""

    name: str
    family: str
    network_id: str
    explorer_tx: str
    coins: Mapping[str, Coin] = field(default_factory=dict)


@dataclass(frozen=True)
class TransactionView:
    """A transaction on a chain: ours, or anybody's that made or settled a lock."""

    what: str
    chain: str
    hash: str
    short: str
    state: str
    explorer: str | None
    at: Moment | None


@dataclass(frozen=True)
class StepView:
    """One of the five steps."""

    number: int
    title: str
    state: str
    state_text: str
    at: Moment | None


@dataclass(frozen=True)
class Confirmed:
    """Blocks on top of a lock."""

    seen: int
    needed: int
    final: bool


@dataclass(frozen=True)
class SideView:
    """One lock, in the maker's words."""

    id: str
    title: str
    amount: str
    chain: str
    account_label: str
    account: str
    state: Words
    confirmed: Confirmed | None
    lock_id: str | None
    transactions: tuple[TransactionView, ...]
    countdowns: tuple[Countdown, ...]


@dataclass(frozen=True)
class Page:
    """The whole page."""

    session_id: str
    seq: int
    status: Words
    percent: int
    advice: Words
    until: Moment | None
    reason: Words | None
    steps: tuple[StepView, ...]
    sides: tuple[SideView, ...]
    custody: Words
    secret: str
    rescues: tuple[RescueView, ...]
    sent: tuple[TransactionView, ...]
    created: Moment | None
    finished: Moment | None
    is_over: bool

    @property
    def tag(self) -> str:
        """A weak entity tag: equal pages but for what ticks have the same."""
        return f'W/"{hashlib.sha256(compact(_still(asdict(self))).encode()).hexdigest()[:24]}"'


def page_of(
    document: Mapping[str, Any],
    rescue: Mapping[str, Any],
    clock: Mapping[str, Any],
    chains: Mapping[str, ChainFacts],
    now: datetime,
) -> Page:
    """From a session's document, its rescue options and its clock; `chains` by name."""
    status, action = Status(document["status"]), document["nextAction"]
    sides = tuple(_side(side, document, clock[side], chains, now) for side in ("source", "destination"))
    return Page(
        session_id=document["sessionId"],
        seq=document["seq"],
        status=words.STATUSES[status],
        percent=document["progress"],
        advice=words.ACTIONS[action],
        until=moment(document["next"]["until"], now),
        reason=words.REASONS[Reason(document["reason"])] if document["reason"] else None,
        steps=tuple(_steps(document, now)),
        sides=sides,
        custody=words.CUSTODY[document["custody"]],
        secret=words.SECRETS[document["secretState"]],
        rescues=rescues_of(rescue, {"source": sides[0].amount, "destination": sides[1].amount}, now),
        sent=tuple(_sent(document, now)),
        created=moment(document["createdAt"], now),
        finished=moment(document["finishedAt"], now),
        is_over=status in TERMINAL,
    )


def _steps(document: Mapping[str, Any], now: datetime) -> Iterator[StepView]:
    for number, step in enumerate(document["steps"], start=1):
        state = step["status"]
        done = moment(step["timestamp"], now) if state == "completed" else None
        yield StepView(number, words.STEPS[step["step"]], state, words.STEP_STATES[state], done)


# Locks


def _side(
    side: str, document: Mapping[str, Any], clock: Mapping[str, Any], chains: Mapping[str, ChainFacts], now: datetime
) -> SideView:
    leg, source = document["legs"][side], side == "source"
    facts = chains[leg["chain"]]
    states, counted = words.SOURCE_STATES if source else words.DESTINATION_STATES, leg["confirmations"]
    return SideView(
        id=side,
        title="You give" if source else "You get",
        amount=amount_text(leg["amount"], facts.coins.get(leg["token"]), leg["token"]),
        chain=chain_title(leg["chain"]),
        account_label="from" if source else "to",
        account=leg["refundee"] if source else leg["payee"],
        state=states[leg["state"]],
        confirmed=Confirmed(counted["seen"], counted["needed"], counted["final"]) if counted else None,
        lock_id=leg["lockId"],
        transactions=tuple(_settling(leg, now)),
        countdowns=tuple(_countdowns(side, leg, clock, now)),
    )


def _settling(leg: Mapping[str, Any], now: datetime) -> Iterator[TransactionView]:
    """What made and what settled the lock, as the chain shows it."""
    for name, what in words.EVENTS.items():
        found = leg[name]
        if found:
            state = "final" if found["final"] else "being confirmed"
            yield TransactionView(
                what, chain_title(leg["chain"]), found["hash"], short(found["hash"]), state, found["explorer"],
                moment(found["at"], now),
            )  # fmt: skip


def _countdowns(side: str, leg: Mapping[str, Any], clock: Mapping[str, Any], now: datetime) -> Iterator[Countdown]:
    """Until when the lock can be claimed, and from when it can go back, while it stands."""
    if leg["state"] not in ("seen", "locked"):
        return
    shown = [("secondsToExpiry", "expiresAt", "can be claimed until")] if side == "destination" else []
    back = "can go back to you from" if side == "source" else "goes back to us from"
    for seconds, at, label in [*shown, ("secondsToRefund", "refundableAt", back)]:
        when = moment(leg[at], now)
        if when is not None and clock[seconds] is not None:
            yield Countdown(label, when, int(clock[seconds]))


def _sent(document: Mapping[str, Any], now: datetime) -> Iterator[TransactionView]:
    """What we sent; a filler or a cancellation does nothing but take a number, and concerns nobody."""
    for sent in document["transactions"]:
        if sent["kind"] == "call":
            yield TransactionView(
                words.TRANSACTIONS.get(sent["step"], sent["step"].replace("_", " ")),
                chain_title(sent["chain"]), sent["hash"], short(sent["hash"]), words.TRANSACTION_STATES[sent["state"]],
                sent["explorer"], moment(sent["sentAt"], now),
            )  # fmt: skip


def _still(value: Any) -> Any:
    """Without what ticks."""
    if isinstance(value, dict):
        return {name: _still(one) for name, one in value.items() if name != TICKING}
    return [_still(one) for one in value] if isinstance(value, list | tuple) else value
