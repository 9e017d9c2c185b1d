"""What several sources say of a token's price, made into one price or a reason why there is none: pure, exact.

The rule. Sources that are too old, from the future or frozen are left out. The median of the others is taken, and whoever is
further from it than `max_spread_bps` is left out too. What is left must be enough sources (`min_sources`), more than half of
those that were fresh, and no further apart than the bound; the price is their median. So one liar of three moves the price
nowhere beyond what the other two say, as long as these agree within the bound; and where nobody knows who lies, there is no
price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

BPS = 10_000
MISSING: Final = "price_missing"
STALE: Final = "price_stale"
SPREAD: Final = "price_spread"
Code = Literal["price_missing", "price_stale", "price_spread"]


@dataclass(frozen=True)
class Observed:
    """What one source said: US dollars for one whole token, exact. Moments are milliseconds since 1970.

    `changed_ms` is when its price last moved, as far as we saw; a source whose price has stood for `frozen_after_ms` is taken
    for frozen (0: never).
    """

    source: str
    price: Fraction
    observed_ms: int
    changed_ms: int = 0
    frozen_after_ms: int = 0


@dataclass(frozen=True)
class Rules:
    """When sources make a price. `future_ms` is how far a source's clock may be ahead of ours."""

    min_sources: int
    stale_ms: int
    max_spread_bps: int
    future_ms: int = 30_000


@dataclass(frozen=True)
class Witness:
    """A source in a vote, and why it was left out: empty when it counted."""

    observed: Observed
    left_out: str = ""


@dataclass(frozen=True)
class MarketPrice:
    """US dollars for one whole token, exact. `as_of_ms` is the oldest observation that counted; `spread_bps` how far those that
    counted are apart, rounded up."""

    symbol: str
    price: Fraction
    as_of_ms: int
    spread_bps: int
    witnesses: tuple[Witness, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Those that counted."""
        return tuple(one.observed.source for one in self.witnesses if not one.left_out)


@dataclass(frozen=True)
class Refusal:
    """Why there is no price: a stable code, and a sentence for people."""

    symbol: str
    code: Code
    reason: str
    witnesses: tuple[Witness, ...]


def decide(symbol: str, observed: Iterable[Observed], rules: Rules, now_ms: int) -> MarketPrice | Refusal:
    """One price from what the sources said, or why there is none. The order of the sources does not matter."""
    said = sorted(observed, key=lambda one: one.source)
    if not said:
        return Refusal(symbol, STALE, f"no source has said a price for {symbol} yet", ())
    aged = [Witness(one, _unfit(one, rules, now_ms)) for one in said]
    fresh = [one.observed for one in aged if not one.left_out]
    if len(fresh) < rules.min_sources:
        reason = f"{_sources(len(fresh))} of {len(said)} for {symbol} fresh enough, and {rules.min_sources} needed"
        return Refusal(symbol, STALE, reason, tuple(aged))
    middle = median([one.price for one in fresh])
    witnesses = tuple(
        one if one.left_out else Witness(one.observed, _outlier(one.observed, middle, rules)) for one in aged
    )
    return _elect(symbol, witnesses, len(fresh), rules)


def _elect(symbol: str, witnesses: tuple[Witness, ...], fresh: int, rules: Rules) -> MarketPrice | Refusal:
    counted = [one.observed for one in witnesses if not one.left_out]
    bound = percent(rules.max_spread_bps)
    if len(counted) < rules.min_sources or 2 * len(counted) <= fresh:
        reason = f"the sources for {symbol} are further apart than {bound}: {len(counted)} of {fresh} agree"
        return Refusal(symbol, SPREAD, reason, witnesses)
    prices = [one.price for one in counted]
    apart = spread_bps(prices)
    if apart > rules.max_spread_bps:
        reason = f"the sources for {symbol} are {percent(apart)} apart, and {bound} is the bound"
        return Refusal(symbol, SPREAD, reason, witnesses)
    return MarketPrice(symbol, median(prices), min(one.observed_ms for one in counted), apart, witnesses)


def median(prices: Sequence[Fraction]) -> Fraction:
    """The middle one, or exactly half-way between the two middle ones. Raises `ValueError` for none."""
    if not prices:
        raise ValueError("there is no median of nothing")
    ordered, half = sorted(prices), len(prices) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def spread_bps(prices: Sequence[Fraction]) -> int:
    """How much the highest is above the lowest, in basis points of the lowest, rounded up."""
    low, high = min(prices), max(prices)
    apart = (high - low) * BPS / low
    return -(-apart.numerator // apart.denominator)


def percent(bps: int) -> str:
    """Basis points as people read them: 2.5 %."""
    text = f"{bps // 100}.{bps % 100:02d}".rstrip("0").rstrip(".")
    return f"{text} %"


def _unfit(one: Observed, rules: Rules, now_ms: int) -> str:
    age = now_ms - one.observed_ms
    if one.price <= 0:
        return "not positive"
    if age > rules.stale_ms:
        return f"stale: {age // 1000} s old, and {rules.stale_ms // 1000} s is the bound"
    if age < -rules.future_ms:
        return f"from the future: {-age // 1000} s ahead of our clock"
    still = now_ms - one.changed_ms if one.frozen_after_ms and one.changed_ms else 0
    if still > one.frozen_after_ms:
        return f"frozen: it has not moved for {still // 1000} s"
    return ""


def _outlier(one: Observed, middle: Fraction, rules: Rules) -> str:
    away = abs(one.price - middle) * BPS
    if away <= middle * rules.max_spread_bps:
        return ""
    return f"outlier: {percent(int(away / middle))} from the median"


def _sources(count: int) -> str:
    return "1 source" if count == 1 else f"{count} sources"
