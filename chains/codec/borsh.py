"""Borsh (borsh.io), as much of it as NEAR contracts of ours use: little-endian integers, length-prefixed UTF-8."""

from chains.errors import CodecError


def u8(value: int) -> bytes:
    """One byte."""
    return _unsigned(value, 1)


def u32(value: int) -> bytes:
    """Four bytes."""
    return _unsigned(value, 4)


def u64(value: int) -> bytes:
    """Eight bytes."""
    return _unsigned(value, 8)


def u128(value: int) -> bytes:
    """Sixteen bytes."""
    return _unsigned(value, 16)


def string(value: str) -> bytes:
    """The length of the UTF-8 in four bytes, then the UTF-8."""
    data = value.encode()
    return u32(len(data)) + data


def option_string(value: str | None) -> bytes:
    """0, or 1 and the string."""
    return u8(0) if value is None else u8(1) + string(value)


def _unsigned(value: int, size: int) -> bytes:
    try:
        return value.to_bytes(size, "little")
    except OverflowError:
        raise CodecError(f"{value} does not fit in u{8 * size}") from None


class Reader:
    """Reads values off the front of some bytes; each read raises `CodecError` when they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise CodecError(f"the data ends after {len(self._data)} bytes, {end} are needed")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u32(self) -> int:
        """Four bytes."""
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        """Eight bytes."""
        return int.from_bytes(self.take(8), "little")

    def u128(self) -> int:
        """Sixteen bytes."""
        return int.from_bytes(self.take(16), "little")

    def string(self) -> str:
        """Length-prefixed UTF-8."""
        data = self.take(self.u32())
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise CodecError("a string that is not UTF-8") from None

    def flag(self) -> bool:
        """A byte that is 0 or 1, as before an optional value."""
        value = self.u8()
        if value > 1:
            raise CodecError(f"a flag must be 0 or 1, not {value}")
        return value == 1

    def option_string(self) -> str | None:
        """An optional string."""
        return self.string() if self.flag() else None

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != len(self._data):
            raise CodecError(f"{len(self._data) - self._at} bytes are left over")
