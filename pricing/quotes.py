"""A quote's arithmetic: pure, in whole base units and exact ratios. Nothing else in the service works out what a swap gives.

    worth         floor(source amount * rate)                           the market's; what would be given for nothing
    impact        worth - floor(worth less its impact)                  `pricing.impact`, rounded up
    protocol fee  (worth - impact) - floor((worth - impact) * (10,000 - fee bps) / 10,000)       rounded up
    network fee   each chain's part ceil(native base units * its rate), where it is deducted
    rounding      what a whole source base unit gives beyond the amount that was wanted: 0 for an exact input
    destination   worth - impact - protocol fee - network fee - rounding

So every rounding but the client's own tolerance is to the payer's side, each once, and the six figures add up to the unit. An
exact output is the inverse: the least source amount whose destination amount reaches what is wanted. Amounts are destination
base units, but `source_amount`; the rate is destination base units for one source base unit.
"""

from dataclasses import dataclass
from fractions import Fraction

from pricing.amounts import BPS, after_fee_down, convert_down, convert_up, decimal_text, mul_div_up
from pricing.auction import Line
from pricing.impact import NO_IMPACT, Impact
from pricing.presets import Preset

PRICE_PLACES = 18
PERCENT_PLACES = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every amount of one pair on one route at one moment.

    `depth` is the most that the route can pay out, 0 where nothing is known of it: then there is no impact. `network_fee` is what
    is deducted for both chains.
    """

    rate: Fraction
    impact: Impact = NO_IMPACT
    depth: int = 0
    fee_bps: int = 0
    network_fee: int = 0

    def worth(self, source_amount: int) -> int:
        """At the market, rounded down."""
        return convert_down(source_amount, self.rate)

    def after_impact(self, worth: int) -> int:
        """What is left of it for its size, rounded down."""
        return self.impact.after_down(worth, self.depth) if self.depth else worth

    def before_impact(self, wanted: int) -> int:
        """The least worth of which so much is left."""
        return self.impact.before_up(wanted, self.depth) if self.depth else wanted

    def impact_bps(self, worth: int) -> Fraction:
        """The impact on an amount, exact basis points."""
        return self.impact.bps(worth, self.depth) if self.depth else Fraction(0)


@dataclass(frozen=True, slots=True)
class Figures:
    """One quote to the unit. `destination_amount` is zero or less where nothing would be left."""

    source_amount: int
    worth: int
    impact: int
    protocol_fee: int
    network_fee: int
    rounding: int = 0

    @property
    def destination_amount(self) -> int:
        """What is promised, and paid."""
        return self.worth - self.impact - self.protocol_fee - self.network_fee - self.rounding


def for_input(terms: Terms, source_amount: int) -> Figures:
    """What so much of the source token gives."""
    worth = terms.worth(source_amount)
    left = terms.after_impact(worth)
    after_fee = after_fee_down(left, terms.fee_bps)
    return Figures(source_amount, worth, worth - left, left - after_fee, terms.network_fee)


def for_output(terms: Terms, wanted: int) -> Figures:
    """The least source amount that gives `wanted`, and what that is made of.

    Raises `ValueError` where the fee takes everything.
    """
    if terms.fee_bps >= BPS:
        raise ValueError("the fee takes everything: nothing can be had")
    before_fee = mul_div_up(wanted + terms.network_fee, BPS, BPS - terms.fee_bps)
    source_amount = convert_up(terms.before_impact(before_fee), 1 / terms.rate)
    found = for_input(terms, source_amount)
    beyond = found.destination_amount - wanted
    return Figures(
        found.source_amount, found.worth, found.impact, found.protocol_fee, found.network_fee, rounding=beyond
    )


def least_of(amount: int, slippage_bps: int) -> int:
    """The least of an amount under a tolerance in basis points, rounded up: in the client's favour."""
    return mul_div_up(amount, BPS - slippage_bps, BPS)


def percent_text(bps: Fraction) -> str:
    """Basis points as percent, rounded up, without zeros at the end."""
    over = bps.denominator * 100
    places = 10**PERCENT_PLACES
    text = decimal_text(Fraction(mul_div_up(bps.numerator, places, over), places), PERCENT_PLACES)
    return text.rstrip("0").rstrip(".")


# The auction of a quote


def level_bps(preset: Preset, elapsed: int) -> Fraction:
    """Where a preset's price stands so many seconds after its start: exact basis points of the market (10,000 is the market)."""
    time, height = 0, BPS + preset.start_premium_bps
    corners = [(point.delay, BPS + point.bps) for point in preset.points]
    rest = preset.duration - sum(delay for delay, _ in corners)
    for delay, next_height in [*corners, (rest, BPS - preset.end_discount_bps)]:
        if elapsed < time + delay:
            line = Line.through(time, height, time + delay, next_height)
            return Fraction(line.slope * max(elapsed, time) + line.offset, line.seconds)
        time, height = time + delay, next_height
    return Fraction(BPS - preset.end_discount_bps)


def price_text(market: Fraction, bps: Fraction | int = BPS) -> str:
    """A price at so many basis points of the market: destination tokens for one source token, rounded down."""
    return decimal_text(market * bps / BPS, PRICE_PLACES)


@dataclass(frozen=True, slots=True)
class Auction:
    """The auction of an amount that is worth `worth`, from `start_time` (unix seconds) on."""

    preset: Preset
    worth: int
    start_time: int

    @property
    def end_amount(self) -> int:
        """What an order with it takes in the end."""
        return self.preset.end_amount(self.worth)

    @property
    def start_amount(self) -> int:
        """What it takes at the beginning."""
        return self.preset.start_amount(self.worth)

    @property
    def ends_at(self) -> int:
        """Unix seconds."""
        return self.start_time + self.preset.duration
