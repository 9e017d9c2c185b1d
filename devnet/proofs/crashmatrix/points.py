"""The points at which a process can die, and the counter that makes it die there."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).parents[3])
OURS = ("swaps/", "chains/", "access/", "pricing/", "balancer/", "orders/", "issuance/")


class Moment(StrEnum):
    """What has happened when the process dies. A commit has the first and the last; a call of a node has all three."""

    BEFORE = "before"  # nothing left the process
    ACCEPTED = "accepted"  # the other side has done it, and its answer was not read
    AFTER = "after"  # the answer was read, and nothing was done with it


Place = tuple[str, str, str, str, int]  # act, method, moment, line of ours, and the how manieth of these


@dataclass(frozen=True)
class Point:
    """One place to die. `number` counts from 1 in the order of a run without a kill; `what` is a method or "commit".

    `status` is the session's at that moment, "none" before there is one. `left` names what a process that dies there
    leaves behind: the database's content, what the nodes have taken, and how far its client and the chains are. Points
    that leave the same behind cannot be told apart by whoever comes after. `act` is the part of the scenario; `nth` counts
    the points of the same act, line, method and moment, from 1: by these a play finds the place again even where some
    sample of the chains' speed was written a poll earlier or later.
    """

    number: int
    what: str
    moment: Moment
    status: str
    left: str
    act: str
    where: str
    nth: int = 1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Point":
        return cls(**{**document, "moment": Moment(document["moment"])})

    @property
    def place(self) -> Place:
        """What it is found by in another play."""
        return self.act, self.what, self.moment, self.where, self.nth

    @property
    def has_digest(self) -> bool:
        """Whether `left` says anything of the database."""
        return not self.left.startswith(":")

    @property
    def kind(self) -> tuple[str, str]:
        """A row of the table: the method (or "commit"), and the moment."""
        return self.what, self.moment

    @property
    def cell(self) -> tuple[str, str, str]:
        """A cell of the table: the kind, and the session's status."""
        return self.what, self.moment, self.status


@dataclass
class Counter:
    """Counts the points that the process passes, remembers them if asked to, and ends it at `kill_at`: a place, or, where
    no two plays are alike, a number.

    `observe` tells the session's status and the database's digest without touching the product's connections;
    `last_words` are told just before the end, so that a run can be held against the list it was chosen from.
    """

    kill_at: Place | int | None = None
    observe: Callable[[], tuple[str, str]] | None = None
    last_words: Callable[[dict[str, str]], None] = lambda words: None
    points: list[Point] = field(default_factory=list)
    passed: int = 0
    command: int = 0
    act: str = ""
    sent: int = 0
    is_on: bool = False
    _times: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def pass_by(self, what: str, moment: Moment, *, sends: bool = False) -> None:
        """The process is at a point now. `sends`: a node has just taken what cannot be taken back."""
        if not self.is_on:
            return
        self.passed += 1
        self.sent += sends
        line = where()
        key = (self.act, what, str(moment), line)
        nth = self._times[key] = self._times.get(key, 0) + 1
        if self.observe is not None:
            status, digest = self.observe()
            left = f"{digest}:{self.command}:{self.sent}"
            self.points.append(Point(self.passed, what, moment, status, left, self.act, line, nth))
        if self.kill_at in (self.passed, (self.act, what, moment, line, nth)):
            self.last_words({"what": what, "moment": moment, "where": line})
            os.kill(os.getpid(), signal.SIGKILL)


def where() -> str:
    """The product's own innermost line: what a reader of a failing point looks for."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(ROOT):
            inside = path[len(ROOT) + 1 :]
            if inside.startswith(OURS):
                return f"{inside}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""
