"""The filters of the list of sessions, as conditions that an index or a short walk from the newest one answers."""

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import Q

from chains.config import ChainConfig, chain_configs
from swaps.models.session import ACTIVE
from swaps.statuses import Status

LATE = timedelta(seconds=60)
ACTIVE_WORD, ATTENTION_WORD, STUCK_WORD = "active", "attention", "stuck"
GROUPS = {ACTIVE_WORD: "active", ATTENTION_WORD: "needs attention", STUCK_WORD: "stuck: late by a minute or more"}
ARROW = ">"


def by_status(word: str, *, now: datetime) -> Q | None:
    """A status, or one of `GROUPS`; None for any other word."""
    if word == ACTIVE_WORD:
        return Q(finished_at=None)
    if word == ATTENTION_WORD:
        return Q(attention__gt="")
    if word == STUCK_WORD:
        return Q(finished_at=None, status__in=ACTIVE, wake_at__lte=now - LATE)
    return Q(status=word) if word in set(Status) else None


def routes() -> list[tuple[str, str]]:
    """Every route between configured chains: what a filter says, and what people read."""
    names = [config.name for config in chain_configs()]
    return [(f"{a}{ARROW}{b}", f"{a} → {b}") for a in names for b in names if a != b]


def by_route(word: str) -> Q | None:
    """Of one chain to another, `base>near`."""
    source, arrow, destination = word.partition(ARROW)
    return Q(source_chain=source, destination_chain=destination) if arrow else None


def by_chain(name: str) -> Q:
    """With either leg on a chain."""
    return Q(source_chain=name) | Q(destination_chain=name)


def tokens() -> list[tuple[str, str]]:
    """Every configured token by chain, and by its symbol on any chain."""
    found = {token.symbol: token.symbol for config in chain_configs() for token in config.tokens}
    one = [
        (f"{config.name}:{token.symbol}", f"{token.symbol} on {config.name}")
        for config in chain_configs()
        for token in config.tokens
    ]
    return sorted(found.items()) + one


def by_token(word: str) -> Q | None:
    """`USDC` on any chain, or `base:USDC`, on either side; None for a token that is not configured."""
    chain, _, symbol = word.rpartition(":")
    found: Q | None = None
    for config, token_id, _decimals in _tokens(symbol, chain):
        one = Q(source_chain=config.name, source_token=token_id)
        one |= Q(destination_chain=config.name, destination_token=token_id)
        found = one if found is None else found | one
    return found


def _tokens(symbol: str = "", chain: str = "") -> list[tuple[ChainConfig, str, int]]:
    return [
        (config, token.id, token.decimals)
        for config in chain_configs()
        for token in config.tokens
        if symbol in ("", token.symbol) and chain in ("", config.name)
    ]


def whole_amount(text: str) -> Decimal | None:
    """Whole tokens as somebody wrote them; None for what is no number of 0 or more."""
    try:
        value = Decimal(text.strip().replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def by_amount(least: Decimal | None, most: Decimal | None) -> Q:
    """Sessions whose source amount is within these whole tokens, whatever the token's decimals are."""
    if least is None and most is None:
        return Q()
    found = Q(pk__in=())
    for config, token_id, decimals in _tokens():
        one = Q(source_chain=config.name, source_token=token_id)
        if least is not None:
            one &= Q(source_amount__gte=-(-least.scaleb(decimals) // 1))
        if most is not None:
            one &= Q(source_amount__lte=most.scaleb(decimals) // 1)
        found |= one
    return found


def by_owner(text: str) -> Q:
    """Of one owner: a principal, or a key's owner without `key:` before it."""
    return Q(principal__in=(text, f"key:{text}"))


def periods(today: date) -> list[tuple[str, tuple[int, ...]]]:
    """All time, the last seven days, and the last four months: (name, (year, month, day)), without what a period has not."""
    days = [today - timedelta(days=back) for back in range(7)]
    found: list[tuple[str, tuple[int, ...]]] = [("all time", ())]
    found += [(f"{one:%d %b}", (one.year, one.month, one.day)) for one in days]
    year, month = today.year, today.month
    for _ in range(4):
        found.append((f"{date(year, month, 1):%b %Y}", (year, month)))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return found
