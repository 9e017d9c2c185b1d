"""What can be told of: a table of event types, which apps fill in `AppConfig.ready()`, and one event as the engine takes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PING = "webhook.ping"


@dataclass(frozen=True)
class EventType:
    """`name` is hierarchical, with full stops; `scope` is what a key needs to be told of it (empty: nothing)."""

    name: str
    meaning: str
    scope: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to `subject` (a session's id), and that `owner` (a principal's id) may be told of.

    `seq` counts up within the subject: what an owner is sent about it comes in this order, and an event with an owner,
    subject and seq that were published already is the same event. `payload` is JSON and public.
    """

    owner: str
    type: str
    subject: str
    seq: int
    at: datetime
    payload: Mapping[str, Any]


TYPES: dict[str, EventType] = {}


def types_add(types: Iterable[EventType]) -> None:
    """Make an app's types known. Raises `ValueError` for a name that means something else already."""
    for one in types:
        if TYPES.setdefault(one.name, one) != one:
            raise ValueError(f"the event type {one.name} stands twice, with different meanings")


def wanted(filters: Iterable[str], name: str) -> bool:
    """Whether an endpoint with these filters wants a type. No filter wants all; `session.*` all that begin so; a ping is
    never filtered."""
    chosen = list(filters)
    return not chosen or name == PING or any(_matches(one, name) for one in chosen)


def _matches(one: str, name: str) -> bool:
    return name.startswith(one[:-1]) if one.endswith(".*") else one == name


def types_of(one: str) -> list[EventType]:
    """The types that one filter names; empty for a filter that names none."""
    return [found for found in TYPES.values() if found.name != PING and _matches(one, found.name)]


types_add([EventType(PING, "A test that the owner asked for.")])
