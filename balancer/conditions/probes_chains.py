"""Measurements of the chains, what we send to them, and prices."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from balancer.conditions.readings import Probe, Reading
from chains.config import chain_configs
from chains.models import Account, ProviderHealth
from chains.selectors import chains_by_name, clock_alarms, finality_late_seconds, quorum_trouble
from pricing.feeds.troubles import price_troubles
from swaps.services.ladders import routes_assess

NEVER = 1e9
_STUCK = """
    SELECT chain_id, EXTRACT(EPOCH FROM now() - min(waiting_since)) FROM chains_chaintransaction
    WHERE state IN ('signed', 'broadcast') GROUP BY 1
"""
_OVERDUE = """
    SELECT chain_id, EXTRACT(EPOCH FROM now() - min(GREATEST(not_before, updated_at))) FROM chains_intent
    WHERE state = 'pending' AND (not_before IS NULL OR not_before <= now()) GROUP BY 1
"""
_GAPS = """
    SELECT account.chain_id, account.address, waiting.highest - following.lowest + 1 - count(DISTINCT sent.nonce)
    FROM chains_account account
    JOIN chains_chain chain ON chain.name = account.chain_id AND chain.family = 'evm'
    JOIN LATERAL (SELECT min(nonce) AS lowest, max(nonce) AS highest FROM chains_chaintransaction
                  WHERE account_id = account.id AND state IN ('signed', 'broadcast', 'included')
    ) waiting ON waiting.highest IS NOT NULL
    JOIN LATERAL (SELECT COALESCE(max(nonce) + 1, waiting.lowest) AS lowest FROM chains_chaintransaction
                  WHERE account_id = account.id AND state IN ('succeeded', 'failed')
    ) following ON true
    JOIN chains_chaintransaction sent
      ON sent.account_id = account.id AND sent.nonce BETWEEN following.lowest AND waiting.highest
    GROUP BY account.id, waiting.highest, following.lowest
"""


def watchers() -> Iterator[Reading]:
    """Since when each usable chain was not watched, and whether its money is halted."""
    rows = chains_by_name()
    for config in chain_configs():
        if not config.is_usable:
            continue
        row = rows.get(config.name)
        if row is None or row.watched_at is None:
            yield Reading("watcher_silent", f"{config.name}: never watched", NEVER, config.name)
            continue
        silent = max(0.0, (timezone.now() - row.watched_at).total_seconds())
        yield Reading("watcher_silent", f"{config.name}: not watched for {silent:.0f} s", silent, config.name)
        if row.halted_reason:
            yield Reading("chain_halted", f"{config.name}: {row.halted_reason}", subject=config.name)


def clocks() -> Iterator[Reading]:
    """Chains whose time and ours disagree by more than the ladder allows for, or whose head stands still."""
    rows, now = chains_by_name(), timezone.now()
    skew = float(settings.ROUTE_DEFAULTS["clock_skew_seconds"])
    for config in chain_configs():
        if config.name in rows:
            stale = config.stale_after_seconds
            for alarm in clock_alarms(rows[config.name], skew_seconds=skew, stale_seconds=stale, now=now):
                yield Reading("chain_clock", f"{config.name}: {alarm}", subject=config.name)


def progress() -> Iterator[Reading]:
    """How far behind each chain's head we have read it, and by how much its finality is late."""
    rows = chains_by_name()
    for config in chain_configs():
        row = rows.get(config.name)
        if row is None or not config.is_usable:
            continue
        says = f"{config.name}: {row.lag_blocks or 0} blocks, or {row.lag_seconds:.0f} s, are not read yet"
        yield Reading("chain_behind", says, row.lag_seconds, config.name)
        late = finality_late_seconds(config, row)
        says = f"{config.name}: its next block should have been final {late:.0f} s ago, after block {row.final_height}"
        yield Reading("finality_late", says, late, config.name)


def providers() -> Iterator[Reading]:
    """Each provider by itself, and whether a chain has enough of them."""
    for config in chain_configs():
        if config.is_usable and (trouble := quorum_trouble(config)):
            yield Reading("chain_providers", f"{config.name}: {trouble}", subject=config.name)
    known = {config.name for config in chain_configs() if config.is_usable}
    for row in ProviderHealth.objects.filter(chain_id__in=known):
        subject = f"{row.chain_id}:{row.label}"
        if row.state in (ProviderHealth.State.OPEN, ProviderHealth.State.REFUSED):
            yield Reading("provider_down", f"{row.chain_id}: {row.label} {row.get_state_display()}", subject=subject)
        if row.disagreed_at:
            says = f"{row.chain_id}: {row.label} contradicted the other providers"
            yield Reading("provider_disagrees", says, subject=subject)
        yield Reading("provider_behind", f"{row.chain_id}: {row.label} is {row.lag} blocks behind", row.lag, subject)


def routes() -> Iterator[Reading]:
    """Routes that have no safe ladder while their chains are as slow as they are now."""
    for route in routes_assess():
        if not route.feasible:
            name = f"{route.source}>{route.destination}"
            problem = route.problem or "its chains are too slow for its timelocks"
            yield Reading("route_unsafe", f"{name}: {problem}", subject=name)


def prices() -> Iterator[Reading]:
    """Tokens without a price, and sources that fail."""
    for one in price_troubles():
        yield Reading("price_missing" if one.stops_quotes else "price_source", one.message, subject=one.key)


def sending() -> Iterator[Reading]:
    """What we wanted sent and was not, what was sent and is in no block, and numbers missing below it."""
    for chain, waited in _rows(_OVERDUE):
        yield Reading("intent_overdue", f"{chain}: the oldest due transaction has waited {waited:.0f} s", waited, chain)
    for chain, waited in _rows(_STUCK):
        says = f"{chain}: the oldest transaction that is in no block has waited {waited:.0f} s"
        yield Reading("transaction_stuck", says, waited, chain)
    for chain, address, gap in nonce_gaps():
        says = f"{chain}: {gap} numbers are missing below the open transactions of {address}"
        yield Reading("nonce_gap", says, gap, f"{chain}:{address}")


def accounts() -> Iterator[Reading]:
    """Keys of ours that may not pay out any more, or about which something is odd."""
    for row in Account.objects.exclude(stopped_reason="", attention=""):
        why = row.stopped_reason or row.attention
        yield Reading("account_stopped", f"{row}: {why}", subject=f"{row}:{row.public_key}")


def nonce_gaps() -> list[tuple[str, str, int]]:
    """Chain, address, and how many numbers are missing below its open transactions. EVM alone: NEAR's may jump."""
    return [(chain, address, int(gap)) for chain, address, gap in _rows(_GAPS)]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [tuple(row) for row in cursor.fetchall()]


PROBES = (
    Probe(("watcher_silent", "chain_halted"), watchers),
    Probe(("chain_clock",), clocks),
    Probe(("chain_behind", "finality_late"), progress),
    Probe(("chain_providers", "provider_down", "provider_disagrees", "provider_behind"), providers),
    Probe(("route_unsafe",), routes),
    Probe(("price_missing", "price_source"), prices),
    Probe(("intent_overdue", "transaction_stuck", "nonce_gap"), sending),
    Probe(("account_stopped",), accounts),
)
