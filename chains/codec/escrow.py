"""The terms of an escrow and the address that commits to them (1inch cross-chain-swap 1.0.0, eight words)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from chains.codec.abi import address_of_word, address_word, bytes32, hex0x, integer, unhex, word, words
from chains.codec.address import normalised
from chains.codec.keccak import keccak
from chains.codec.timelocks import Timelocks
from chains.errors import CodecError

IMMUTABLES_WORDS = 8
_PROXY_HEAD = bytes.fromhex("3d602d80600a3d3981f3363d3d373d3d3d363d73")
_PROXY_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")


@dataclass(frozen=True, slots=True)
class Immutables:
    """The terms of one escrow. `token` is the zero address for the native coin; amounts in base units and wei.

    On the source `maker` locked and `taker` is paid; on the destination `maker` is paid and `taker` locked. Addresses
    are kept in lower case. Raises `CodecError` on malformed values.
    """

    order_hash: bytes
    hashlock: bytes
    maker: str
    taker: str
    token: str
    amount: int
    safety_deposit: int
    timelocks: Timelocks

    def __post_init__(self) -> None:
        bytes32(self.order_hash, "order_hash")
        bytes32(self.hashlock, "hashlock")
        for name in ("maker", "taker", "token"):
            object.__setattr__(self, name, normalised(getattr(self, name)))

    def words(self) -> bytes:
        """The 256 bytes of the ABI's static tuple."""
        return b"".join(
            (
                self.order_hash,
                self.hashlock,
                address_word(self.maker),
                address_word(self.taker),
                address_word(self.token),
                word(self.amount),
                word(self.safety_deposit),
                word(self.timelocks.pack()),
            )
        )

    @classmethod
    def from_words(cls, data: bytes) -> "Immutables":
        """The inverse of `words`. Raises `CodecError`, also for address words with dirty high bytes."""
        values = words(data, IMMUTABLES_WORDS)
        maker, taker, token = (address_of_word(value) for value in values[2:5])
        return cls(
            order_hash=data[:32],
            hashlock=data[32:64],
            maker=maker,
            taker=taker,
            token=token,
            amount=values[5],
            safety_deposit=values[6],
            timelocks=Timelocks.unpack(values[7]),
        )

    def hash(self) -> bytes:
        """keccak256 of the words: the salt of the escrow's address."""
        return keccak(self.words())

    def deployed(self, at: int) -> "Immutables":
        """The terms of the escrow that was created in a block of time `at` (unix seconds)."""
        return replace(self, timelocks=self.timelocks.deployed(at))

    def to_json(self) -> dict[str, str]:
        """camelCase, 0x hex and decimal strings, as 1inch's SDK writes them."""
        return {
            "orderHash": hex0x(self.order_hash),
            "hashlock": hex0x(self.hashlock),
            "maker": self.maker,
            "taker": self.taker,
            "token": self.token,
            "amount": str(self.amount),
            "safetyDeposit": str(self.safety_deposit),
            "timelocks": str(self.timelocks.pack()),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Immutables":
        """The inverse of `to_json`. Raises `CodecError`."""
        try:
            return cls(
                order_hash=unhex(value["orderHash"]),
                hashlock=unhex(value["hashlock"]),
                maker=value["maker"],
                taker=value["taker"],
                token=value["token"],
                amount=integer(value["amount"]),
                safety_deposit=integer(value["safetyDeposit"]),
                timelocks=Timelocks.unpack(integer(value["timelocks"])),
            )
        except KeyError as missing:
            raise CodecError(f"immutables lack {missing}") from None


def escrow_address(factory: str, implementation: str, immutables: Immutables) -> str:
    """The address of the escrow with these terms, in lower case; they must carry the time of creation."""
    return proxy_address(factory, implementation, immutables.hash())


def proxy_address(factory: str, implementation: str, salt: bytes) -> str:
    """CREATE2 (EIP-1014) of the minimal proxy that the factory deploys for an implementation."""
    preimage = b"\xff" + bytes.fromhex(normalised(factory)[2:]) + salt + _init_code_hash(normalised(implementation))
    return hex0x(keccak(preimage)[12:])


@lru_cache(maxsize=64)
def _init_code_hash(implementation: str) -> bytes:
    return keccak(_PROXY_HEAD + bytes.fromhex(implementation[2:]) + _PROXY_TAIL)
