"""The timelocks word of 1inch cross-chain-swap: eight uint32, lowest bits first; seven stages in seconds after
creation, then the time of creation."""

from dataclasses import dataclass, replace
from enum import IntEnum
from operator import attrgetter

from chains.codec.abi import MAX_UINT256
from chains.errors import CodecError

_BITS = 32
_LIMIT = 1 << _BITS


class Stage(IntEnum):
    """The stages in the order in which they are packed."""

    SRC_WITHDRAWAL = 0
    SRC_PUBLIC_WITHDRAWAL = 1
    SRC_CANCELLATION = 2
    SRC_PUBLIC_CANCELLATION = 3
    DST_WITHDRAWAL = 4
    DST_PUBLIC_WITHDRAWAL = 5
    DST_CANCELLATION = 6


@dataclass(frozen=True, slots=True)
class Timelocks:
    """Seconds after `deployed_at` at which each stage begins; `deployed_at` is unix seconds, 0 before creation."""

    src_withdrawal: int
    src_public_withdrawal: int
    src_cancellation: int
    src_public_cancellation: int
    dst_withdrawal: int
    dst_public_withdrawal: int
    dst_cancellation: int
    deployed_at: int = 0

    def __post_init__(self) -> None:
        for value in _stages(self):
            if not 0 <= value < _LIMIT:
                raise CodecError(f"a timelock must fit in 32 bits: {value}")

    def pack(self) -> int:
        """The uint256 that the contracts take."""
        return sum(value << (_BITS * place) for place, value in enumerate(_stages(self)))

    @classmethod
    def unpack(cls, packed: int) -> "Timelocks":
        """The stages in a uint256; every word is a valid one. Raises `CodecError` when it is not a word."""
        if not 0 <= packed <= MAX_UINT256:
            raise CodecError(f"{packed} is not a uint256")
        return cls(*((packed >> (_BITS * place)) % _LIMIT for place in range(8)))

    def deployed(self, at: int) -> "Timelocks":
        """The same stages of an escrow that was created at `at` (unix seconds)."""
        return replace(self, deployed_at=at)

    def at(self, stage: Stage) -> int:
        """The unix time at which a stage begins. Raises `CodecError` when the time of creation is not known."""
        if self.deployed_at == 0:
            raise CodecError("the stages have no times before the escrow is created")
        return self.deployed_at + _stages(self)[stage]


_values = attrgetter(*Timelocks.__slots__)


def _stages(timelocks: Timelocks) -> tuple[int, ...]:
    """The eight numbers in the order of the word. `dataclasses.astuple` would copy each deeply: each lock passes here often."""
    found: tuple[int, ...] = _values(timelocks)
    return found
