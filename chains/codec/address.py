"""EVM addresses: 20 bytes, written as 0x and 40 hex digits; mixed case is a checksum (EIP-55)."""

import re
from functools import lru_cache

from chains.codec.keccak import keccak
from chains.errors import CodecError

ZERO_ADDRESS = "0x" + "0" * 40
_SHAPE = re.compile(r"0x[0-9a-fA-F]{40}\Z")


def is_evm_address(text: str) -> bool:
    """Whether `text` has the shape of an address, whatever its case."""
    return isinstance(text, str) and _SHAPE.match(text) is not None


@lru_cache(maxsize=4096)
def checksummed(address: str) -> str:
    """The address in EIP-55's mixed case. Raises `CodecError`. The same tokens and accounts come again and again."""
    lower = normalised(address)[2:]
    digest = keccak(lower.encode()).hex()
    return "0x" + "".join(char.upper() if nibble >= "8" else char for char, nibble in zip(lower, digest, strict=False))


def checksum_ok(address: str) -> bool:
    """Whether the case says nothing (all lower or all upper) or is the right checksum (EIP-55)."""
    if not is_evm_address(address):
        return False
    digits = address[2:]
    return digits in (digits.lower(), digits.upper()) or address == checksummed(address)


def normalised(address: str) -> str:
    """The address in lower case, as it is stored and compared. Raises `CodecError`; the checksum is not judged."""
    if not is_evm_address(address):
        raise CodecError(f"not an EVM address (0x and 40 hex digits): {str(address)[:80]!r}")
    return address.lower()
