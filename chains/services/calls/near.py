"""Intent calls on NEAR.

`call` = {"method": name, ...arguments}; amounts are decimal strings of base units, ids and hashes 64 hex characters.

| method | arguments | sent to |
| --- | --- | --- |
| lock | token ("near" or an account), amount, receiver, hashlock, timelock, salt | the HTLC, or the token for it |
| claim | id; the secret | the HTLC |
| refund, pay | id | the HTLC |
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chains.config import ChainConfig

TGAS = 10**12
GAS = {"lock": 30 * TGAS, "ft_transfer_call": 100 * TGAS, "claim": 150 * TGAS, "refund": 150 * TGAS, "pay": 150 * TGAS}


@dataclass(frozen=True)
class NearCall:
    """One function call: receiver, method, JSON arguments as bytes, gas, and yoctoNEAR attached."""

    receiver: str
    method: str
    args: bytes
    gas: int
    deposit: int = 0


def encode(call: dict[str, Any], config: ChainConfig, secret: bytes | None = None) -> NearCall:
    """The function call. `secret` (32 bytes) only where the method needs it. Raises `KeyError` for an unknown method."""
    return METHODS[call["method"]](call, config, secret)


def outflow(call: dict[str, Any], config: ChainConfig) -> dict[str, int]:
    """What the call pays out of our hands: base units by token. The one yoctoNEAR of a token transfer does not count."""
    return {call["token"]: int(call["amount"])} if call["method"] == "lock" else {}


def _args(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _lock(call: dict[str, Any], config: ChainConfig, _secret: bytes | None) -> NearCall:
    terms = {key: call[key] for key in ("receiver", "hashlock", "timelock", "salt")}
    if call["token"] == config.native_token:
        return NearCall(config.htlc, "lock", _args(terms), GAS["lock"], int(call["amount"]))
    transfer = {"receiver_id": config.htlc, "amount": call["amount"], "msg": _args(terms).decode()}
    return NearCall(call["token"], "ft_transfer_call", _args(transfer), GAS["ft_transfer_call"], 1)


def _claim(call: dict[str, Any], config: ChainConfig, secret: bytes | None) -> NearCall:
    if secret is None or len(secret) != 32:
        raise ValueError("claim needs a secret of exactly 32 bytes")
    return NearCall(config.htlc, "claim", _args({"id": call["id"], "secret": secret.hex()}), GAS["claim"])


def _by_id(call: dict[str, Any], config: ChainConfig, _secret: bytes | None) -> NearCall:
    return NearCall(config.htlc, call["method"], _args({"id": call["id"]}), GAS[call["method"]])


METHODS: dict[str, Callable[[dict[str, Any], ChainConfig, bytes | None], NearCall]] = {
    "lock": _lock,
    "claim": _claim,
    "refund": _by_id,
    "pay": _by_id,
}
