"""The statuses of a swap and the only moves between them: data, from which the diagrams in docs and admin are drawn."""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """The API's words (seed 002), with what is true on chain."""

    INITIALIZED = "initialized"  # nothing is locked, nothing was asked for
    EXECUTING = "executing"  # we wait for the maker's lock
    SOURCE_LOCKING = "source_locking"  # a source lock was sent or seen, and is not final
    SOURCE_LOCKED = "source_locked"  # the source lock is final and right
    DESTINATION_LOCKING = "destination_locking"  # our lock was ordered or seen, and is not final
    BOTH_LOCKED = "both_locked"  # both locks are final; the secret is not out
    REVEALING_SECRET = "revealing_secret"  # the secret is out, or may be: we only claim
    COMPLETED = "completed"  # both locks are claimed and paid, finally
    CANCELLED = "cancelled"  # called off before anything was locked
    CANCELLING = "cancelling"  # called off with a lock standing: it goes back at its expiry
    TIMEOUT = "timeout"  # too late to go on safely
    REFUNDING = "refunding"  # every lock that stands goes back as soon as its contract allows it
    REFUNDED = "refunded"  # every lock went back, finally
    FAILED = "failed"  # nothing is locked and nothing is in flight; `reason` says why


EARLY = frozenset({Status.INITIALIZED, Status.EXECUTING, Status.SOURCE_LOCKING})
TERMINAL = frozenset({Status.COMPLETED, Status.CANCELLED, Status.REFUNDED, Status.FAILED})
GIVEN_UP = frozenset({Status.CANCELLING, Status.TIMEOUT, Status.REFUNDING})

_S = Status
_GIVE_UP = {_S.CANCELLING: "cancel requested", _S.TIMEOUT: "too late to go on safely"}
_PUBLIC = {_S.REVEALING_SECRET: "a claim was seen: the secret is public"}
_REFUNDED = {_S.REFUNDING: "refunded by its maker"}
_LATE_LOCK = {_S.REFUNDING: "a lock landed late: it goes back"}

TRANSITIONS: Mapping[Status, Mapping[Status, str]] = {
    _S.INITIALIZED: {
        _S.EXECUTING: "execute",
        _S.SOURCE_LOCKING: "the maker's lock was seen before execute",
        _S.CANCELLED: "cancel requested",
        _S.FAILED: "the session expired",
    },
    _S.EXECUTING: {
        _S.SOURCE_LOCKING: "source lock sent or seen",
        _S.CANCELLED: "cancel requested",
        _S.FAILED: "the session expired",
    },
    _S.SOURCE_LOCKING: {
        _S.SOURCE_LOCKED: "source lock final",
        _S.EXECUTING: "a reorg undid the maker's lock",
        _S.FAILED: "the order could not be filled",
        _S.CANCELLED: "cancel requested, and nothing was locked",
    },
    _S.SOURCE_LOCKED: {
        _S.DESTINATION_LOCKING: "destination lock ordered",
        **_REFUNDED,
        **_PUBLIC,
        **_GIVE_UP,
    },
    _S.DESTINATION_LOCKING: {
        _S.BOTH_LOCKED: "destination lock final",
        _S.SOURCE_LOCKED: "the destination lock failed for good",
        **_REFUNDED,
        **_PUBLIC,
        **_GIVE_UP,
    },
    _S.BOTH_LOCKED: {
        _S.REVEALING_SECRET: "secret released into the claim",
        _S.DESTINATION_LOCKING: "a reorg undid the destination lock",
        **_REFUNDED,
        **_GIVE_UP,
    },
    _S.REVEALING_SECRET: {
        _S.COMPLETED: "both claims final",
        _S.TIMEOUT: "the first claim's lock expired unclaimed",
        _S.FAILED: "one leg was claimed, and the other went back",
    },
    _S.CANCELLING: {_S.REFUNDING: "the refund window opened", **_PUBLIC},
    _S.TIMEOUT: {_S.REFUNDING: "by itself", **_PUBLIC},
    _S.REFUNDING: {
        _S.REFUNDED: "every refund final",
        _S.FAILED: "nothing is locked any more, and not everything was refunded",
        **_PUBLIC,
    },
    _S.CANCELLED: _LATE_LOCK,
    _S.FAILED: _LATE_LOCK,
    _S.COMPLETED: {},
    _S.REFUNDED: {},
}


class IllegalTransition(Exception):
    """A move that `TRANSITIONS` does not have: a bug of ours, and nothing happens."""


def check_transition(old: Status, new: Status) -> None:
    """Raise `IllegalTransition` unless the table has the move."""
    if new not in TRANSITIONS[old]:
        raise IllegalTransition(f"no transition from {old} to {new}")
