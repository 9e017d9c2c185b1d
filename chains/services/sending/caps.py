"""How much one key may pay out: in one transaction, and in any 24 hours, by token.

A flow that was taken over (Garden Finance lost about eleven millions through one solver's key) can then lose no more
than a day's cap. What counts is what the signed call would move, computed from the very call that is signed; it is
booked under the account's row lock, so no two senders see the same room. Claims, refunds and cancellations pay nothing
out: no cap and no stopped key keeps them from being sent.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from access.services import audit_record
from chains.config import ChainConfig, Token
from chains.errors import CapExceeded, KeyStopped
from chains.models import Account, Intent, Outflow

log = structlog.get_logger(__name__)
WINDOW = timedelta(hours=24)


def outflow_spent(*, account: Account, token: str) -> int:
    """Base units that the key has signed away in the last 24 hours, and that may have moved."""
    since = timezone.now() - WINDOW
    spent = Outflow.objects.filter(account=account, token=token, created_at__gt=since, released_at=None)
    return int(spent.aggregate(total=Sum("amount"))["total"] or 0)


def outflow_check(*, account: Account, moves: Mapping[str, int], config: ChainConfig) -> None:
    """Whether the key may pay this out now; `moves` = base units by token. Raises `KeyStopped`, `CapExceeded`."""
    if moves and account.stopped_reason:
        raise KeyStopped(f"{account} is stopped: {account.stopped_reason}")
    for token_id, amount in moves.items():
        token = config.token(token_id)
        if token is None:
            raise CapExceeded(f"{token_id} is no configured token of {config.name}: no key pays it out")
        _check(account, token, amount)


def outflow_book(
    *, account: Account, intent: Intent, nonce: int, moves: Mapping[str, int], config: ChainConfig
) -> None:
    """Count what a transaction about to be signed pays out, if `outflow_check` lets it.

    The account's row must be locked, and the bytes be stored in the same database transaction.
    """
    outflow_check(account=account, moves=moves, config=config)
    Outflow.objects.bulk_create(
        Outflow(account=account, intent=intent, nonce=nonce, token=token, amount=amount)
        for token, amount in moves.items()
    )


def _check(account: Account, token: Token, amount: int) -> None:
    single, daily = token.max_per_transaction, token.max_per_day
    if single is not None and amount > single:
        raise CapExceeded(f"{amount} base units of {token.symbol} are more than {account} may pay at once ({single})")
    if daily is None:
        return
    spent = outflow_spent(account=account, token=token.id)
    if spent + amount > daily:
        raise CapExceeded(
            f"{amount} base units of {token.symbol} are more than {account} may pay today: {spent} of {daily} are spent"
        )


def outflow_release(*, account_id: int, nonce: int) -> None:
    """The nonce is settled, and nothing was moved by it."""
    Outflow.objects.filter(account_id=account_id, nonce=nonce, released_at=None).update(released_at=timezone.now())


@transaction.atomic
def key_stop(*, account: Account, reason: str, actor: str = "system") -> None:
    """Pull the key's kill switch: it signs nothing that pays out, from the next signature on."""
    Account.objects.filter(pk=account.pk).update(stopped_reason=reason)
    audit_record(
        action="key_stopped", actor_kind="operator", actor_id=actor, target=str(account)[:80], detail={"reason": reason}
    )
    log.error("account.stopped", account=str(account), key=account.public_key, reason=reason)


@transaction.atomic
def key_resume(*, account: Account, actor: str = "system") -> None:
    """Let the key pay out again."""
    Account.objects.filter(pk=account.pk).update(stopped_reason="")
    audit_record(action="key_resumed", actor_kind="operator", actor_id=actor, target=str(account)[:80])
    log.warning("account.resumed", account=str(account), key=account.public_key)
