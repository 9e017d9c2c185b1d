"""Our own tokens: how many there are, and which are promised."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from chains.config import chain_config, client
from chains.errors import ChainError, NoQuorum, UnknownAccount
from chains.events import EventKind
from chains.models import Chain, ChainEvent, Intent
from chains.selectors import own_hashes
from swaps import selectors
from swaps.errors import ChainUnreachable, InsufficientLiquidity, ReceiverNotReady
from swaps.locks import lock_inventory
from swaps.machine import Step
from swaps.models import Leg, Reservation, SwapSession
from swaps.services.facts import LegView

IMPLICIT = re.compile(r"[0-9a-f]{64}|0x[0-9a-f]{40}")  # NEAR accounts that need no creation
NEAR_FLOAT = 5 * 10**24  # yoctoNEAR kept back for gas and storage
REGISTRATION = 1_250_000_000_000_000_000_000  # yoctoNEAR: the usual NEP-145 minimum


def balance(chain: str, token: str) -> int:
    """What we could lock of a token, base units, by the chain's word at the final block that we know.

    A promise is held until the lock that keeps it is final: so each token is either still in this balance and promised,
    or gone from both, and a reorg of a lock that was merely seen frees nothing. Raises `ChainError`.
    """
    config, node, row = chain_config(chain), client(chain), Chain.objects.get(pk=chain)
    if row.final_height is None:
        raise NoQuorum(f"{chain} has no final block yet")
    if config.family == "evm":
        held: int = (
            node.balance(config.resolver, row.final_height)
            if token == config.native_token
            else node.erc20_balance(token, config.resolver, row.final_height)
        )
        return held
    if token == config.native_token:
        return max(0, int(node.account(config.account, block=row.final_hash).amount) - NEAR_FLOAT)
    return int(node.view(token, "ft_balance_of", {"account_id": config.account}, block=row.final_hash))


@dataclass(frozen=True)
class Balance:
    """Base units, and when they were read."""

    amount: int
    read_at: datetime


def available(session: SwapSession) -> Balance:
    """Our balance of the destination token; on the way, whether the receiver can be paid at all.

    Raises `ChainUnreachable` or `ReceiverNotReady`.
    """
    read_at = timezone.now()
    try:
        _receiver_is_ready(session)
        return Balance(balance(session.destination_chain_id, session.destination_token), read_at)
    except ChainError as error:
        raise ChainUnreachable(f"{session.destination_chain_id} does not answer: nothing was started") from error


def _receiver_is_ready(session: SwapSession) -> None:
    config = chain_config(session.destination_chain_id)
    if config.family != "near":
        return
    node = client(config.name)
    if session.destination_token == config.native_token:
        _account_must_exist(node, session.taker)
        return
    if node.view(session.destination_token, "storage_balance_of", {"account_id": session.taker}) is None:
        raise ReceiverNotReady(
            f"{session.taker} is not registered with {session.destination_token}, which would refuse to pay him: "
            "send the storage_deposit call given here, then execute again",
            extra={
                "call": {
                    "chain": config.name,
                    "purpose": "storage",
                    "receiverId": session.destination_token,
                    "methodName": "storage_deposit",
                    "args": {"account_id": session.taker, "registration_only": True},
                    "deposit": str(REGISTRATION),
                    "gas": "30000000000000",
                }
            },
        )


def _account_must_exist(node: Any, account: str) -> None:
    """NEAR for an account that is not there comes back to the HTLC. An implicit one is made by the transfer."""
    if IMPLICIT.fullmatch(account):
        return
    try:
        node.account(account)
    except UnknownAccount as error:
        raise ReceiverNotReady(f"there is no account {account}: it could not be paid") from error


def reserve(*, session: SwapSession, balance: Balance) -> Reservation:
    """Promise the destination amount to a locked session. Raises `InsufficientLiquidity`."""
    chain, token = session.destination_chain_id, session.destination_token
    lock_inventory(chain, token)
    free = balance.amount - selectors.reserved(chain, token, since=balance.read_at)
    if free < session.destination_amount:
        raise InsufficientLiquidity(
            f"{session.destination_amount} of {token} on {chain} are wanted, and {max(0, free)} are free",
            extra={"available": str(max(0, free)), "token": token, "chain": chain},
        )
    return Reservation.objects.create(session=session, chain_id=chain, token=token, amount=session.destination_amount)


def reservation_keep(view: LegView) -> None:
    """Free the promise that a lock of ours has kept: once it is final on its chain, at whatever confirmation level. One that
    somebody else made in our place keeps it, unless ours is on its way all the same."""
    final = view.leg.chain.final_height
    if view.leg.side != Leg.Side.DESTINATION or view.recognised is None or final is None:
        return
    created = [event for event in view.events if event.kind == EventKind.LOCK_CREATED]
    if any(event.block_height <= final for event in created) and not _ours_may_come(view.leg, created):
        reservation_free(view.leg.session_id)


def _ours_may_come(leg: Leg, created: list[ChainEvent]) -> bool:
    """Whether this is not our lock, and ours can still land: only an escrow can be made by others."""
    if leg.chain.family != Chain.Family.EVM:
        return False
    ordered = selectors.intents_of(leg.session_id).filter(step=Step.DESTINATION_LOCK)
    on_its_way = ordered.filter(state__in=(Intent.State.PENDING, Intent.State.SENT)).exists()
    return on_its_way and not own_hashes(leg.chain_id, {event.tx_hash for event in created})


def reservation_free(session_id: str) -> None:
    """Nothing is promised to the session any more."""
    Reservation.objects.filter(session_id=session_id, released_at=None).update(released_at=timezone.now())
