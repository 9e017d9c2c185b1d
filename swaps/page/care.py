"""Refunds, locks that are not what was agreed, and what the session is in short."""

from dataclasses import dataclass

from chains.config import chain_config
from chains.explorers import address_url, transaction_url
from swaps.models import Refund, StrayLock
from swaps.page.picture import Picture
from swaps.page.words import amount_text, plain, seconds_of, told


@dataclass(frozen=True)
class RefundRow:
    """One refund: who wanted it, why, and what became of it."""

    side: str
    chain: str
    amount: str
    source: str
    actor: str
    reason: str
    state: str
    requested_at: int | None
    finished_at: int | None
    tx_hash: str
    url: str


@dataclass(frozen=True)
class StrayRow:
    """A lock with this session's hashlock that is not what was agreed."""

    chain: str
    lock_id: str
    url: str
    differences: tuple[str, ...]
    state: str
    refund_from: int
    found_at: int | None
    settled_at: int | None


@dataclass(frozen=True)
class Fact:
    """A name and a value; `url` leads to it on an explorer."""

    name: str
    value: str
    url: str = ""
    at: int | None = None
    code: bool = False


def refunds(picture: Picture) -> tuple[RefundRow, ...]:
    """Newest first."""
    return tuple(_refund(row) for row in picture.refunds)


def _refund(row: Refund) -> RefundRow:
    leg = row.leg
    return RefundRow(
        side=leg.side,
        chain=leg.chain_id,
        amount=amount_text(leg.chain_id, leg.token, leg.amount),
        source=row.get_source_display(),
        actor=row.actor,
        reason=told(row.reason),
        state=row.get_state_display(),
        requested_at=seconds_of(row.requested_at),
        finished_at=seconds_of(row.finished_at),
        tx_hash=row.tx_hash,
        url=transaction_url(chain_config(leg.chain_id), row.tx_hash),
    )


def strays(picture: Picture) -> tuple[StrayRow, ...]:
    """Oldest first."""
    return tuple(_stray(row) for row in picture.strays)


def _stray(row: StrayLock) -> StrayRow:
    config = chain_config(row.chain_id)
    return StrayRow(
        chain=row.chain_id,
        lock_id=row.lock_id,
        url=address_url(config, row.lock_id) if config.family == "evm" else "",
        differences=tuple(str(one) for one in row.differences),
        state=row.get_state_display(),
        refund_from=row.refund_from,
        found_at=seconds_of(row.found_at),
        settled_at=seconds_of(row.settled_at),
    )


def facts(picture: Picture) -> tuple[Fact, ...]:
    """What was agreed, who with, and how."""
    session = picture.session
    source, destination = chain_config(session.source_chain_id), chain_config(session.destination_chain_id)
    found = [
        Fact("Maker", session.maker, address_url(source, session.maker), code=True),
        Fact("Taker", session.taker, address_url(destination, session.taker), code=True),
        Fact("Owner", session.principal),
        Fact("Custody of the secret", session.get_custody_display()),
        Fact("Secret", picture.secret_state),
        Fact("Hashlock", f"{session.hash_function} {session.hashlock}", code=True),
        Fact("Source lock", session.get_source_lock_display() or "not chosen yet"),
        Fact("Confirmations", session.confirmation_level),
        Fact("Order of claims", plain(str(picture.facts.claims))),
        Fact("Made", "", at=seconds_of(session.created_at)),
        Fact("Executed", "not yet", at=seconds_of(session.executed_at)),
        Fact("Source lock awaited until", "", at=seconds_of(session.expires_at)),
        Fact("Ended", "not yet", at=seconds_of(session.finished_at)),
    ]
    if session.order:
        found.append(Fact("Order hash", str(session.order.get("orderHash", "")), code=True))
    if session.quote_id:
        found.append(Fact("Quote", session.quote_id, code=True))
    return tuple(found)
