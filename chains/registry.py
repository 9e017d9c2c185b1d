"""How the apps above `chains` hear of it. They register in `AppConfig.ready()`; `chains` knows none of them.

Every handler runs inside the transaction that stored what it is told of, so what it writes and the jobs it defers stand
or fall with the fact.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chains.models import Chain, ChainEvent, ChainTransaction, Intent

EventsHandler = Callable[["Chain", list["ChainEvent"]], None]
FinalHandler = Callable[["Chain", int, int], None]
TransactionHandler = Callable[["ChainTransaction"], None]
SecretOpener = Callable[["Intent"], bytes]
SubjectLock = Callable[[str], object]
AttentionHandler = Callable[["Intent", str], None]
LookAgain = Callable[[str], object]
StillWanted = Callable[["Intent"], str]


@dataclass
class Registry:
    """Handlers by occasion, and for each subject type who opens the secret that a call carries.

    `every_transaction` hears of all transactions, whatever their subject; `transaction` of those of its subject type.
    `look_again` has a subject looked at soon, by its id. `still_wanted` says why an intent must not be cancelled, in words;
    empty where nothing is lost by that.
    """

    events: list[EventsHandler] = field(default_factory=list)
    final: list[FinalHandler] = field(default_factory=list)
    transaction: dict[str, TransactionHandler] = field(default_factory=dict)
    every_transaction: list[TransactionHandler] = field(default_factory=list)
    secret: dict[str, SecretOpener] = field(default_factory=dict)
    lock: dict[str, SubjectLock] = field(default_factory=dict)
    attention: dict[str, AttentionHandler] = field(default_factory=dict)
    look_again: dict[str, LookAgain] = field(default_factory=dict)
    still_wanted: dict[str, StillWanted] = field(default_factory=dict)

    def events_stored(self, chain: "Chain", events: Iterable["ChainEvent"]) -> None:
        """Tell of events that are new, or were just orphaned."""
        told = list(events)
        if told:
            for handler in self.events:
                handler(chain, told)

    def final_moved(self, chain: "Chain", after: int, upto: int) -> None:
        """Tell that blocks with `after < height <= upto` are final now."""
        for handler in self.final:
            handler(chain, after, upto)

    def transaction_changed(self, transaction: "ChainTransaction") -> None:
        """Tell the subject's app that a transaction of its intent was included, succeeded, failed or died."""
        for listener in self.every_transaction:
            listener(transaction)
        handler = self.transaction.get(transaction.intent.subject_type)
        if handler:
            handler(transaction)

    def attention_needed(self, intent: "Intent", why: str) -> None:
        """Tell the subject's app, whose lock is held, that an operator should look at an intent."""
        handler = self.attention.get(intent.subject_type)
        if handler:
            handler(intent, why)

    def lock_subject(self, intent: "Intent") -> None:
        """Lock the intent's subject before the intent itself: everybody locks in that order, so nobody waits in a ring."""
        lock = self.lock.get(intent.subject_type)
        if lock:
            lock(intent.subject_id)

    def open_secret(self, intent: "Intent") -> bytes:
        """The 32 bytes that the intent's call must carry."""
        return self.secret[intent.subject_type](intent)


registry = Registry()
