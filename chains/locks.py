"""Every row lock that `chains` takes. Order: chain, then the intent's subject (`registry.lock_subject`), then
intent, account, transaction."""

from chains.models import Account, Chain, ChainTransaction, Intent


def lock_chain(name: str) -> Chain:
    """The chain's row, for moving its cursor or its final watermark."""
    return Chain.objects.select_for_update(of=("self",), no_key=True).get(name=name)


def lock_intent(intent_id: int) -> Intent:
    """The intent's row, for deciding whether it is sent."""
    return Intent.objects.select_for_update(of=("self",), no_key=True).get(pk=intent_id)


def lock_account(account_id: int) -> Account:
    """The account's row, while a nonce is given out."""
    return Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account_id)


def lock_transaction(transaction_id: int) -> ChainTransaction:
    """A transaction's row, for recording what became of it."""
    return ChainTransaction.objects.select_for_update(of=("self",), no_key=True).get(pk=transaction_id)
