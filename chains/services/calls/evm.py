"""Intent calls on EVM chains.

`call` = {"method": name, ...arguments}; amounts are decimal strings, addresses and hashes hex.

| method | arguments | sent to |
| --- | --- | --- |
| deploy_src | immutables, order, r, vs, amount, takerTraits, args, value | our Resolver |
| deploy_dst | immutables, sourceCancellation, value | our Resolver |
| withdraw | escrow, immutables, payee; the secret | our Resolver |
| cancel | escrow, immutables | our Resolver |
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chains.codec import calldata
from chains.codec.escrow import Immutables
from chains.codec.order import Order
from chains.config import ChainConfig


@dataclass(frozen=True)
class EvmCall:
    """`to` (0x address), calldata, and wei; `sender` where it is not we who call."""

    to: str
    data: bytes
    value: int = 0
    sender: str = ""


def encode(call: dict[str, Any], config: ChainConfig, secret: bytes | None = None) -> EvmCall:
    """The call's bytes. `secret` (32 bytes) only where the method needs it. Raises `KeyError` for an unknown method."""
    return METHODS[call["method"]](call, config, secret)


def payment(call: dict[str, Any], config: ChainConfig) -> EvmCall:
    """What a `withdraw` has its escrow pay, as a call of the escrow's own: it says what the token takes, and needs no secret."""
    terms = Immutables.from_json(call["immutables"])
    payee = call.get("payee", terms.maker)  # one that was ordered before an update names none
    if terms.token == config.native_token:
        return EvmCall(payee, b"", terms.amount, sender=call["escrow"])
    return EvmCall(terms.token, calldata.erc20_transfer(payee, terms.amount), sender=call["escrow"])


def outflow(call: dict[str, Any], config: ChainConfig) -> dict[str, int]:
    """What the call pays out of our hands: base units by token. Safety deposits count, although they come back."""
    if call["method"] not in ("deploy_src", "deploy_dst"):
        return {}
    terms = Immutables.from_json(call["immutables"])
    paid = {config.native_token: terms.safety_deposit}
    if call["method"] == "deploy_dst":
        paid[terms.token] = paid.get(terms.token, 0) + terms.amount
    paid[config.native_token] = max(paid[config.native_token], int(call["value"]))
    return {token: amount for token, amount in paid.items() if amount}


def _deploy_src(call: dict[str, Any], config: ChainConfig, _secret: bytes | None) -> EvmCall:
    data = calldata.resolver_deploy_src(
        Immutables.from_json(call["immutables"]),
        Order.from_json(call["order"]),
        r=bytes.fromhex(call["r"][2:]),
        vs=bytes.fromhex(call["vs"][2:]),
        amount=int(call["amount"]),
        taker_traits=int(call["takerTraits"]),
        args=bytes.fromhex(call["args"][2:]),
    )
    return EvmCall(config.resolver, data, int(call["value"]))


def _deploy_dst(call: dict[str, Any], config: ChainConfig, _secret: bytes | None) -> EvmCall:
    immutables = Immutables.from_json(call["immutables"])
    return EvmCall(
        config.resolver, calldata.resolver_deploy_dst(immutables, int(call["sourceCancellation"])), int(call["value"])
    )


def _withdraw(call: dict[str, Any], config: ChainConfig, secret: bytes | None) -> EvmCall:
    if secret is None or len(secret) != 32:
        raise ValueError("withdraw needs a secret of exactly 32 bytes")
    immutables = Immutables.from_json(call["immutables"])
    return EvmCall(config.resolver, calldata.resolver_withdraw(call["escrow"], secret, immutables))


def _cancel(call: dict[str, Any], config: ChainConfig, _secret: bytes | None) -> EvmCall:
    return EvmCall(config.resolver, calldata.resolver_cancel(call["escrow"], Immutables.from_json(call["immutables"])))


METHODS: dict[str, Callable[[dict[str, Any], ChainConfig, bytes | None], EvmCall]] = {
    "deploy_src": _deploy_src,
    "deploy_dst": _deploy_dst,
    "withdraw": _withdraw,
    "cancel": _cancel,
}
