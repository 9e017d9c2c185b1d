"""What an operator enters: the balances that the books begin with, and what he brought or took away himself."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from access.models import ActorKind
from access.services import audit_record
from chains.config import chain_config
from swaps.errors import BooksRefused
from swaps.models import LedgerEntry
from swaps.services.reconcile.accounts import At, Holding, balance_read, booked, final_block, holdings, storage_spent
from swaps.services.reconcile.balances import is_open, open_transactions
from swaps.services.reconcile.books import books_compare
from swaps.services.reconcile.locks import near_records
from swaps.services.reconcile.report import Scope

Account, Kind = LedgerEntry.AccountName, LedgerEntry.Kind
AUDITED = "ledger_{kind}"


@dataclass(frozen=True)
class Transfer:
    """`amount` base units of a token that came to (or, negative, left) one of our accounts; `reference` is the
    transaction that did it, entered once."""

    chain: str
    account: str
    token: str
    amount: int
    reference: str
    reason: str


def books_open(chain: str, *, actor: str) -> list[LedgerEntry]:
    """Enter the opening balance of each account of a chain that has none: what is there at the final block beyond what
    was booked before. Repeatable.

    Raises `ChainError`, and `BooksRefused` while something of ours is under way, for then the balance is not one number.
    """
    waiting, at = open_transactions(chain), final_block(chain)
    missing = books_compare(Scope((chain,)))[1]
    if waiting or missing:
        raise BooksRefused(
            f"{len(waiting)} transactions of ours on {chain} are not final and {len(missing)} entries are not booked: "
            "open the books when nothing is under way"
        )
    closed = [holding for holding in holdings(chain) if not is_open(holding)]
    standing = set(near_records(at)) if chain_config(chain).family == "near" else set()
    return [_open(holding, at, standing, actor) for holding in closed]


def _open(holding: Holding, at: At, standing: set[str], actor: str) -> LedgerEntry:
    spent = storage_spent(at.chain, standing) if holding.account == Account.STORAGE else 0
    amount = balance_read(holding, at) - (booked(holding, at) - spent)
    return _enter(holding, Kind.OPENING, amount, at.height, f"opening:{holding.account}", "", actor)


def transfer_record(transfer: Transfer, *, actor: str) -> LedgerEntry:
    """Enter what the operator moved. Raises `BooksRefused` for an unknown account or token, and for a reference that was
    entered before."""
    match = [
        holding
        for holding in holdings(transfer.chain)
        if holding.account == transfer.account and transfer.token in (holding.token, holding.symbol)
    ]
    if not match:
        known = ", ".join(f"{holding.account} {holding.symbol}" for holding in holdings(transfer.chain))
        raise BooksRefused(f"{transfer.chain} has no {transfer.account} of {transfer.token}; known are {known}")
    if not transfer.amount or not transfer.reference:
        raise BooksRefused("a transfer has an amount other than zero, and the transaction that made it")
    reference = f"{transfer.reference}:{transfer.account}"
    height = final_block(transfer.chain).height
    try:
        return _enter(match[0], Kind.TRANSFER, transfer.amount, height, reference, transfer.reason, actor)
    except IntegrityError as error:
        raise BooksRefused(f"{transfer.reference} was entered before") from error


@transaction.atomic
def _enter(
    holding: Holding, kind: LedgerEntry.Kind, amount: int, height: int, evidence: str, note: str, actor: str
) -> LedgerEntry:
    came = amount >= 0
    entry = LedgerEntry.objects.create(
        chain_id=holding.chain,
        token=holding.token,
        kind=kind,
        debit=holding.account if came else Account.OUTSIDE,
        credit=Account.OUTSIDE if came else holding.account,
        amount=abs(amount),
        height=height,
        evidence=evidence,
        note=note,
    )
    audit_record(
        action=AUDITED.format(kind=kind),
        actor_kind=ActorKind.COMMAND,
        actor_id=actor,
        target=f"{holding.chain} {holding.account} {holding.symbol}",
        detail={"amount": str(amount), "token": holding.token, "evidence": evidence, "reason": note},
    )
    return entry
