"""The two words of flags of the Limit Order Protocol v4: the maker's, which he signs, and the taker's, with its
arguments."""

from dataclasses import dataclass
from typing import Any

from chains.codec.abi import MAX_UINT256
from chains.codec.address import normalised
from chains.errors import CodecError

_HALF = (1 << 80) - 1

_MAKER_FLAGS = {
    "no_partial_fills": 255,
    "allow_multiple_fills": 254,
    "pre_interaction": 252,
    "post_interaction": 251,
    "check_epoch": 250,
    "has_extension": 249,
    "permit2": 248,
    "unwrap_weth": 247,
}
_MAKER_NUMBERS = {"allowed_sender": (0, 80), "expiration": (80, 40), "nonce": (120, 40), "series": (160, 40)}

_TAKER_FLAGS = {"making_amount": 255, "unwrap_weth": 254, "skip_permit": 253, "permit2": 252, "has_target": 251}
_TAKER_NUMBERS = {"threshold": (0, 185), "interaction_length": (200, 24), "extension_length": (224, 24)}


def sender_half(address: str) -> int:
    """The low 80 bits of an address: all that an order keeps of its only allowed taker."""
    return int(normalised(address), 16) & _HALF


@dataclass(frozen=True, slots=True)
class MakerTraits:
    """What the maker demands. `allowed_sender` is the low 80 bits of an address, 0 for anyone (`sender_half`);
    `expiration` unix seconds, 0 for never; `nonce` the bit to invalidate, or the epoch."""

    allowed_sender: int = 0
    expiration: int = 0
    nonce: int = 0
    series: int = 0
    no_partial_fills: bool = False
    allow_multiple_fills: bool = False
    pre_interaction: bool = False
    post_interaction: bool = False
    check_epoch: bool = False
    has_extension: bool = False
    permit2: bool = False
    unwrap_weth: bool = False

    def pack(self) -> int:
        """The order's `makerTraits`. Raises `CodecError` for a number too large for its place."""
        return _packed(self, _MAKER_NUMBERS, _MAKER_FLAGS)

    @classmethod
    def unpack(cls, value: int) -> "MakerTraits":
        """The inverse of `pack`. Raises `CodecError` for bits that mean nothing."""
        return cls(**_unpacked(value, _MAKER_NUMBERS, _MAKER_FLAGS))

    @property
    def is_single_fill(self) -> bool:
        """Whether the order is used up by one fill, its nonce's bit being set (the protocol's bit invalidator)."""
        return self.no_partial_fills or not self.allow_multiple_fills

    def allows(self, taker: str) -> bool:
        """Whether the taker may fill it."""
        return self.allowed_sender in (0, sender_half(taker))


@dataclass(frozen=True, slots=True)
class TakerTraits:
    """How a fill is to be read. `threshold` is the most to pay (making mode) or the least to get; 0 for no limit."""

    threshold: int = 0
    interaction_length: int = 0
    extension_length: int = 0
    making_amount: bool = False
    unwrap_weth: bool = False
    skip_permit: bool = False
    permit2: bool = False
    has_target: bool = False

    def pack(self) -> int:
        """The word. Raises `CodecError` for a number too large for its place."""
        return _packed(self, _TAKER_NUMBERS, _TAKER_FLAGS)

    @classmethod
    def unpack(cls, value: int) -> "TakerTraits":
        """The inverse of `pack`. Raises `CodecError` for bits that mean nothing."""
        return cls(**_unpacked(value, _TAKER_NUMBERS, _TAKER_FLAGS))


def fill_arguments(
    extension: bytes, *, interaction: bytes = b"", target: str | None = None, threshold: int = 0
) -> tuple[int, bytes]:
    """`(takerTraits, args)` of a fill whose amount is a making amount.

    Without `target` the maker's tokens go to the caller; our Resolver puts the escrow's address before the arguments
    and sets the flag itself.
    """
    traits = TakerTraits(
        threshold=threshold,
        interaction_length=len(interaction),
        extension_length=len(extension),
        making_amount=True,
        has_target=target is not None,
    )
    prefix = b"" if target is None else bytes.fromhex(normalised(target)[2:])
    return traits.pack(), prefix + extension + interaction


def _packed(traits: MakerTraits | TakerTraits, numbers: dict[str, tuple[int, int]], flags: dict[str, int]) -> int:
    result = 0
    for name, (start, bits) in numbers.items():
        value = getattr(traits, name)
        if not 0 <= value < 1 << bits:
            raise CodecError(f"{name} must fit in {bits} bits: {value}")
        result |= value << start
    return result | sum(1 << bit for name, bit in flags.items() if getattr(traits, name))


def _unpacked(value: int, numbers: dict[str, tuple[int, int]], flags: dict[str, int]) -> dict[str, Any]:
    if not 0 <= value <= MAX_UINT256:
        raise CodecError(f"not a uint256: {value}")
    result: dict[str, Any] = {name: value >> start & (1 << bits) - 1 for name, (start, bits) in numbers.items()}
    known = sum((1 << bits) - 1 << start for start, bits in numbers.values()) | sum(1 << bit for bit in flags.values())
    if value & ~known:
        raise CodecError(f"traits with bits that mean nothing: {value & ~known:#x}")
    return result | {name: bool(value >> bit & 1) for name, bit in flags.items()}
