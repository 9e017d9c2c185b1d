"""Booking what final events and transactions prove. Idempotent: each piece of evidence is booked once."""

from chains.config import chain_config
from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction
from swaps.models import LedgerEntry, Leg, SwapSession
from swaps.services.facts import LegView, final_height

Kind, Account = LedgerEntry.Kind, LedgerEntry.AccountName
# side -> (who pays in, the escrow, who a claim pays)
PARTIES = {
    Leg.Side.SOURCE: (Account.MAKER, Account.SOURCE_ESCROW, Account.INVENTORY),
    Leg.Side.DESTINATION: (Account.INVENTORY, Account.DESTINATION_ESCROW, Account.TAKER),
}
KINDS = {
    EventKind.LOCK_CREATED: Kind.LOCKED,
    EventKind.LOCK_CLAIMED: Kind.CLAIMED,
    EventKind.LOCK_REFUNDED: Kind.REFUNDED,
}


def leg_book(view: LegView) -> None:
    """Book the first final event of each kind of a recognised lock."""
    booked: set[str] = set()
    entries = []
    for event in view.events:
        kind = KINDS.get(EventKind(event.kind))
        if kind is None or kind in booked or event.block_height > final_height(view.leg):
            continue
        booked.add(kind)
        entries.append(_entry(view.leg, event, kind))
    LedgerEntry.objects.bulk_create(entries, ignore_conflicts=True)


def _entry(leg: Leg, event: ChainEvent, kind: LedgerEntry.Kind) -> LedgerEntry:
    payer, escrow, payee = PARTIES[Leg.Side(leg.side)]
    debit, credit = {
        Kind.LOCKED: (escrow, payer),
        Kind.CLAIMED: (payee, escrow),
        Kind.REFUNDED: (payer, escrow),
    }[kind]
    return LedgerEntry(
        session_id=leg.session_id,
        chain_id=leg.chain_id,
        token=leg.token,
        kind=kind,
        debit=debit,
        credit=credit,
        amount=leg.amount,
        evidence=f"{leg.side}:{event.lock_id}",
    )


def fee_book(session: SwapSession, sent: ChainTransaction) -> None:
    """Book what the network took for a final transaction, whether it did its work or failed."""
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                session=session,
                chain_id=sent.chain_id,
                token=chain_config(sent.chain_id).native_token,
                kind=Kind.FEE,
                debit=Account.NETWORK,
                credit=Account.INVENTORY,
                amount=int(sent.fee_paid or 0),
                evidence=sent.hash,
            )
        ],
        ignore_conflicts=True,
    )
