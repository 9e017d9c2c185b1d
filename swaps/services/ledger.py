"""Booking what final events and transactions prove. Idempotent: each piece of evidence is booked once for each kind.

`event_postings` and `transaction_postings` say what must be in the books; booking adds it, reconciling compares with it.
"""

from collections.abc import Collection, Sequence

from chains.config import chain_config
from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction
from chains.selectors import events_of_lock, own_hashes
from swaps.models import LedgerEntry, Leg, StrayLock, SwapSession
from swaps.selectors import own_strays
from swaps.services.facts import SUBJECT, LegView
from swaps.services.strays import SUBJECT as STRAY

Kind, Account = LedgerEntry.Kind, LedgerEntry.AccountName
# side -> (who pays in, the escrow, whom a claim pays, where the safety deposit is)
PARTIES = {
    Leg.Side.SOURCE: (Account.MAKER, Account.SOURCE_ESCROW, Account.INVENTORY, Account.SOURCE_DEPOSIT),
    Leg.Side.DESTINATION: (Account.INVENTORY, Account.DESTINATION_ESCROW, Account.TAKER, Account.DESTINATION_DEPOSIT),
}
EVM_SETTLED = {EventKind.LOCK_CLAIMED: Kind.CLAIMED, EventKind.LOCK_REFUNDED: Kind.REFUNDED}
OUTCOMES = {"claimed": Kind.CLAIMED, "refunded": Kind.REFUNDED}
SETTLED_STATES = (ChainTransaction.State.SUCCEEDED, ChainTransaction.State.FAILED)
Move = tuple[LedgerEntry.Kind, str, LedgerEntry.AccountName, LedgerEntry.AccountName, int]
"""Kind, token, debit, credit, amount."""


# What the facts prove


def event_postings(leg: Leg, events: Sequence[ChainEvent], ours: Collection[str]) -> list[LedgerEntry]:
    """The entries that the final ones among a recognised lock's `events` prove, oldest first.

    `ours` are the hashes of our own transactions among those that caused them. A contract that emits twice (a clone that
    was funded again) is booked by its first event of each kind.
    """
    final = leg.chain.final_height
    seen: set[str] = set()
    found: list[LedgerEntry] = []
    for event in events:
        if final is None or event.block_height > final:
            continue
        mine = event.tx_hash in ours
        moves = _near_moves(leg, event) if leg.chain.family == "near" else _evm_moves(leg, event, mine)
        name = f"{leg.side}:{event.lock_id}"
        if event.kind == EventKind.FUNDS_RESCUED:
            name += f":{event.tx_hash}:{event.index}"
        elif event.kind in seen:
            continue
        seen.add(event.kind)
        found += [_of_event(leg, event, move, name) for move in moves]
    return found


def _near_moves(leg: Leg, event: ChainEvent) -> list[Move]:
    """The HTLC's money leaves it when its payout has arrived, not when the lock is settled."""
    payer, escrow, payee, _ = PARTIES[Leg.Side(leg.side)]
    if event.kind == EventKind.LOCK_CREATED:
        return [(Kind.LOCKED, leg.token, escrow, payer, leg.amount)]
    if event.kind == EventKind.PAYOUT_SUCCEEDED:
        kind = OUTCOMES[event.payload["outcome"]]
        return [(kind, leg.token, payee if kind == Kind.CLAIMED else payer, escrow, leg.amount)]
    return []


def _evm_moves(leg: Leg, event: ChainEvent, mine: bool) -> list[Move]:
    """The safety deposit is put in by whoever made the escrow, and goes to whoever settles it."""
    payer, escrow, payee, deposit = PARTIES[Leg.Side(leg.side)]
    native, held = chain_config(leg.chain_id).native_token, int(leg.terms["immutables"]["safetyDeposit"])
    somebody = Account.INVENTORY if mine else Account.STRANGER
    if event.kind == EventKind.LOCK_CREATED:
        source = leg.side == Leg.Side.SOURCE
        depositor = Account.MAKER if source and not mine else somebody
        moves: list[Move] = [(Kind.LOCKED, leg.token, escrow, payer if source else somebody, leg.amount)]
        return moves + ([(Kind.DEPOSITED, native, deposit, depositor, held)] if held else [])
    if event.kind == EventKind.FUNDS_RESCUED:
        return [(Kind.RESCUED, event.payload["token"], Account.INVENTORY, escrow, int(event.payload["amount"]))]
    if event.kind not in EVM_SETTLED:
        return []
    kind = EVM_SETTLED[EventKind(event.kind)]
    owner = payee if kind == Kind.CLAIMED else PARTIES[Leg.Side(leg.side)][0]
    moves = [(kind, leg.token, owner, escrow, leg.amount)]
    return moves + ([(Kind.DEPOSIT_RETURNED, native, somebody, deposit, held)] if held else [])


