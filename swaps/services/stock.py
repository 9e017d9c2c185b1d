"""How much of our tokens quotes may promise: balances read every half minute, less what is promised since."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from chains.config import ChainConfig, chain_configs
from chains.errors import ChainError
from chains.models import Chain
from swaps.models import Reservation, Stock
from swaps.services.liquidity import balance

log = structlog.get_logger(__name__)
BELIEVED = timedelta(minutes=10)
"""A balance that was read longer ago is not known any more."""


def stock_read() -> int:
    """Read our balance of every token on every chain that is watched; how many were read. One that a node does not tell stays as
    it was, and grows old."""
    watched = set(Chain.objects.exclude(final_height=None).values_list("name", flat=True))
    return sum(_chain_read(config) for config in chain_configs() if config.is_usable and config.name in watched)


def _chain_read(config: ChainConfig) -> int:
    found = 0
    for token in config.tokens:
        read_at = timezone.now()
        try:
            amount = balance(config.name, token.id)
        except ChainError as error:
            log.warning("stock.unknown", chain=config.name, token=token.id, error=str(error)[:200])
            return found
        Stock.objects.update_or_create(
            chain_id=config.name, token=token.id, defaults={"amount": amount, "read_at": read_at}
        )
        found += 1
    return found


def stock_free(chain: str) -> dict[str, int]:
    """What could be promised of each token of a chain now, base units by token id; without those whose balance is not known."""
    since = timezone.now() - BELIEVED
    held = {row.token: row for row in Stock.objects.filter(chain=chain, read_at__gte=since)}
    if not held:
        return {}
    oldest = min(row.read_at for row in held.values())
    promised = Reservation.objects.filter(Q(released_at=None) | Q(released_at__gte=oldest), chain=chain)
    free = {token: int(row.amount) for token, row in held.items()}
    for token, amount, released_at in promised.values_list("token", "amount", "released_at"):
        if token in free and _was_open(released_at, held[token].read_at):
            free[token] -= int(amount)
    return {token: max(0, amount) for token, amount in free.items()}


def _was_open(released_at: datetime | None, read_at: datetime) -> bool:
    """Whether a promise still lay on a balance when it was read: see `liquidity.balance`."""
    return released_at is None or released_at >= read_at
