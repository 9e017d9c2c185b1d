"""The extension of a Limit Order Protocol v4 order: eight optional fields and free data, committed to by the order's
salt.

Layout: a word of eight uint32, field 0 in the lowest bits, each the end of its field; then the fields; then customData.
"""

from dataclasses import astuple, dataclass

from chains.codec.abi import ADDRESS_MASK, WORD
from chains.codec.keccak import keccak
from chains.errors import CodecError

_FIELDS = 8
_BITS = 32
_SALT_BASE_LIMIT = 1 << 96


@dataclass(frozen=True, slots=True)
class Extension:
    """The fields in the protocol's order; `custom_data` is for us alone, the protocol ignores it."""

    maker_asset_suffix: bytes = b""
    taker_asset_suffix: bytes = b""
    making_amount_data: bytes = b""
    taking_amount_data: bytes = b""
    predicate: bytes = b""
    maker_permit: bytes = b""
    pre_interaction: bytes = b""
    post_interaction: bytes = b""
    custom_data: bytes = b""

    def encode(self) -> bytes:
        """The extension's bytes; none at all when everything is empty."""
        values: tuple[bytes, ...] = astuple(self)
        fields, custom = values[:_FIELDS], values[_FIELDS]
        if not any(values):
            return b""
        offsets, end = 0, 0
        for place, value in enumerate(fields):
            end += len(value)
            offsets |= end << (_BITS * place)
        return offsets.to_bytes(WORD, "big") + b"".join(fields) + custom

    @classmethod
    def decode(cls, data: bytes) -> "Extension":
        """The inverse of `encode`. Raises `CodecError` for ends that run backwards or beyond the data."""
        if not data:
            return cls()
        if len(data) < WORD:
            raise CodecError(f"an extension has at least {WORD} bytes, not {len(data)}")
        offsets, body = int.from_bytes(data[:WORD], "big"), data[WORD:]
        ends = [(offsets >> (_BITS * place)) % (1 << _BITS) for place in range(_FIELDS)]
        starts = [0, *ends[:-1]]
        if any(start > end for start, end in zip(starts, ends, strict=True)) or ends[-1] > len(body):
            raise CodecError(f"an extension's fields must follow one another within {len(body)} bytes: {ends}")
        return cls(*(body[start:end] for start, end in zip([*starts, ends[-1]], [*ends, len(body)], strict=True)))


def extension_bits(extension: bytes) -> int:
    """The low 160 bits that the salt of an order with this extension must have; 0 when there is none."""
    return int.from_bytes(keccak(extension), "big") & ADDRESS_MASK if extension else 0


def salt_for(extension: bytes, base: int) -> int:
    """An order's salt: `base` (96 bits, chosen at random by the caller) above the commitment. Raises `CodecError`."""
    if not 0 <= base < _SALT_BASE_LIMIT:
        raise CodecError(f"a salt's base has 96 bits: {base}")
    return base << 160 | extension_bits(extension)
