"""Chains: how far each is seen and final, how far behind its head we are, who watches it, and how its providers behave."""

from datetime import UTC, datetime
from typing import Any

from balancer.console.figures.moment import Moment
from balancer.console.links import row, rows
from balancer.console.words import percent
from chains.config import ChainConfig
from chains.events import NANOSECONDS
from chains.models import Chain, ChainEvent, ProviderHealth
from chains.overview import providers
from swaps.words import grouped

WELL = ProviderHealth.State.CLOSED
TONES = {WELL: "success", ProviderHealth.State.OPEN: "danger", ProviderHealth.State.REFUSED: "danger"}


def read(moment: Moment) -> dict[str, Any]:
    """`chains`, each with its providers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in providers():
        found.setdefault(one.chain_id, []).append(_provider(one))
    return {"chains": [_chain(moment, config, known, found.get(config.name, [])) for config, known in moment.chains]}


def _chain(moment: Moment, config: ChainConfig, known: Chain | None, asked: list[dict[str, Any]]) -> dict[str, Any]:
    state, tone = _state(moment, config, known)
    told: dict[str, Any] = {"name": config.name, "state": state, "tone": tone, "providers": asked}
    if known is None:
        return told | {"href": rows(Chain)}
    seen, final = known.seen_height, known.final_height
    return told | {
        "href": row(known),
        "events_href": rows(ChainEvent, chain__exact=known.name),
        "seen": _height(seen),
        "final": _height(final),
        "unfinal": None if seen is None or final is None else seen - final,
        "lag": known.lag_blocks,
        "head_at": _moment(known.head_time_ns),
        "watched_at": known.watched_at,
        "silent": moment.is_silent(known),
    }


def _state(moment: Moment, config: ChainConfig, known: Chain | None) -> tuple[str, str]:
    """In a word, and how bad it is."""
    if known is None:
        return "never watched", "danger"
    if known.halted_reason:
        return "halted", "danger"
    if moment.is_silent(known):
        return "not watched", "danger" if config.is_usable else "muted"
    age = moment.now.timestamp() - known.head_time_ns / NANOSECONDS if known.head_time_ns else 0
    if age > config.stale_after_seconds:
        return "stands still", "danger"
    return ("behind", "warning") if (known.lag_blocks or 0) > 10 else ("watched", "success")


def _provider(one: ProviderHealth) -> dict[str, Any]:
    bad = one.disagreed_at is not None
    return {
        "label": one.label.removeprefix("https://").removeprefix("http://"),
        "href": row(one),
        "state": "contradicts" if bad else one.get_state_display(),
        "tone": "danger" if bad else TONES.get(ProviderHealth.State(one.state), "warning"),
        "errors": percent(one.errors, one.requests),
        "lag": one.lag,
        "last_ok_at": one.last_ok_at,
        "last_error": one.last_error[:160] if one.state != WELL or bad else "",
    }


def _height(value: int | None) -> str:
    return "–" if value is None else grouped(str(value))


def _moment(nanoseconds: int) -> datetime | None:
    return datetime.fromtimestamp(nanoseconds // NANOSECONDS, UTC) if nanoseconds else None
