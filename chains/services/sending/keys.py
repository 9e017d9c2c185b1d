"""Which of a NEAR account's access keys signs next.

Each key has nonces of its own, and one of them that lands kills every lower one. So a key is busy while it hands a
transaction over: from the moment its bytes are stored until a node has clearly accepted them. The free key that signed
longest ago is taken. A key whose transaction does not get out is shared after a while, lest it stop everything: what a
higher nonce kills is signed anew.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from chains.clients.near import AccessKey
from chains.models import Account, ChainTransaction
from chains.services.calls.near import NearCall

State = ChainTransaction.State


def is_busy(account: Account, share_after: float) -> bool:
    """Whether one of the key's transactions is on its way to a node, since less than `share_after` seconds."""
    handing_over = Q(state=State.SIGNED) | (Q(state=State.BROADCAST) & ~Q(error=""))
    since: datetime = timezone.now() - timedelta(seconds=share_after)
    return account.transactions.filter(handing_over, waiting_since__gt=since).exists()


def in_turn(accounts: list[Account]) -> Iterator[Account]:
    """The keys, that which signed longest ago first."""
    rows = Account.objects.filter(pk__in=[account.pk for account in accounts])
    yield from rows.order_by(F("last_used_at").asc(nulls_first=True), "pk")


def may_sign(key: AccessKey, call: NearCall) -> bool:
    """Whether the network lets the key sign this call. A function call key may attach no deposit, and may call only one
    contract, perhaps only some of its methods."""
    if key.full_access:
        return True
    limits: Any = key.permission
    granted = limits.get("FunctionCall", {}) if isinstance(limits, dict) else {}
    methods = granted.get("method_names") or [call.method]
    return call.deposit == 0 and granted.get("receiver_id") == call.receiver and call.method in methods
