"""Calls that a client's wallet sends, and the limit order that it signs."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Amount, Hash32, Hex, one_of
from swaps.shapes.words import ChainName


class EvmCall(TypedDict):
    """A transaction of the maker's on an EVM chain, as `eth_sendTransaction` takes it."""

    chain: ChainName
    purpose: Literal["approve", "lock"]
    to: str
    value: Annotated[str, Meta(description="wei, as a string of digits", pattern="^[0-9]+$")]
    data: Hex


class NearCall(TypedDict):
    """A function call of the maker's on NEAR."""

    chain: ChainName
    purpose: Literal["storage", "lock"]
    receiverId: str
    methodName: str
    args: Annotated[dict[str, Any], Meta(description="the method's arguments, to be sent as JSON")]
    deposit: Annotated[str, Meta(description="yoctoNEAR, as a string of digits", pattern="^[0-9]+$")]
    gas: Annotated[str, Meta(pattern="^[0-9]+$")]


if TYPE_CHECKING:
    Call = EvmCall | NearCall
else:
    Call = one_of(EvmCall, NearCall)


class Order(TypedDict):
    """1inch's limit order v4: numbers as decimal strings, addresses in hexadecimal."""

    salt: str
    maker: str
    receiver: str
    makerAsset: str
    takerAsset: str
    makingAmount: str
    takingAmount: str
    makerTraits: str


class TypedData(TypedDict):
    """EIP-712: hand it to `eth_signTypedData_v4` as it is."""

    types: dict[str, list[dict[str, str]]]
    primaryType: str
    domain: dict[str, Any]
    message: dict[str, Any]


class Approval(TypedDict):
    """The allowance that the order needs before it is filled."""

    token: str
    spender: str
    amount: Amount


class OrderOffer(TypedDict):
    """The order that the maker may sign instead of locking himself. Send `order`, `signature` and `extension` to execute."""

    typedData: TypedData
    order: Order
    orderHash: Hash32
    extension: Hex
    approve: Approval


class SignedOrder(TypedDict):
    """The maker's signed order. Without `extension` it must be the order that the session offered."""

    order: Order
    signature: Annotated[
        str, Meta(description="65 bytes, or 64 (EIP-2098)", pattern="^0x[0-9a-fA-F]{128}([0-9a-fA-F]{2})?$")
    ]
    extension: NotRequired[Hex]
