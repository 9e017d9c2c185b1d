"""What is common to locks of every family, and the face that both families have."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from eth_hash.auto import keccak

from onebalancer_rescue.receipt import Leg


@dataclass(frozen=True)
class Lock:
    """A lock that stands, or stood, on a chain. Times are unix seconds of the chain; `state`: locked, claimed, refunded, or
    emptied (an escrow whose taker took what it held after the rescue delay).

    `claim_from` and `refund_from`: when anyone may; `claim_until`: the first instant at which a claim fails. `differs` says
    how it is not what was agreed: such a lock is only ever refunded. `unpaid`: settled, but its payment failed (NEAR).
    """

    id: str
    created_at: int
    claim_from: int
    claim_until: int
    refund_from: int
    state: str
    final: bool
    secret: bytes | None = None
    unpaid: bool = False
    differs: tuple[str, ...] = ()
    terms: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A call ready to be signed: `action` is claim, refund or pay; `shown` tells it without the secret."""

    action: str
    lock: Lock
    shown: dict[str, Any]
    payload: Any = field(repr=False)


@dataclass(frozen=True)
class ChainTime:
    """Unix seconds of the newest and of the final block."""

    head: int
    final: int


class ChainLeg(Protocol):
    """One leg on its chain."""

    leg: Leg

    def check(self) -> None:
        """That the node is of the receipt's network, and the contract there. Raises `BadInput`."""

    def locks(self) -> list[Lock]:
        """Every lock of this leg, oldest first."""

    def time(self) -> ChainTime:
        """The chain's own time."""

    def call(self, action: str, lock: Lock, secret: bytes | None) -> Call:
        """The call for an action."""

    def probe(self, call: Call, sender: str) -> list[str]:
        """Try the call without sending it and without showing the secret to the node. Gives warnings; raises `Unsafe`."""

    def sender(self) -> str:
        """Whose key it is that signs: an address or account."""

    def send(self, call: Call) -> str:
        """Sign and broadcast; gives the transaction's hash."""

    def confirm(self, call: Call, transaction: str, seconds: float) -> str:
        """Wait until it is final and see that the payee was paid; gives what happened in words. Raises `ChainTrouble`."""


def hash_of(secret: bytes, function: str) -> bytes:
    """The hashlock of a secret."""
    if function == "sha256":
        return hashlib.sha256(secret).digest()
    return bytes(keccak(secret))
