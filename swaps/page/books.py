"""The session's ledger, a table for each chain and token, and what is still in its locks."""

from collections.abc import Iterable
from dataclasses import dataclass

from swaps.models import LedgerEntry
from swaps.page.words import amount_text, plain, seconds_of

OURS = frozenset(str(name) for name in LedgerEntry.OURS)
LOCKS = frozenset({"source_escrow", "destination_escrow", "source_deposit", "destination_deposit"})


@dataclass(frozen=True)
class Entry:
    """One row: what went from the `credit` to the `debit` account. `balance` is ours after it, since the session began."""

    at: int
    kind: str
    debit: str
    credit: str
    amount: str
    balance: str
    height: int


@dataclass(frozen=True)
class Book:
    """One token on one chain."""

    chain: str
    token: str
    entries: tuple[Entry, ...]
    ours: str
    locked: str
    ours_down: bool


def books(rows: Iterable[LedgerEntry]) -> tuple[Book, ...]:
    """The books in the order in which they were opened."""
    by_token: dict[tuple[str, str], list[LedgerEntry]] = {}
    for row in rows:
        by_token.setdefault((row.chain_id, row.token), []).append(row)
    return tuple(_book(chain, token, found) for (chain, token), found in by_token.items())


def _book(chain: str, token: str, rows: list[LedgerEntry]) -> Book:
    entries, ours, locked = [], 0, 0
    for row in rows:
        ours += _change(row, OURS)
        locked += _change(row, LOCKS)
        entries.append(_entry(row, ours))
    return Book(
        chain, token, tuple(entries), amount_text(chain, token, ours), amount_text(chain, token, locked), ours < 0
    )


def _entry(row: LedgerEntry, ours: int) -> Entry:
    return Entry(
        at=seconds_of(row.at) or 0,
        kind=plain(row.kind),
        debit=plain(row.debit),
        credit=plain(row.credit),
        amount=amount_text(row.chain_id, row.token, row.amount),
        balance=amount_text(row.chain_id, row.token, ours),
        height=row.height,
    )


def _change(row: LedgerEntry, accounts: frozenset[str]) -> int:
    amount = int(row.amount)
    return amount * ((row.debit in accounts) - (row.credit in accounts))
