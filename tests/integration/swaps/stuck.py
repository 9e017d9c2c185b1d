"""What becomes of an intent whose transaction the chain does not take, written down as the senders do."""

from typing import Any

from django.utils import timezone

from chains.models import Account, ChainTransaction, Intent
from chains.services.intents import backoff
from chains.services.sending.outcomes import record_final
from swaps.services.advance import session_advance


def sign(intent: Intent, **fields: Any) -> ChainTransaction:
    """Its transaction, handed to the network now."""
    account, _ = Account.objects.get_or_create(chain=intent.chain, address="us")
    Intent.objects.filter(pk=intent.pk).update(state="sent", attempts=1)
    intent.refresh_from_db()
    more = {"hash": "0x" + "7a" * 32, "raw": b"x", "nonce": 1, "state": "broadcast", **fields}
    return ChainTransaction.objects.create(intent=intent, chain=intent.chain, account=account, **more)


def revert(intent: Intent) -> None:
    """A final block has its transaction, which failed."""
    told = {"failure": "Exceeded the prepaid gas"}
    record_final(sign(intent), succeeded=False, height=99, block_hash="b99", fee=1, detail=told)


def backing_off(intent: Intent) -> None:
    """It failed for good, the engine ordered it anew, and it waits as long as after the fifth time."""
    revert(intent)
    session_advance(session_id=intent.subject_id)
    Intent.objects.filter(pk=intent.pk).update(not_before=timezone.now() + backoff(5))
