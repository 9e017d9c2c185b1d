"""An order of the Limit Order Protocol v4: its words, its EIP-712 form for a wallet, and its hash."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from chains.codec.abi import ADDRESS_MASK, address_of_word, address_word, integer, word, words
from chains.codec.address import normalised
from chains.codec.keccak import keccak
from chains.errors import CodecError

ORDER_WORDS = 8
ROUTER = "0x111111125421ca6dc452d289314280a0f8842a65"
"""1inch's own deployment of the protocol on most chains; orders for it are signed under `ROUTER_DOMAIN`."""
ROUTER_DOMAIN = ("1inch Aggregation Router", "6")
PACKAGE_DOMAIN = ("1inch Limit Order Protocol", "4")
"""EIP-712 name and version of a deployment from the npm package."""

_ADDRESS_FIELDS = ("maker", "receiver", "maker_asset", "taker_asset")
_TYPE = [
    {"name": "salt", "type": "uint256"},
    {"name": "maker", "type": "address"},
    {"name": "receiver", "type": "address"},
    {"name": "makerAsset", "type": "address"},
    {"name": "takerAsset", "type": "address"},
    {"name": "makingAmount", "type": "uint256"},
    {"name": "takingAmount", "type": "uint256"},
    {"name": "makerTraits", "type": "uint256"},
]
_DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


def _type_hash(name: str, members: list[dict[str, str]]) -> bytes:
    return keccak(f"{name}({','.join(member['type'] + ' ' + member['name'] for member in members)})".encode())


_ORDER_TYPE_HASH = _type_hash("Order", _TYPE)
_DOMAIN_TYPE_HASH = _type_hash("EIP712Domain", _DOMAIN_TYPE)


@dataclass(frozen=True, slots=True)
class OrderDomain:
    """The EIP-712 domain of one deployment of the protocol, by default of one from the npm package."""

    chain_id: int
    contract: str
    name: str = PACKAGE_DOMAIN[0]
    version: str = PACKAGE_DOMAIN[1]

    def separator(self) -> bytes:
        """The domain separator (EIP-712)."""
        return keccak(
            _DOMAIN_TYPE_HASH
            + keccak(self.name.encode())
            + keccak(self.version.encode())
            + word(self.chain_id)
            + address_word(self.contract)
        )


@dataclass(frozen=True, slots=True)
class Order:
    """A maker's order. Addresses in lower case, amounts in base units; `receiver` zero means the maker.

    `salt`'s low 160 bits commit to the extension (`chains.codec.extension`); `maker_traits`: `chains.codec.traits`.
    """

    salt: int
    maker: str
    receiver: str
    maker_asset: str
    taker_asset: str
    making_amount: int
    taking_amount: int
    maker_traits: int

    def __post_init__(self) -> None:
        for name in _ADDRESS_FIELDS:
            object.__setattr__(self, name, normalised(getattr(self, name)))

    def words(self) -> bytes:
        """The 256 bytes of the ABI's static tuple."""
        return b"".join(word(value) if isinstance(value, int) else address_word(value) for value in astuple(self))

    @classmethod
    def from_words(cls, data: bytes) -> "Order":
        """The inverse of `words`. Raises `CodecError`, also for address words with dirty high bytes."""
        salt, *addresses, making, taking, traits = words(data, ORDER_WORDS)
        maker, receiver, maker_asset, taker_asset = (address_of_word(value) for value in addresses)
        return cls(salt, maker, receiver, maker_asset, taker_asset, making, taking, traits)

    def hash(self, domain: OrderDomain) -> bytes:
        """The EIP-712 hash: what the maker signs, and the escrow's `order_hash`."""
        return keccak(b"\x19\x01" + domain.separator() + keccak(_ORDER_TYPE_HASH + self.words()))

    def typed_data(self, domain: OrderDomain) -> dict[str, Any]:
        """The JSON for `eth_signTypedData_v4`; numbers as decimal strings, because JavaScript's lose digits."""
        return {
            "types": {"EIP712Domain": _DOMAIN_TYPE, "Order": _TYPE},
            "primaryType": "Order",
            "domain": {
                "name": domain.name,
                "version": domain.version,
                "chainId": domain.chain_id,
                "verifyingContract": normalised(domain.contract),
            },
            "message": self.to_json(),
        }

    def to_json(self) -> dict[str, str]:
        """camelCase, 0x hex and decimal strings, as 1inch's API writes them."""
        return {
            "salt": str(self.salt),
            "maker": self.maker,
            "receiver": self.receiver,
            "makerAsset": self.maker_asset,
            "takerAsset": self.taker_asset,
            "makingAmount": str(self.making_amount),
            "takingAmount": str(self.taking_amount),
            "makerTraits": str(self.maker_traits),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Order":
        """The inverse of `to_json`; numbers may be decimal or 0x hex. Raises `CodecError`."""
        try:
            return cls(
                salt=integer(value["salt"]),
                maker=value["maker"],
                receiver=value["receiver"],
                maker_asset=value["makerAsset"],
                taker_asset=value["takerAsset"],
                making_amount=integer(value["makingAmount"]),
                taking_amount=integer(value["takingAmount"]),
                maker_traits=integer(value["makerTraits"]),
            )
        except KeyError as missing:
            raise CodecError(f"the order lacks {missing}") from None

    @property
    def extension_bits(self) -> int:
        """The low 160 bits of the salt."""
        return self.salt & ADDRESS_MASK
