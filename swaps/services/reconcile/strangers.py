"""Locks with our contracts and our name on them that no session knows."""

from typing import Any

from django.db.models import Q

from chains.config import chain_config
from chains.events import EventKind
from chains.models import ChainEvent
from swaps.models import Leg, StrayLock
from swaps.services.reconcile.accounts import At
from swaps.services.reconcile.report import Difference, What

SETTLED = (EventKind.LOCK_CLAIMED, EventKind.LOCK_REFUNDED)


def strangers_find(at: At, records: dict[str, dict[str, Any]]) -> list[Difference]:
    """Those that stand at that block; on NEAR also settled ones that our account paid into: nobody else can do that.

    Anyone may make an escrow that names us, with his own money. It is shown while it stands, and is no debt of ours.
    """
    known = set(Leg.objects.filter(chain_id=at.chain).exclude(lock_id="").values_list("lock_id", flat=True))
    known |= set(StrayLock.objects.filter(chain_id=at.chain).values_list("lock_id", flat=True))
    if chain_config(at.chain).family == "near":
        return [
            _of_record(at, record)
            for lock, record in sorted(records.items())
            if lock not in known and _ours(at, record)
        ]
    return [_of_event(event) for event in _standing(at).exclude(lock_id__in=known)]


def _ours(at: At, record: dict[str, Any]) -> bool:
    us = chain_config(at.chain).account
    if record["sender"] == us:
        return True
    return bool(record["receiver"] == us and (record["state"] == "locked" or record["payout"] != "paid"))


def _of_record(at: At, record: dict[str, Any]) -> Difference:
    ours = record["sender"] == chain_config(at.chain).account
    token = record["token"] or "near"
    return _difference(
        at.chain,
        record["id"],
        f"{record['amount']} of {token} from {record['sender']} to {record['receiver']}, {record['state']}",
        "our account made it, and this service did not: stop its keys" if ours else "",
        token,
    )


def _standing(at: At) -> Any:
    """The creations of escrows that name our Resolver, and were not settled by that block."""
    us = chain_config(at.chain).resolver
    final = ChainEvent.objects.filter(chain_id=at.chain, orphaned_at=None, block_height__lte=at.height)
    named = Q(payload__side="source", payload__immutables__taker=us) | Q(payload__side="destination", payload__taker=us)
    settled = final.filter(kind__in=SETTLED).values("lock_id")
    return (
        final.filter(named, kind=EventKind.LOCK_CREATED).exclude(lock_id__in=settled).order_by("block_height", "index")
    )


def _of_event(event: ChainEvent) -> Difference:
    terms = event.payload.get("immutables")
    what = f"{terms['amount']} of {terms['token']} from {terms['maker']}" if terms else "a destination lock of ours"
    return _difference(
        event.chain_id,
        event.lock_id,
        f"{what}, made in {event.tx_hash}",
        "" if terms else "if our operator key made it, stop the key",
        terms["token"] if terms else "",
    )


def _difference(chain: str, lock: str, found: str, why: str, token: str) -> Difference:
    told = (
        why or "somebody locked for us outside of a session, or with other terms: it goes back to him at its timelock"
    )
    return Difference(What.LOCK_UNKNOWN, chain, "no session", lock, "no such lock", found, told, token=token)
