"""The words that the EVM contracts' static layouts are made of (Solidity ABI): 32 bytes, big-endian."""

import re

from chains.codec.address import normalised
from chains.codec.keccak import keccak
from chains.errors import CodecError

WORD = 32
MAX_UINT256 = (1 << 256) - 1
ADDRESS_MASK = (1 << 160) - 1
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
_DECIMAL = re.compile(r"[0-9]{1,78}\Z")


def word(value: int) -> bytes:
    """A uint256. Raises `CodecError` outside 0 .. 2^256-1."""
    if not 0 <= value <= MAX_UINT256:
        raise CodecError(f"{value} does not fit in a uint256")
    return value.to_bytes(WORD, "big")


def address_word(address: str) -> bytes:
    """An address in the low 20 bytes of a word. Raises `CodecError`."""
    return bytes.fromhex(normalised(address)[2:]).rjust(WORD, b"\0")


def bytes32(value: bytes, name: str = "value") -> bytes:
    """`value` if it is exactly 32 bytes, else `CodecError` that names it."""
    if len(value) != WORD:
        raise CodecError(f"{name} must be exactly 32 bytes, not {len(value)}")
    return bytes(value)


def dynamic(value: bytes) -> bytes:
    """The tail of a `bytes` argument: its length, then itself padded to whole words."""
    return word(len(value)) + value + bytes(-len(value) % WORD)


def words(data: bytes, count: int) -> list[int]:
    """Exactly `count` words as integers. Raises `CodecError` for any other length."""
    if len(data) != count * WORD:
        raise CodecError(f"expected {count} words, got {len(data)} bytes")
    return [int.from_bytes(data[at : at + WORD], "big") for at in range(0, len(data), WORD)]


def address_of_word(value: int) -> str:
    """The address in a word. Raises `CodecError` when the high 12 bytes are not zero: such a word is not equal to the
    address it seems to be, though contracts that mask it take it for that."""
    if value > ADDRESS_MASK:
        raise CodecError(f"{value:#066x} is not an address: its high 12 bytes must be zero")
    return f"0x{value:040x}"


def unhex(text: str) -> bytes:
    """The bytes of 0x-prefixed hex of either case. Raises `CodecError`."""
    if not isinstance(text, str) or not text.startswith("0x"):
        raise CodecError(f"expected hex with 0x, got {str(text)[:80]!r}")
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise CodecError(f"not hexadecimal, or an odd number of digits: {text[:80]!r}") from None


def unhex_int(text: str) -> int:
    """The integer of a JSON-RPC quantity ("0x1f"). Raises `CodecError`."""
    if not isinstance(text, str) or _QUANTITY.match(text) is None:
        raise CodecError(f"expected a hex quantity, got {str(text)[:80]!r}")
    return int(text, 16)


def integer(value: object) -> int:
    """A natural number from JSON: an integer, or its decimal or 0x text. Raises `CodecError`, also for a float, which
    may have lost digits."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        if _DECIMAL.match(value):
            return int(value)
        if _QUANTITY.match(value):
            return int(value, 16)
    raise CodecError(f"not a natural number: {str(value)[:80]!r}")


def hex0x(value: bytes) -> str:
    """Lower-case hex with 0x."""
    return "0x" + value.hex()


def selector(signature: str) -> bytes:
    """The first 4 bytes of keccak256 of a canonical signature such as `transfer(address,uint256)`."""
    return keccak(signature.encode())[:4]


def topic(signature: str) -> str:
    """An event's topic0 as 0x hex."""
    return hex0x(keccak(signature.encode()))


def decode_uint(data: bytes) -> int:
    """A function's answer of one word. Raises `CodecError`."""
    return words(data, 1)[0]


def decode_text(data: bytes) -> str:
    """An answer that is a `string`, or the `bytes32` that some early tokens give as name and symbol. Raises
    `CodecError`."""
    if len(data) == WORD:
        return _utf8(data.rstrip(b"\0"))
    if len(data) < 2 * WORD or int.from_bytes(data[:WORD], "big") != WORD:
        raise CodecError(f"not a string: {len(data)} bytes")
    length = int.from_bytes(data[WORD : 2 * WORD], "big")
    if length > len(data) - 2 * WORD:
        raise CodecError(f"a string of {length} bytes in {len(data)} bytes")
    return _utf8(data[2 * WORD : 2 * WORD + length])


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise CodecError("a string that is not UTF-8") from None
