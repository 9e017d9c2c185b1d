"""Up to which block of a leg's chain money believes what it reads: the final one, or for little money a younger one."""

from chains.config import chain_config
from swaps.models import Leg


def final_height(leg: Leg) -> int:
    """The height up to which this leg's events may move money. `fast` counts confirmations where the chain has them, for
    a lock that is worth little enough."""
    chain, confirmations = leg.chain, fast_confirmations(leg)
    final = chain.final_height if chain.final_height is not None else -1
    if confirmations is None or chain.seen_height is None:
        return final
    return max(final, chain.seen_height - confirmations)


def fast_confirmations(leg: Leg) -> int | None:
    """After how many confirmations this leg's lock is believed; None where it must be final."""
    config = chain_config(leg.chain_id)
    token = config.token(leg.token)
    worth_little = token is not None and leg.amount <= token.max_fast
    return config.confirmations.get(leg.session.confirmation_level) if worth_little else None
