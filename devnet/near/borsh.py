"""Borsh, as far as NEAR transactions need it (https://borsh.io): little-endian integers, lengths in 4 bytes."""

import struct
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class BorshError(ValueError):
    """The bytes are not what they should be."""


class Reader:
    """Reads values one after another. Every method raises `BorshError` when the bytes end early or do not fit."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def take(self, count: int) -> bytes:
        end = self.offset + count
        if end > len(self.data):
            raise BorshError("Unexpected length of input")
        taken = self.data[self.offset : end]
        self.offset = end
        return taken

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def u128(self) -> int:
        return int.from_bytes(self.take(16), "little")

    def blob(self) -> bytes:
        return self.take(self.u32())

    def text(self) -> str:
        try:
            return self.blob().decode()
        except UnicodeDecodeError as error:
            raise BorshError("invalid utf-8 sequence") from error

    def option(self, read: Callable[[], T]) -> T | None:
        tag = self.u8()
        if tag > 1:
            raise BorshError(f"Invalid Option representation: {tag}. The first byte must be 0 or 1")
        return read() if tag else None

    def sequence(self, read: Callable[[], T]) -> list[T]:
        count = self.u32()
        # each item takes a byte or more: a length beyond the input is a lie, and must not be looped over
        if count > len(self.data) - self.offset:
            raise BorshError("Unexpected length of input")
        return [read() for _ in range(count)]

    def finish(self) -> None:
        """Raise `BorshError` unless everything was read."""
        if self.offset != len(self.data):
            raise BorshError("Not all bytes read")


class Writer:
    """Collects values; `bytes(writer)` is the result."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)

    def raw(self, data: bytes) -> "Writer":
        self._parts.append(data)
        return self

    def u8(self, value: int) -> "Writer":
        return self.raw(bytes([value]))

    def u32(self, value: int) -> "Writer":
        return self.raw(struct.pack("<I", value))

    def u64(self, value: int) -> "Writer":
        return self.raw(struct.pack("<Q", value))

    def u128(self, value: int) -> "Writer":
        return self.raw(value.to_bytes(16, "little"))

    def blob(self, data: bytes) -> "Writer":
        return self.u32(len(data)).raw(data)

    def text(self, value: str) -> "Writer":
        return self.blob(value.encode())
