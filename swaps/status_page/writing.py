"""Amounts, moments and hashes as people read them. Pure."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SHORT = 10
FEW = 22
UNITS = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class Coin:
    """A token's symbol and decimals."""

    symbol: str
    decimals: int


@dataclass(frozen=True)
class Moment:
    """A moment: RFC 3339 for machines, UTC with seconds for people, and how far off it is (which ticks)."""

    iso: str
    text: str
    ticking: str


@dataclass(frozen=True)
class Countdown:
    """Something that comes: when it was computed, so many seconds were left by the chain's own time (which ticks)."""

    label: str
    at: Moment
    ticking: int


def amount_text(base_units: str, coin: Coin | None, token_id: str) -> str:
    """Whole tokens, exact, with the symbol: `1,000.5 USDC`. Of a token that is not ours any more, base units."""
    if coin is None:
        return f"{int(base_units):,} units of {short(token_id)}"
    whole, part = divmod(int(base_units), 10**coin.decimals)
    fraction = f"{part:0{coin.decimals}d}".rstrip("0") if coin.decimals else ""
    return f"{whole:,}{'.' if fraction else ''}{fraction} {coin.symbol}"


def moment(iso: str | None, now: datetime) -> Moment | None:
    """From RFC 3339; None stays None."""
    if iso is None:
        return None
    at = datetime.fromisoformat(iso).astimezone(UTC)
    seconds = round((at - now).total_seconds())
    away = duration(abs(seconds))
    return Moment(iso, f"{at:%Y-%m-%d %H:%M:%S} UTC", f"in {away}" if seconds > 0 else f"{away} ago")


def duration(seconds: int) -> str:
    """`2 h 5 min`, `3 min 20 s`, `2 days 4 h`: the two greatest units."""
    parts: list[str] = []
    rest = max(0, seconds)
    for size, name in UNITS:
        count, rest = divmod(rest, size)
        if count or (not parts and size == 1):
            parts.append(f"{count} {name}{'s' if name == 'day' and count != 1 else ''}")
        elif parts:
            break
    return " ".join(parts[:2])


def chain_title(name: str) -> str:
    """`base` as BASE, `ethereum` as Ethereum."""
    return name.upper() if len(name) <= 4 else name.replace("_", " ").replace("-", " ").title()


def short(text: str) -> str:
    """A long hash or address by its two ends."""
    return text if len(text) <= FEW else f"{text[:SHORT]}…{text[-SHORT + 2 :]}"


def compact(document: Any) -> str:
    """JSON on one line."""
    return json.dumps(document, separators=(",", ":"))
