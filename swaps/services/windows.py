"""Who may settle a lock, and from when until when: as its contract has it, whoever asks and whatever we are up to.

`Window`s are chain seconds, `[start, end)`; `end` is None where a right does not end.
"""

from dataclasses import dataclass
from typing import Any

from chains.codec.escrow import Immutables
from chains.codec.timelocks import Stage
from chains.config import chain_config
from swaps.models import Leg
from swaps.services.facts import LegView

ANYONE = "anyone"


@dataclass(frozen=True)
class Openness:
    """Whether strangers may claim and refund locks of this kind, and if not, why the maker cannot act."""

    public_claim: bool = True
    public_refund: bool = True
    why_not: str = ""


@dataclass(frozen=True)
class Window:
    """When a call works, who may make it then, and what it is called there."""

    start: int
    end: int | None
    who: str
    method: str


def openness_of(chain: str) -> Openness:
    """What the chain's contracts declare: ours are open to anyone; 1inch's own ask for an access token."""
    token = chain_config(chain).access_token
    if not token:
        return Openness()
    return Openness(
        public_claim=False,
        public_refund=False,
        why_not=f"1inch's own escrows let nobody act but the taker and holders of the access token {token}",
    )


def stages_document(leg: Leg) -> dict[str, int]:
    """Seconds after an escrow's creation at which each of its stages begins (EVM). NEAR has one timelock instead."""
    if chain_config(leg.chain_id).family != "evm":
        return {}
    locks = Immutables.from_json(leg.terms["immutables"]).timelocks
    if leg.side == Leg.Side.SOURCE:
        return {
            "withdrawal": locks.src_withdrawal,
            "publicWithdrawal": locks.src_public_withdrawal,
            "cancellation": locks.src_cancellation,
            "publicCancellation": locks.src_public_cancellation,
        }
    return {
        "withdrawal": locks.dst_withdrawal,
        "publicWithdrawal": locks.dst_public_withdrawal,
        "cancellation": locks.dst_cancellation,
    }


def claim_window(view: LegView) -> Window:
    """When anyone may claim a recognised lock for its payee."""
    terms = _terms(view)
    if terms is None:
        return Window(_lock(view).claim_from, _lock(view).expires_at, ANYONE, "claim")
    source = view.leg.side == Leg.Side.SOURCE
    stage = Stage.SRC_PUBLIC_WITHDRAWAL if source else Stage.DST_PUBLIC_WITHDRAWAL
    return Window(terms.timelocks.at(stage), _lock(view).expires_at, ANYONE, "publicWithdraw")


def refund_window(view: LegView) -> Window:
    """From when anyone may return a recognised lock to its refundee."""
    terms = _terms(view)
    if terms is None:
        return Window(_lock(view).refund_from, None, ANYONE, "refund")
    if view.leg.side == Leg.Side.SOURCE:
        return Window(terms.timelocks.at(Stage.SRC_PUBLIC_CANCELLATION), None, ANYONE, "publicCancel")
    return Window(terms.timelocks.at(Stage.DST_CANCELLATION), None, ANYONE, "cancel")


def immutables_of(view: LegView) -> Immutables:
    """A recognised escrow's terms, with its time of creation."""
    return Immutables.from_json(_lock(view).terms["immutables"])


def _terms(view: LegView) -> Immutables | None:
    return immutables_of(view) if chain_config(view.leg.chain_id).family == "evm" else None


def _lock(view: LegView) -> Any:
    if view.recognised is None:
        raise ValueError(f"{view.leg}: there is no lock yet")
    return view.recognised
