"""The ledger's entries against the final facts they must come from."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from chains.models import ChainEvent, ChainTransaction
from chains.selectors import own_hashes
from swaps.machine import TERMINAL
from swaps.models import LedgerEntry, Leg, StrayLock, SwapSession
from swaps.selectors import own_strays
from swaps.services.ledger import SETTLED_STATES, event_postings, transaction_postings
from swaps.services.reconcile.report import Difference, Scope, What

Account = LedgerEntry.AccountName
LOCK_ACCOUNTS = (
    Account.SOURCE_ESCROW,
    Account.DESTINATION_ESCROW,
    Account.SOURCE_DEPOSIT,
    Account.DESTINATION_DEPOSIT,
)
Place = tuple[str, str, str, str]
Entries = dict[Place, LedgerEntry]


def place(entry: LedgerEntry) -> Place:
    """What an entry is unique by."""
    return entry.chain_id, entry.kind, entry.token, entry.evidence


def books_compare(scope: Scope) -> tuple[list[Difference], list[LedgerEntry], int]:
    """The differences, the entries that are missing, and how many entries there are."""
    wanted, booked = _wanted(scope), _booked(scope)
    missing = [entry for key, entry in wanted.items() if key not in booked]
    found = [_missing(entry) for entry in missing]
    found += [
        _wrong(booked[key], entry) for key, entry in wanted.items() if key in booked and _differ(key, booked, wanted)
    ]
    found += [_without_cause(entry) for key, entry in booked.items() if key not in wanted]
    found += _unclosed(scope, booked.values())
    return found, missing, len(booked)


def _wanted(scope: Scope) -> Entries:
    """What must be in the books."""
    entries = [entry for chain in scope.chains for entry in _of_locks(chain, scope)]
    sent = ChainTransaction.objects.filter(chain_id__in=scope.chains, state__in=SETTLED_STATES)
    for transaction in sent.select_related("chain", "intent"):
        entries += transaction_postings(transaction)
    if scope.session:
        entries = [entry for entry in entries if entry.session_id == scope.session]
    return {place(entry): entry for entry in entries}


def _of_locks(chain: str, scope: Scope) -> list[LedgerEntry]:
    legs = Leg.objects.filter(chain_id=chain).exclude(lock_id="")
    if scope.session:
        legs = legs.filter(session_id=scope.session)
    events = events_of_legs(chain, scope)
    ours = own_hashes(chain, {event.tx_hash for each in events.values() for event in each})
    found = []
    for leg in (*legs.select_related("chain"), *own_strays(chain, scope.session)):
        found += event_postings(leg, events[leg.lock_id], ours)
    return found


def events_of_legs(chain: str, scope: Scope) -> dict[str, list[ChainEvent]]:
    """The events that stand for each lock of a session, its strays included, by lock id, oldest first."""
    legs = Leg.objects.filter(chain_id=chain).exclude(lock_id="")
    strays = StrayLock.objects.filter(chain_id=chain)
    if scope.session:
        legs, strays = legs.filter(session_id=scope.session), strays.filter(session_id=scope.session)
    named = Q(lock_id__in=legs.values("lock_id")) | Q(lock_id__in=strays.values("lock_id"))
    events = ChainEvent.objects.filter(named, chain_id=chain, orphaned_at=None)
    found: dict[str, list[ChainEvent]] = defaultdict(list)
    for event in events.order_by("block_height", "index", "pk"):
        found[event.lock_id].append(event)
    return found


def _booked(scope: Scope) -> Entries:
    entries = LedgerEntry.objects.filter(chain_id__in=scope.chains).exclude(kind__in=LedgerEntry.BY_OPERATOR)
    if scope.session:
        entries = entries.filter(session_id=scope.session)
    return {place(entry): entry for entry in entries}


def _differ(key: Place, booked: Entries, wanted: Entries) -> bool:
    return _says(booked[key]) != _says(wanted[key])


def _says(entry: LedgerEntry) -> tuple[str, str, int, str | None]:
    return entry.debit, entry.credit, int(entry.amount), entry.session_id


def _words(entry: LedgerEntry) -> str:
    return f"{entry.amount} {entry.credit} -> {entry.debit}"


def _subject(entry: LedgerEntry) -> str:
    return entry.session_id or "no session"


def _missing(entry: LedgerEntry) -> Difference:
    return Difference(
        What.ENTRY_MISSING,
        entry.chain_id,
        _subject(entry),
        f"{entry.kind} {entry.evidence}",
        expected=_words(entry),
        found="nothing",
        why="it is final on chain and was not booked: its session was not looked at since",
        units=-int(entry.amount),
        token=entry.token,
    )


def _wrong(booked: LedgerEntry, wanted: LedgerEntry) -> Difference:
    return Difference(
        What.ENTRY_WRONG,
        booked.chain_id,
        _subject(wanted),
        f"{booked.kind} {booked.evidence}",
        expected=_words(wanted),
        found=_words(booked),
        why="the entry is not what its cause on chain says: somebody wrote past the service",
        units=int(booked.amount) - int(wanted.amount),
        token=booked.token,
    )


def _without_cause(entry: LedgerEntry) -> Difference:
    return Difference(
        What.ENTRY_WITHOUT_CAUSE,
        entry.chain_id,
        _subject(entry),
        f"{entry.kind} {entry.evidence}",
        expected="nothing",
        found=_words(entry),
        why="no final event or transaction says so: it was orphaned, or somebody wrote past the service",
        units=int(entry.amount),
        token=entry.token,
    )


def _unclosed(scope: Scope, entries: Iterable[LedgerEntry]) -> list[Difference]:
    """Sessions at their end whose books still have something in a lock: failure mode TERMINAL-STATE-WITH-FUNDS. A stray of
    ours is looked after by itself until it has come home."""
    left: dict[tuple[str, str, str, str], int] = defaultdict(int)
    standing = StrayLock.objects.filter(chain_id__in=scope.chains, state=StrayLock.State.STANDING)
    waiting = set(standing.values_list("chain_id", "lock_id"))
    for entry in entries:
        if (entry.chain_id, _lock_of(entry)) in waiting:
            continue
        for account, sign in ((entry.debit, 1), (entry.credit, -1)):
            if account in LOCK_ACCOUNTS and entry.session_id:
                left[entry.session_id, entry.chain_id, account, entry.token] += sign * int(entry.amount)
    open_ones = {key: amount for key, amount in left.items() if amount}
    ended = SwapSession.objects.filter(pk__in={key[0] for key in open_ones}, status__in=sorted(TERMINAL))
    statuses = dict(ended.values_list("pk", "status"))
    return [
        Difference(
            What.TERMINAL_WITH_FUNDS,
            chain,
            session,
            account,
            expected="0",
            found=str(amount),
            why=f"the session is {statuses[session]}, and by its books this is still in the lock",
            units=amount,
            token=token,
        )
        for (session, chain, account, token), amount in open_ones.items()
        if session in statuses
    ]


def _lock_of(entry: LedgerEntry) -> str:
    """The lock that the entry is about; "" for one about a transaction."""
    side, _, rest = entry.evidence.partition(":")
    return rest.partition(":")[0] if side in Leg.Side.values else ""
