"""How a swap is auctioned, by urgency and by route: pure value objects, made from configuration and written back to it.

A `Preset` says how long an auction takes and where its price goes, in basis points of the market: it starts `start_premium_bps`
above, passes its points, and ends `end_discount_bps` below. The faster, the nearer to the market it starts and the lower it goes.
`RoutePresets` are the three of a route and its price impact; `PresetBook` is the default with what single routes have otherwise:

    {"default": {"normal": {"duration": 300, "start_premium_bps": 50, "end_discount_bps": 50, "points": []}},
     "routes":  {"base>near": {"fast": {"duration": 90}, "impact": [[0, 0], [10000, 80]]}}}

What a table leaves out it takes from the default, and the default from `DEFAULTS`. Every fault of a configuration is told at
once, each with its place. Times are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from chains.codec.auction import MAX_BUMP, MAX_DELAY, MAX_DURATION, Auction
from pricing.amounts import BPS, mul_div_down
from pricing.auction import bump_within, bumped
from pricing.impact import DEFAULT_IMPACT, Impact, InvalidImpact

URGENCIES = ("fast", "normal", "slow")
MAX_POINTS = 20
MAX_PREMIUM_BPS = BPS
ROUTE = "{}>{}"
"""A route's key: names of the source and the destination chain."""


class InvalidPreset(ValueError):
    """A configuration that cannot be. `faults` are (place, what must be otherwise)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{place}: {message}" if place else message for place, message in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Point:
    """A corner of the price: so many basis points above the market (below it: negative), `delay` seconds after the one before."""

    delay: int
    bps: int


@dataclass(frozen=True, slots=True)
class Preset:
    """One auction, without an amount and a time. Its price only falls. Raises `InvalidPreset`."""

    duration: int
    start_premium_bps: int
    end_discount_bps: int
    points: tuple[Point, ...] = ()

    def __post_init__(self) -> None:
        if faults := _faults(self):
            raise InvalidPreset(faults)

    # amounts

    def end_amount(self, market_amount: int) -> int:
        """What it ends at for an amount at the market: an order's taking amount, base units, rounded down."""
        return mul_div_down(market_amount, BPS - self.end_discount_bps, BPS)

    def start_amount(self, market_amount: int) -> int:
        """What its auction starts at, by the order's own arithmetic: the end amount and its bump, rounded up."""
        return bumped(self.end_amount(market_amount), self._bump(self.start_premium_bps))

    def auction(self, start_time: int, *, gas_bump_estimate: int = 0, gas_price_estimate: int = 0) -> Auction:
        """The auction of an order whose taking amount is `end_amount`; the bumps do not depend on it."""
        return Auction(
            start_time,
            self.duration,
            self._bump(self.start_premium_bps),
            tuple((self._bump(point.bps), point.delay) for point in self.points),
            gas_bump_estimate,
            gas_price_estimate,
        )

    def _bump(self, bps: int) -> int:
        return bump_within(BPS + bps, BPS - self.end_discount_bps)

    # configuration

    @classmethod
    def from_config(cls, config: Any, base: "Preset | None" = None) -> Self:
        """From a table; what it leaves out is as in `base`. Raises `InvalidPreset`."""
        if not isinstance(config, Mapping):
            raise InvalidPreset([("", "is a table of the preset's figures")])
        given = {**(base.to_config() if base else {"points": []}), **config}
        points, wrong = _points(given["points"])
        missing = [(name, "is missing") for name in FIGURES if name not in given]
        faults = [(str(name), f"is none of {', '.join(FIGURES)}") for name in config if name not in FIGURES]
        if not (wrong or missing):
            try:
                made = cls(given["duration"], given["start_premium_bps"], given["end_discount_bps"], points)
            except InvalidPreset as error:
                faults += error.faults
        if faults := faults + missing + wrong:
            raise InvalidPreset(faults)
        return made

    def to_config(self) -> dict[str, Any]:
        """The inverse of `from_config`: names, whole numbers and lists, for JSON and TOML alike."""
        return {
            "duration": self.duration,
            "start_premium_bps": self.start_premium_bps,
            "end_discount_bps": self.end_discount_bps,
            "points": [{"delay": point.delay, "bps": point.bps} for point in self.points],
        }


FIGURES = ("duration", "start_premium_bps", "end_discount_bps", "points")
_POINT = {"delay", "bps"}


def _points(given: Any) -> tuple[tuple[Point, ...], list[tuple[str, str]]]:
    if not isinstance(given, list | tuple):
        return (), [("points", "is a list of {delay, bps}")]
    faults = [
        (f"points[{place}]", "is {delay, bps}: seconds after the point before, and basis points above the market")
        for place, one in enumerate(given)
        if not (isinstance(one, Mapping) and set(one) == _POINT)
    ]
    return (() if faults else tuple(Point(one["delay"], one["bps"]) for one in given)), faults


