"""From an intent to the network: sign, store, broadcast, and look after it until a final block tells its end."""

from typing import Any

from chains.config import chain_config
from chains.models import Chain, Intent
from chains.services.sending.common import Sender


def sender_for(chain: Chain | str) -> Sender:
    """The family's sender for a chain."""
    name = chain if isinstance(chain, str) else chain.name
    if chain_config(name).family == "evm":
        from chains.services.sending.evm import EvmSender

        return EvmSender(name)
    from chains.services.sending.near import NearSender

    return NearSender(name)


def intent_send(*, intent_id: int) -> Any:
    """Sign, store and broadcast an intent that is pending; do nothing when it is already out. Safe to repeat.

    Returns the `ChainTransaction`, or None when there was nothing to send yet.
    """
    intent = Intent.objects.select_related("chain").get(pk=intent_id)
    return sender_for(intent.chain).send(intent)


def transactions_tend(*, chain: str) -> int:
    """Look after every open transaction of a chain. Returns how many were looked at."""
    return sender_for(chain).tend()
