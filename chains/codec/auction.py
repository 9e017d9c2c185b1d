"""The Dutch auction of a Fusion+ v1 order, as its two amount getters carry it (contracts/evm: AuctionLib.sol).

    gasBumpEstimate(3) gasPriceEstimate(4) startTime(4) duration(3) initialRateBump(3)
    then for each point: coefficient(3) delay(2)

What they mean, and what a fill costs by them, is `pricing.auction`.
"""

from dataclasses import dataclass

from chains.errors import CodecError

_FIELDS = (3, 4, 4, 3, 3)
_HEADER = sum(_FIELDS)
_POINT = 5
_COEFFICIENT = 3
MAX_BUMP = (1 << 8 * _COEFFICIENT) - 1
MAX_DELAY = (1 << 8 * (_POINT - _COEFFICIENT)) - 1
MAX_DURATION = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class Auction:
    """Times in unix seconds and seconds, bumps in ten-millionths; a point is (bump, seconds after the one before)."""

    start_time: int
    duration: int
    initial_bump: int = 0
    points: tuple[tuple[int, int], ...] = ()
    gas_bump_estimate: int = 0
    gas_price_estimate: int = 0

    def encode(self) -> bytes:
        """The bytes that follow the factory's address in a getter. Raises `CodecError` for a number too large."""
        head = (self.gas_bump_estimate, self.gas_price_estimate, self.start_time, self.duration, self.initial_bump)
        sized = [*zip(head, _FIELDS, strict=True)]
        for bump, delay in self.points:
            sized += [(bump, _COEFFICIENT), (delay, _POINT - _COEFFICIENT)]
        try:
            return b"".join(value.to_bytes(size, "big") for value, size in sized)
        except OverflowError:
            raise CodecError("an auction's bumps and duration have 24 bits, its time 32, a delay 16") from None

    @classmethod
    def decode(cls, data: bytes) -> "Auction":
        """The inverse of `encode`. Raises `CodecError`."""
        if len(data) < _HEADER or (len(data) - _HEADER) % _POINT:
            raise CodecError(f"an auction has {_HEADER} bytes and {_POINT} for each point, not {len(data)}")
        values, at = [], 0
        for size in _FIELDS:
            values.append(int.from_bytes(data[at : at + size], "big"))
            at += size
        points = (data[place : place + _POINT] for place in range(_HEADER, len(data), _POINT))
        return cls(
            start_time=values[2],
            duration=values[3],
            initial_bump=values[4],
            points=tuple(
                (int.from_bytes(point[:_COEFFICIENT], "big"), int.from_bytes(point[_COEFFICIENT:], "big"))
                for point in points
            ),
            gas_bump_estimate=values[0],
            gas_price_estimate=values[1],
        )

    @property
    def ends_at(self) -> int:
        """Unix seconds from which on nothing is added to the taking amount."""
        return self.start_time + self.duration