def _faults(preset: Preset) -> list[tuple[str, str]]:
    """What is wrong with its figures, each by itself and then all together."""
    faults: list[tuple[str, str]] = []

    def number(place: str, value: Any, least: int, most: int, unit: str) -> None:
        if type(value) is not int or not least <= value <= most:
            faults.append((place, f"is a whole number of {unit} from {least} to {most}, and not {value!r}"))

    number("duration", preset.duration, 1, MAX_DURATION, "seconds")
    number("start_premium_bps", preset.start_premium_bps, 0, MAX_PREMIUM_BPS, "basis points")
    number("end_discount_bps", preset.end_discount_bps, 0, BPS - 1, "basis points")
    for place, point in enumerate(preset.points):
        number(f"points[{place}].delay", point.delay, 1, MAX_DELAY, "seconds")
        number(f"points[{place}].bps", point.bps, -BPS, MAX_PREMIUM_BPS, "basis points")
    return faults or _faults_together(preset)


def _faults_together(preset: Preset) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    if len(preset.points) > MAX_POINTS:
        faults.append(("points", f"are at most {MAX_POINTS}, and not {len(preset.points)}"))
    if sum(point.delay for point in preset.points) > preset.duration:
        faults.append(("points", f"lie within the duration of {preset.duration} seconds, their delays taken together"))
    corners = [preset.start_premium_bps, *(point.bps for point in preset.points), -preset.end_discount_bps]
    if corners != sorted(corners, reverse=True):
        faults.append(("points", "only fall, from the start premium to the end discount"))
    elif bump_within(BPS + corners[0], BPS + corners[-1]) > MAX_BUMP:
        faults.append(("start_premium_bps", "is too far above the end: an order's rate bump goes up to 167 %"))
    return faults


@dataclass(frozen=True, slots=True)
class RoutePresets:
    """The presets of one route by urgency, and its price impact."""

    by_urgency: Mapping[str, Preset]
    impact: Impact = DEFAULT_IMPACT

    def __getitem__(self, urgency: str) -> Preset:
        return self.by_urgency[urgency]

    @classmethod
    def from_config(cls, config: Any, base: "RoutePresets") -> Self:
        """From a table of urgencies and `impact`; what it leaves out is as in `base`. Raises `InvalidPreset`."""
        if not isinstance(config, Mapping):
            raise InvalidPreset([("", f"is a table of {', '.join((*URGENCIES, 'impact'))}")])
        names = (*URGENCIES, "impact")
        faults = [(str(name), f"is none of {', '.join(names)}") for name in config if name not in names]
        presets, impact = dict(base.by_urgency), base.impact
        for urgency in [name for name in URGENCIES if name in config]:
            try:
                presets[urgency] = Preset.from_config(config[urgency], presets[urgency])
            except InvalidPreset as error:
                faults += _under(urgency, error)
        try:
            impact = Impact.of(config["impact"]) if "impact" in config else impact
        except InvalidImpact as error:
            faults.append(("impact", str(error)))
        if faults:
            raise InvalidPreset(faults)
        return cls(presets, impact)

    def to_config(self) -> dict[str, Any]:
        """The whole of it, nothing left out."""
        presets = {urgency: self[urgency].to_config() for urgency in URGENCIES}
        return {**presets, "impact": [list(corner) for corner in self.impact.corners]}


DEFAULTS = RoutePresets(
    {
        "fast": Preset(150, 25, 75, (Point(60, 0),)),
        "normal": Preset(300, 50, 50),
        "slow": Preset(600, 100, 25, (Point(240, 25),)),
    }
)
"""Durations as the original had them, and for `normal` its half a percent above and below the market too (seed 000)."""


@dataclass(frozen=True, slots=True)
class PresetBook:
    """The presets of every route."""

    default: RoutePresets = DEFAULTS
    routes: Mapping[str, RoutePresets] = field(default_factory=dict)

    def of(self, source_chain: str, destination_chain: str) -> RoutePresets:
        """Those of a route, by the names of its chains."""
        return self.routes.get(ROUTE.format(source_chain, destination_chain), self.default)

    @classmethod
    def from_config(cls, config: Any) -> Self:
        """From {"default": {...}, "routes": {"base>near": {...}}}, both optional. Raises `InvalidPreset`."""
        if not isinstance(config, Mapping):
            raise InvalidPreset([("", "is a table of default and routes")])
        faults = [(str(name), "is neither default nor routes") for name in config if name not in ("default", "routes")]
        default, routes = DEFAULTS, {}
        try:
            default = RoutePresets.from_config(config.get("default", {}), DEFAULTS)
        except InvalidPreset as error:
            faults += _under("default", error)
        tables = config.get("routes", {})
        if not isinstance(tables, Mapping):
            faults.append(("routes", "is a table of routes, each SOURCE>DESTINATION"))
            tables = {}
        for route, table in tables.items():
            try:
                routes[route] = RoutePresets.from_config(table, default)
            except InvalidPreset as error:
                faults += _under(f"routes.{route}", error)
            if not _is_route(route):
                faults.append((f"routes.{route}", "is named SOURCE>DESTINATION, by two chains"))
        if faults:
            raise InvalidPreset(faults)
        return cls(default, routes)

    def to_config(self) -> dict[str, Any]:
        """The whole of it, nothing left out."""
        routes = {route: presets.to_config() for route, presets in self.routes.items()}
        return {"default": self.default.to_config(), "routes": routes}


def _is_route(name: Any) -> bool:
    parts = name.split(">") if isinstance(name, str) else []
    return len(parts) == 2 and all(part and part == part.strip() for part in parts)


def _under(place: str, error: InvalidPreset) -> list[tuple[str, str]]:
    return [(f"{place}.{inner}" if inner else place, message) for inner, message in error.faults]
