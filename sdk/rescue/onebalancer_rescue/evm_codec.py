"""The escrows' terms, addresses, calls and events, as bytes (1inch cross-chain-swap 1.0.0; EIP-1014, EIP-1167)."""

from dataclasses import dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from onebalancer_rescue.errors import BadInput

WORD = 32
TERMS = "(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256)"
_PROXY_HEAD = bytes.fromhex("3d602d80600a3d3981f3")
_CODE_HEAD = bytes.fromhex("363d3d373d3d3d363d73")
_CODE_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_STAGE_BITS = 32
_CREATION = 7 * _STAGE_BITS


def topic(signature: str) -> str:
    """Topic0 of an event."""
    return "0x" + bytes(keccak(signature.encode())).hex()


def selector(signature: str) -> bytes:
    """The first four bytes of a call, or of a custom error."""
    return bytes(keccak(signature.encode())[:4])


SOURCE_CREATED = topic(f"SrcEscrowCreated({TERMS},(uint256,uint256,uint256,uint256,uint256))")
DESTINATION_CREATED = topic("DstEscrowCreated(address,bytes32,uint256)")
WITHDRAWN = topic("EscrowWithdrawal(bytes32)")
CANCELLED = topic("EscrowCancelled()")
TRANSFER = topic("Transfer(address,address,uint256)")
INVALID_SECRET = "0x" + selector("InvalidSecret()").hex()
INVALID_TIME = "0x" + selector("InvalidTime()").hex()

HASH_FUNCTION = selector("HASH_FUNCTION()")
HASHES = ("sha256", "keccak256")

_PUBLIC_WITHDRAW = selector(f"publicWithdraw(bytes32,{TERMS})")
_PUBLIC_CANCEL = selector(f"publicCancel({TERMS})")
_CANCEL = selector(f"cancel({TERMS})")
_BALANCE_OF = selector("balanceOf(address)")
_TRANSFER = selector("transfer(address,uint256)")


@dataclass(frozen=True)
class Immutables:
    """An escrow's terms; `timelocks` packs seven stages and, on top, the time of creation (0 before it)."""

    order_hash: bytes
    hashlock: bytes
    maker: str
    taker: str
    token: str
    amount: int
    safety_deposit: int
    timelocks: int

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> "Immutables":
        """From the receipt. Raises `KeyError`, `ValueError`."""
        return cls(
            order_hash=bytes.fromhex(value["orderHash"][2:]),
            hashlock=bytes.fromhex(value["hashlock"][2:]),
            maker=value["maker"].lower(),
            taker=value["taker"].lower(),
            token=value["token"].lower(),
            amount=int(value["amount"]),
            safety_deposit=int(value["safetyDeposit"]),
            timelocks=int(value["timelocks"]),
        )

    @classmethod
    def of_words(cls, data: bytes) -> "Immutables | None":
        """From eight words of an event; None when an address has dirty high bytes (it is nobody's, then)."""
        words = [data[at : at + WORD] for at in range(0, 8 * WORD, WORD)]
        if len(data) != 8 * WORD or any(any(words[place][:12]) for place in (2, 3, 4)):
            return None
        maker, taker, token = ("0x" + words[place][12:].hex() for place in (2, 3, 4))
        amount, deposit, timelocks = (int.from_bytes(words[place], "big") for place in (5, 6, 7))
        return cls(words[0], words[1], maker, taker, token, amount, deposit, timelocks)

    def words(self) -> bytes:
        """The 256 bytes of the ABI."""
        numbers = (self.amount, self.safety_deposit, self.timelocks)
        addresses = b"".join(address_word(address) for address in (self.maker, self.taker, self.token))
        return (
            self.order_hash + self.hashlock + addresses + b"".join(number.to_bytes(WORD, "big") for number in numbers)
        )

    @property
    def created_at(self) -> int:
        """Unix seconds."""
        return self.timelocks >> _CREATION

    @property
    def offsets(self) -> int:
        """The stages without the time of creation."""
        return self.timelocks % (1 << _CREATION)

    def created(self, at: int) -> "Immutables":
        """The terms of the escrow that was created then."""
        return replace(self, timelocks=self.offsets | at << _CREATION)

    def stage(self, place: int) -> int:
        """When a stage begins, in unix seconds; 0 to 3 are the source's, 4 to 6 the destination's."""
        return self.created_at + (self.timelocks >> (place * _STAGE_BITS)) % (1 << _STAGE_BITS)


def address_word(address: str) -> bytes:
    """An address in the low 20 bytes of a word. Raises `BadInput`."""
    raw = bytes.fromhex(address[2:])
    if len(raw) != 20 or address[:2] != "0x":
        raise BadInput(f"{address!r} is not an EVM address")
    return raw.rjust(WORD, b"\0")


def escrow_address(factory: str, implementation: str, terms: Immutables) -> str:
    """Where the factory puts an escrow of these terms (CREATE2)."""
    init_code = _PROXY_HEAD + proxy_code(implementation)
    preimage = b"\xff" + bytes.fromhex(factory[2:]) + keccak(terms.words()) + keccak(init_code)
    return "0x" + bytes(keccak(preimage)[12:]).hex()


def proxy_code(implementation: str) -> bytes:
    """The code that stands at an escrow's address."""
    return _CODE_HEAD + bytes.fromhex(implementation[2:]) + _CODE_TAIL


def claim_data(secret: bytes, terms: Immutables) -> bytes:
    """By anyone, in the public stage."""
    return _PUBLIC_WITHDRAW + secret + terms.words()


def refund_data(side: str, terms: Immutables) -> bytes:
    """By anyone: a source in its public stage, a destination from its cancellation on."""
    return (_PUBLIC_CANCEL if side == "source" else _CANCEL) + terms.words()


def balance_of_data(account: str) -> bytes:
    """ERC-20."""
    return _BALANCE_OF + address_word(account)


def transfer_data(to: str, amount: int) -> bytes:
    """ERC-20."""
    return _TRANSFER + address_word(to) + amount.to_bytes(WORD, "big")
