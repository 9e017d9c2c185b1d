"""The limit order that a maker may sign instead of locking by himself (1inch Limit Order Protocol v4, Fusion+ extension).

A signature gives whoever holds it the maker's tokens on the order's terms, so all of them are read first: the extension,
which the salt commits to, must put the tokens into an escrow of the client's own factory, under his own hashlock.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eth_abi.abi import decode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from onebalancer.chains import Chain, EvmChain
from onebalancer.differences import Differences
from onebalancer.errors import ConfigurationError, VerificationFailed
from onebalancer.evm_calls import check_binding
from onebalancer.evm_terms import Terms
from onebalancer.models import OrderOffer, SignedOrder
from onebalancer.near_terms import borsh_text
from onebalancer.secrets import SwapRecord

ORDER = [
    {"name": "salt", "type": "uint256"},
    {"name": "maker", "type": "address"},
    {"name": "receiver", "type": "address"},
    {"name": "makerAsset", "type": "address"},
    {"name": "takerAsset", "type": "address"},
    {"name": "makingAmount", "type": "uint256"},
    {"name": "takingAmount", "type": "uint256"},
    {"name": "makerTraits", "type": "uint256"},
]
DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
ADDRESSES = ("maker", "receiver", "makerAsset", "takerAsset")
NO_PARTIAL_FILLS, POST_INTERACTION, HAS_EXTENSION = 1 << 255, 1 << 251, 1 << 249
FLAGS = 0x1FF << 247
LOW_160 = (1 << 160) - 1
NEAR_CHAIN_IDS = {"mainnet": 397}
OTHER_NEAR = 398
POST_FIELD, FACTORY, EXTRA = 7, 20, 160
NO_TERMS = Terms("", "", "", "", "", 0, 0, 0)

TypedDataSigner = Callable[[dict[str, Any]], str]
"""Signs EIP-712 typed data: 0x and 65 bytes."""


def sign_order(
    offer: OrderOffer, record: SwapRecord, source: EvmChain, destination: Chain, sign: TypedDataSigner
) -> SignedOrder:
    """Check the order that a session offers, and sign it. Raises `VerificationFailed` with everything that is not as
    asked for."""
    told = Differences("order")
    typed_data = check_order(told, offer, record, source, destination)
    if told.found:
        raise VerificationFailed(told.found)
    return {"order": offer["order"], "signature": sign(typed_data), "extension": offer["extension"]}


def check_order(
    told: Differences, offer: OrderOffer, record: SwapRecord, source: EvmChain, destination: Chain
) -> dict[str, Any]:
    """Notes every difference, and gives the typed data to sign: built here, for our own chain and protocol."""
    if source.limit_order_protocol is None:
        raise ConfigurationError("limit_order_protocol of the source chain is needed to sign an order")
    request, order, approve = record.request, offer["order"], offer["approve"]
    extension = bytes.fromhex(offer["extension"][2:])
    typed_data = _typed_data(offer, source)
    signable = encode_typed_data(full_message=typed_data)
    digest = "0x" + bytes(keccak(b"\x19" + signable.version + signable.header + signable.body)).hex()
    told.same("order hash", offer["orderHash"], digest)
    told.same("maker", order["maker"], request["maker"])
    told.same("makerAsset", order["makerAsset"], request["sourceToken"])
    told.same("makingAmount", order["makingAmount"], request["sourceAmount"])
    least = record.minimum_destination_amount
    told.holds("takingAmount", int(order["takingAmount"]) >= least, order["takingAmount"], f"at least {least}")
    _check_traits(told, source, int(order["makerTraits"]))
    told.same("approve.token", approve["token"], request["sourceToken"])
    told.same("approve.spender", approve["spender"], source.limit_order_protocol)
    told.same("approve.amount", approve["amount"], request["sourceAmount"])
    committed = int.from_bytes(keccak(extension), "big") & LOW_160
    told.same("what the salt commits to", int(order["salt"]) & LOW_160, committed)
    if not told.found:
        _check_extension(told, extension, record, source, destination)
    return typed_data


def _typed_data(offer: OrderOffer, source: EvmChain) -> dict[str, Any]:
    given, order = offer["typedData"]["domain"], offer["order"]
    numbers = {name: value if name in ADDRESSES else int(str(value)) for name, value in order.items()}
    return {
        "types": {"EIP712Domain": DOMAIN, "Order": ORDER},
        "primaryType": "Order",
        "domain": {
            "name": str(given.get("name")),
            "version": str(given.get("version")),
            "chainId": source.chain_id,
            "verifyingContract": source.limit_order_protocol,
        },
        "message": numbers,
    }


def _check_traits(told: Differences, source: EvmChain, traits: int) -> None:
    told.same("makerTraits' flags", hex(traits & FLAGS), hex(NO_PARTIAL_FILLS | POST_INTERACTION | HAS_EXTENSION))
    expires = traits >> 80 & (1 << 40) - 1
    latest = int(time.time()) + source.max_lock_seconds
    told.holds("expiration", 0 < expires <= latest, expires, f"from now until {latest}")


def _check_extension(
    told: Differences, extension: bytes, record: SwapRecord, source: EvmChain, destination: Chain
) -> None:
    """Nothing but a post-interaction, which makes the escrow, and for NEAR the receiver and his token."""
    offsets, body = int.from_bytes(extension[:32], "big"), extension[32:]
    ends = [offsets >> (32 * place) & 0xFFFFFFFF for place in range(8)]
    end = ends[POST_FIELD]
    told.holds("the extension", not any(ends[:POST_FIELD]), "more than a post-interaction", "nothing else")
    told.holds("the post-interaction", FACTORY + EXTRA <= end <= len(body), f"{end} bytes", "a factory and its terms")
    if told.found:
        return
    told.same("escrow factory", "0x" + body[:FACTORY].hex(), source.escrow_factory)
    hashlock, chain_id, token, deposits, timelocks = decode(["bytes32", *["uint256"] * 4], body[end - EXTRA : end])
    told.same("hashlock", "0x" + hashlock.hex(), record.hashlock)
    check_binding(told, source, replace(NO_TERMS, safety_deposit=deposits >> 128, timelocks=timelocks))
    _check_destination(told, record, destination, chain_id, hex(token), body[end:])


def _check_destination(
    told: Differences, record: SwapRecord, chain: Chain, chain_id: int, token: str, custom: bytes
) -> None:
    wanted, taker = record.request["destinationToken"], record.request["taker"]
    if isinstance(chain, EvmChain):
        told.same("destination chain", chain_id, chain.chain_id)
        told.same("destination token", token, hex(int(wanted, 16)))
        return
    told.same("destination chain", chain_id, NEAR_CHAIN_IDS.get(chain.network_id, OTHER_NEAR))
    told.same("destination token", token, hex(int.from_bytes(keccak(wanted.encode())[12:], "big")))
    told.same("receiver and token", custom.hex(), (borsh_text(taker) + borsh_text(wanted)).hex())
