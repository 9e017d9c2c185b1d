"""Calling an operator: what is wrong stands in the row until it is right again, and is logged once."""

import structlog
from django.db import transaction

from chains.locks import lock_intent
from chains.models import Account, Intent
from chains.registry import registry

log = structlog.get_logger(__name__)


@transaction.atomic
def intent_alert(intent: Intent, why: str) -> None:
    """An intent does not get on by itself, or not for now; `why` may be shown to operators."""
    registry.lock_subject(intent)
    locked = lock_intent(intent.pk)
    if locked.attention == why:
        return
    locked.attention = why
    locked.save(update_fields=["attention", "updated_at"])
    registry.attention_needed(locked, why)
    log.error("intent.attention", intent=str(intent), chain=intent.chain_id, why=why)


def account_alert(account: Account, why: str) -> None:
    """Something is odd about one of our accounts."""
    if Account.objects.filter(pk=account.pk).exclude(attention=why).update(attention=why):
        log.error("account.attention", account=str(account), key=account.public_key, why=why)
