"""The two families of locks behind one face: what a lock must be, whether an event is it, and what to send."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from chains.config import chain_config
from chains.models import ChainEvent
from swaps.models import Leg, SwapSession
from swaps.timelocks import Ladder


@dataclass(frozen=True)
class Recognised:
    """A lock that is what was agreed: its terms as its calls need them, and its times in chain seconds."""

    lock_id: str
    terms: dict[str, Any]
    claim_from: int
    expires_at: int
    refund_from: int


@dataclass(frozen=True)
class Verification:
    """What re-reading a lock from its chain showed; `problems` is empty when it is right."""

    problems: tuple[str, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stray:
    """A lock of the maker's that is not what was agreed, or one of ours that the swap does without, which we can send back from
    `refund_from` (chain seconds)."""

    differences: tuple[str, ...]
    refund_from: int
    call: dict[str, Any]


def differences(found: dict[str, Any], agreed: dict[str, Any]) -> tuple[str, ...]:
    """Each field that is not as agreed, in words; a lock without any is a second one."""
    told = tuple(
        f"{name} is {found.get(name)}, and {value} was agreed"
        for name, value in agreed.items()
        if found.get(name) != value
    )
    return told or ("a second lock with the same terms",)


class LegFamily(Protocol):
    """What EVM and NEAR each do in their own way."""

    def terms(self, session: SwapSession, side: str, ladder: Ladder) -> dict[str, Any]:
        """The terms a lock must have, fixed when the session is made."""

    def maker_calls(self, session: SwapSession, leg: Leg) -> list[dict[str, Any]]:
        """The maker's own lock as calls ready to send, in order."""

    def recognise(self, leg: Leg, event: ChainEvent) -> Recognised | None:
        """The lock, if this creation is exactly what was agreed; None if it is anything else."""

    def stray(self, leg: Leg, event: ChainEvent) -> Stray | None:
        """The creation of a lock that is not the leg's and that we may refund: on the source one of the same maker's, on the
        destination one with the leg's terms, which the caller knows to be ours; None for anything else."""

    def lock_call(self, leg: Leg, *, latest_expiry: int, now: int) -> dict[str, Any]:
        """Our destination lock, which must have expired by `latest_expiry`; fixes what the leg's terms leave open."""

    def claim_call(self, leg: Leg) -> dict[str, Any]:
        """A claim of a recognised lock; it carries the secret."""

    def refund_call(self, leg: Leg) -> dict[str, Any]:
        """The return of a recognised lock to its refundee."""

    def pay_call(self, leg: Leg) -> dict[str, Any]:
        """Another try of a payout that failed."""

    def verify(self, leg: Leg) -> Verification:
        """Re-read a recognised lock at the chain's final block, from as many providers as money needs.

        Raises `ChainError` when the chain cannot be asked, or its providers contradict each other."""


def family_of(chain: str) -> LegFamily:
    """The family that the chain's locks belong to."""
    if chain_config(chain).family == "evm":
        from swaps.services.legs.evm import EvmLegs

        return EvmLegs()
    from swaps.services.legs.near import NearLegs

    return NearLegs()
