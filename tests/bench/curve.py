"""`python -m tests.bench.curve`: how fast the auction's arithmetic is, on one core, beside a call of an empty function.

Every figure is the median of interleaved rounds, in CPU time, so that what else the machine does weighs little. The seconds asked
about lie all over the auction, its ends included, and so do the base fees. Ends with 1 where the curve answers fewer than 300,000
times in a second.
"""

import random
import sys
import time
from collections.abc import Callable, Iterable
from statistics import median

from chains.codec.auction import Auction
from pricing.auction import Curve, LinearDecay, taking_for

GOAL = 300_000
ROUNDS, CALLS = 15, 20_000
START = 1_700_000_000
FIXTURE = Auction(START, 180, 84_909, ((63_932, 120), (34_485, 60)), 34_485, 1171)
"""The `fast` preset of 1inch's published quote."""
LONG = Auction(START, 180, 179_149, tuple((179_149 - 8_000 * step, 9) for step in range(1, 20)), 24, 221)
MAKING, ORDER_MAKING, ORDER_TAKING = 12_345_679 * 10**10, 10**18, 255_626_994

Ask = Callable[[int], object]


def asked() -> dict[str, Ask]:
    """What is measured, by name; each is given a second."""
    curve, long, decay = Curve(FIXTURE), Curve(LONG), LinearDecay(START, 180, 2 * 10**18, 10**18)

    def fill(at: int) -> int:
        return taking_for(MAKING, ORDER_MAKING, ORDER_TAKING, curve.rate_bump(at, 10**9 + at % 997))

    return {
        "an empty function": lambda at: None,
        "curve, 2 points": curve.auction_bump,
        "curve, 19 points": long.auction_bump,
        "with the gas bump": lambda at: curve.rate_bump(at, 10**9 + at % 997),
        "taking amount of a part, with gas": fill,
        "linear decay": decay.taking_amount,
        "curve made anew, 2 points": lambda at: Curve(FIXTURE).auction_bump(at),
    }


def rates(asks: dict[str, Ask]) -> dict[str, float]:
    """Calls in a second of CPU time."""
    dice = random.Random(5)
    seconds = [START + dice.randrange(-10, 200) for _ in range(CALLS)]
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            taken[name].append(_timed(ask, seconds))
    return {name: CALLS / median(times) for name, times in taken.items()}


def _timed(ask: Ask, seconds: Iterable[int]) -> float:
    begin = time.process_time()
    for at in seconds:
        ask(at)
    return time.process_time() - begin


def main() -> int:
    """Measure and print. 0 when the goal is met."""
    found = rates(asked())
    empty = found["an empty function"]
    print(f"{'':36} {'a second':>12} {'of an empty call':>18}")
    for name, rate in found.items():
        print(f"{name:36} {rate:12,.0f} {rate / empty:18.0%}")
    slowest = min(found["curve, 2 points"], found["curve, 19 points"])
    print(f"the goal is {GOAL:,} evaluations of the curve a second and core: {'met' if slowest >= GOAL else 'missed'}")
    return 0 if slowest >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
