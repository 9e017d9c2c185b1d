"""The terms of an escrow, which its address commits to (1inch cross-chain-swap 1.0.0; EIP-1014, EIP-1167)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

WORDS = ["bytes32", "bytes32", *["uint256"] * 6]
TERMS = f"({','.join(WORDS)})"
_PROXY_HEAD = bytes.fromhex("3d602d80600a3d3981f3")
_CODE_HEAD = bytes.fromhex("363d3d373d3d3d363d73")
_CODE_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_STAGE_BITS = 32
_CREATION = 7 * _STAGE_BITS


class Stage(IntEnum):
    """The stages of an escrow, in the order in which its timelocks pack them: seconds after its creation."""

    SOURCE_WITHDRAWAL = 0
    SOURCE_PUBLIC_WITHDRAWAL = 1
    SOURCE_CANCELLATION = 2
    SOURCE_PUBLIC_CANCELLATION = 3
    DESTINATION_WITHDRAWAL = 4
    DESTINATION_PUBLIC_WITHDRAWAL = 5
    DESTINATION_CANCELLATION = 6


@dataclass(frozen=True)
class Terms:
    """Addresses and bytes as lower-case hex; `timelocks` packs seven stages and, on top, the time of creation (0 before it)."""

    order_hash: str
    hashlock: str
    maker: str
    taker: str
    token: str
    amount: int
    safety_deposit: int
    timelocks: int

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> "Terms":
        """From a document of the service: a claim that is checked, not a fact. Raises `KeyError`, `ValueError`."""
        return cls(
            order_hash=str(value["orderHash"]).lower(),
            hashlock=str(value["hashlock"]).lower(),
            maker=str(value["maker"]).lower(),
            taker=str(value["taker"]).lower(),
            token=str(value["token"]).lower(),
            amount=int(value["amount"]),
            safety_deposit=int(value["safetyDeposit"]),
            timelocks=int(value["timelocks"]),
        )

    @classmethod
    def decode(cls, data: bytes) -> "Terms":
        """From the 256 bytes of the ABI. Raises `ValueError` for anything else, also for dirty high bytes of an address."""
        if len(data) != 256:
            raise ValueError("the terms of an escrow are 256 bytes")
        order_hash, hashlock, maker, taker, token, amount, safety_deposit, timelocks = decode(WORDS, data)
        if any(word >> 160 for word in (maker, taker, token)):
            raise ValueError("an address has 160 bits")
        maker, taker, token = (f"0x{word:040x}" for word in (maker, taker, token))
        terms = (maker, taker, token, amount, safety_deposit, timelocks)
        return cls("0x" + order_hash.hex(), "0x" + hashlock.hex(), *terms)

    def encode(self) -> bytes:
        """The 256 bytes of the ABI."""
        plain = [bytes.fromhex(self.order_hash[2:]), bytes.fromhex(self.hashlock[2:])]
        parties = [int(self.maker, 16), int(self.taker, 16), int(self.token, 16)]
        encoded: bytes = encode(WORDS, [*plain, *parties, self.amount, self.safety_deposit, self.timelocks])
        return encoded

    @property
    def created_at(self) -> int:
        """Unix seconds; 0 before it."""
        return self.timelocks >> _CREATION

    def offset(self, stage: Stage) -> int:
        """Seconds after the creation."""
        return (self.timelocks >> (stage * _STAGE_BITS)) % (1 << _STAGE_BITS)

    def begins(self, stage: Stage) -> int:
        """Unix seconds at which a stage begins."""
        return self.created_at + self.offset(stage)

    def unstamped(self) -> "Terms":
        """The same terms before the factory stamps the time of creation into them."""
        return replace(self, timelocks=self.timelocks % (1 << _CREATION))

    def plain(self) -> dict[str, str]:
        """As text, to be kept and compared."""
        return {name: str(value) for name, value in asdict(self).items()}


def proxy_code(implementation: str) -> bytes:
    """The code that stands at the address of every escrow with this implementation."""
    return _CODE_HEAD + bytes.fromhex(implementation[2:]) + _CODE_TAIL


def escrow_address(factory: str, implementation: str, terms: Terms) -> str:
    """Where the factory puts an escrow of these terms, and of no others."""
    init_code = _PROXY_HEAD + proxy_code(implementation)
    preimage = b"\xff" + bytes.fromhex(factory[2:]) + keccak(terms.encode()) + keccak(init_code)
    return "0x" + bytes(keccak(preimage))[12:].hex()


def selector(signature: str) -> bytes:
    """The first four bytes of a call."""
    return bytes(keccak(signature.encode()))[:4]


def call_data(signature: str, *values: object) -> str:
    """A call of a function with static arguments: 0x and hex."""
    types = signature[signature.index("(") + 1 : -1]
    return "0x" + (selector(signature) + bytes(encode(types.split(",") if types else [], values))).hex()


CREATE_SOURCE = "0x" + selector(f"createSrcEscrow({TERMS})").hex()