def _of_event(leg: Leg, event: ChainEvent, move: Move, evidence: str) -> LedgerEntry:
    kind, token, debit, credit, amount = move
    return LedgerEntry(
        session_id=leg.session_id,
        chain_id=leg.chain_id,
        token=token,
        kind=kind,
        debit=debit,
        credit=credit,
        amount=amount,
        event=event,
        height=event.block_height,
        evidence=evidence,
    )


def transaction_postings(sent: ChainTransaction) -> list[LedgerEntry]:
    """The entries that one of our transactions proves once it is final, whether it did its work, failed, or only took
    the place of another: its fee, and what it took along beside a lock's amount."""
    if sent.state not in SETTLED_STATES:
        return []
    native = chain_config(sent.chain_id).native_token
    stray, intent = _stray_of(sent), sent.intent
    moves = _near_costs(sent, native) if sent.chain.family == "near" else _evm_costs(sent, native, stray)
    session_id = stray.session_id if stray else intent.subject_id if intent.subject_type == SUBJECT else None
    return [
        LedgerEntry(
            session_id=session_id,
            chain_id=sent.chain_id,
            token=token,
            kind=kind,
            debit=debit,
            credit=credit,
            amount=amount,
            transaction=sent,
            height=sent.block_height or 0,
            evidence=sent.hash,
        )
        for kind, token, debit, credit, amount in moves
    ]


def _near_costs(sent: ChainTransaction, native: str) -> list[Move]:
    """A token's transfer takes one yoctoNEAR (NEP-141), which stays with the token."""
    moves: list[Move] = [(Kind.FEE, native, Account.NETWORK, Account.INVENTORY, int(sent.fee_paid or 0))]
    if sent.fields.get("method") == "ft_transfer_call" and sent.fee_detail.get("depositTaken"):
        moves.append((Kind.ATTACHED, native, Account.NETWORK, Account.INVENTORY, int(sent.fields["deposit"])))
    return moves


def _evm_costs(sent: ChainTransaction, native: str, stray: StrayLock | None) -> list[Move]:
    """A maker's stray is in no book but for its deposit, which comes to us; of a stray of ours the events tell everything."""
    moves: list[Move] = [(Kind.FEE, native, Account.NETWORK, Account.GAS, int(sent.fee_paid or 0))]
    if sent.state != ChainTransaction.State.SUCCEEDED or sent.kind != ChainTransaction.Kind.CALL:
        return moves
    value = int(sent.fields.get("value", 0))
    if value:
        moves.append((Kind.FUNDED, native, Account.INVENTORY, Account.GAS, value))
    if stray is not None and not stray.is_ours:
        held = int(sent.intent.call["immutables"]["safetyDeposit"])
        if held:
            moves.append((Kind.DEPOSIT_RETURNED, native, Account.INVENTORY, Account.MAKER, held))
    return moves


def _stray_of(sent: ChainTransaction) -> StrayLock | None:
    """The stray that it settles, with its session."""
    if sent.intent.subject_type != STRAY:
        return None
    return StrayLock.objects.select_related("session").get(pk=sent.intent.subject_id)


# Booking


def leg_book(view: LegView) -> None:
    """Book what the final events of a recognised lock prove."""
    if view.recognised is not None:
        ours = own_hashes(view.leg.chain_id, {event.tx_hash for event in view.events})
        _add(event_postings(view.leg, view.events, ours))


def strays_book(session: SwapSession) -> None:
    """Book what the final events of the session's strays of ours prove."""
    for leg in own_strays(session.destination_chain_id, session.pk):
        events = tuple(events_of_lock(leg.chain_id, leg.lock_id))
        _add(event_postings(leg, events, own_hashes(leg.chain_id, {event.tx_hash for event in events})))


def transaction_book(sent: ChainTransaction) -> None:
    """Book what one of our transactions cost, once it is final."""
    _add(transaction_postings(sent))


def _add(entries: list[LedgerEntry]) -> None:
    LedgerEntry.objects.bulk_create(entries, ignore_conflicts=True)
