"""Both locks, field by field: what was agreed against what is on chain."""

from dataclasses import dataclass
from typing import Any, Literal

from chains.codec.escrow import Immutables
from chains.config import ChainConfig, chain_config
from chains.events import EventKind
from chains.explorers import address_url, block_url, event_url
from chains.models import ChainEvent
from swaps.evidence import Presence
from swaps.models import Leg
from swaps.page.picture import Picture
from swaps.page.words import amount_text, utc_text
from swaps.services.confirmations import fast_confirmations, final_height
from swaps.services.facts import LegView
from swaps.words import symbol_of

Verdict = Literal["same", "differs", "unknown"]
KINDS = {
    EventKind.LOCK_CREATED: "Locked",
    EventKind.LOCK_CLAIMED: "Claimed",
    EventKind.LOCK_REFUNDED: "Refunded",
    EventKind.PAYOUT_SUCCEEDED: "Paid out",
    EventKind.PAYOUT_FAILED: "Payout failed",
    EventKind.FUNDS_RESCUED: "Rescued",
}
REREAD = {None: "not re-read yet", True: "re-read before the reveal: right", False: "re-read before the reveal: wrong"}


@dataclass(frozen=True)
class Field:
    """One term of a lock. `found` is "" while there is no lock to read it from."""

    name: str
    agreed: str
    found: str
    verdict: Verdict
    url: str = ""
    code: bool = False


@dataclass(frozen=True)
class Happening:
    """A watched event of the lock."""

    name: str
    tx_hash: str
    url: str
    height: int
    block_url: str
    at: int
    final: bool


@dataclass(frozen=True)
class LegPart:
    """One side. `strange` says that what is shown as found is a lock that is not the agreed one."""

    side: str
    chain: str
    amount: str
    state: str
    lock_id: str
    lock_url: str
    fields: tuple[Field, ...]
    happened: tuple[Happening, ...]
    confirmations: tuple[int, int] | None
    rule: str
    verified: str
    strange: bool = False

    @property
    def differs(self) -> int:
        return sum(one.verdict == "differs" for one in self.fields)


def legs(picture: Picture) -> tuple[LegPart, LegPart]:
    """Source and destination."""
    return _part(picture, picture.source), _part(picture, picture.destination)


def _part(picture: Picture, view: LegView) -> LegPart:
    leg, config = view.leg, chain_config(view.leg.chain_id)
    stranger = None if view.recognised else _stranger(picture, leg)
    event = stranger or next((one for one in view.events if one.kind == EventKind.LOCK_CREATED), None)
    lock_id = event.lock_id if event else ""
    return LegPart(
        side=leg.side,
        chain=leg.chain_id,
        amount=amount_text(leg.chain_id, leg.token, leg.amount),
        state="not what was agreed" if stranger else _state(view),
        lock_id=lock_id,
        lock_url=address_url(config, lock_id) if lock_id and config.family == "evm" else "",
        fields=_fields(leg, config, _found(leg, event, config) if event else {}),
        happened=tuple(_happening(view, one, config) for one in view.events),
        confirmations=_confirmations(view, config, event) if event and not stranger else None,
        rule=str(_rule(view, config)),
        verified=REREAD[leg.verified],
        strange=stranger is not None,
    )


def _stranger(picture: Picture, leg: Leg) -> ChainEvent | None:
    """A lock with this hashlock on the leg's chain that is not the agreed one."""
    if leg.side != Leg.Side.SOURCE:
        return None
    return next((one for one in picture.strangers if one.chain_id == leg.chain_id), None)


def _state(view: LegView) -> str:
    facts = view.facts
    for presence, word in ((facts.claim, "claimed"), (facts.refund, "refunded"), (facts.lock, "locked")):
        if presence:
            return word if presence is Presence.FINAL else f"{word}, not final yet"
    return "not locked"


# Terms


def _fields(leg: Leg, config: ChainConfig, found: dict[str, str]) -> tuple[Field, ...]:
    agreed = _agreed(leg, config)
    return tuple(_field(name, value, found.get(name, ""), config) for name, value in agreed.items())


def _field(name: str, agreed: str, found: str, config: ChainConfig) -> Field:
    same = agreed.lower() == found.lower() if config.family == "evm" else agreed == found
    verdict: Verdict = "unknown" if not found or not agreed else "same" if same else "differs"
    is_account = name in ("Payee", "Refundee")
    code = is_account or name in ("Hashlock", "Token", "Salt", "Order hash")
    return Field(name, agreed, found, verdict, address_url(config, agreed) if is_account else "", code)


def _agreed(leg: Leg, config: ChainConfig) -> dict[str, str]:
    if config.family == "evm":
        if "immutables" not in leg.terms:
            return _common(leg)
        terms = Immutables.from_json(leg.terms["immutables"])
        return {**_common(leg), "Hashlock": terms.hashlock.hex(), **_evm_more(leg, terms, config)}
    return {
        **_common(leg),
        "Hashlock": str(leg.terms.get("hashlock", "")),
        "Expiry": utc_text(leg.terms.get("timelock")),
        "Salt": str(leg.terms.get("salt", "")),
    }


def _common(leg: Leg) -> dict[str, str]:
    return {
        "Amount": amount_text(leg.chain_id, leg.token, leg.amount),
        "Token": f"{symbol_of(leg.chain_id, leg.token)} · {leg.token}",
        "Payee": leg.payee,
        "Refundee": leg.refundee,
    }


def _evm_more(leg: Leg, terms: Immutables, config: ChainConfig) -> dict[str, str]:
    locks, symbol = terms.timelocks, config.native_token
    source = leg.side == Leg.Side.SOURCE
    claim, refund = (
        (locks.src_withdrawal, locks.src_cancellation) if source else (locks.dst_withdrawal, locks.dst_cancellation)
    )
    return {
        "Claim opens": f"{claim} s after the lock",
        "Expiry": f"{refund} s after the lock",
        "Safety deposit": amount_text(config.name, symbol, terms.safety_deposit),
        "Order hash": terms.order_hash.hex(),
    }


def _found(leg: Leg, event: ChainEvent, config: ChainConfig) -> dict[str, str]:
    if config.family == "near":
        return _found_near(leg, event.payload)
    stated: Any = event.payload.get("immutables") or leg.lock_terms.get("immutables")
    if stated is None:
        return {"Hashlock": event.hashlock}
    return _found_evm(leg, Immutables.from_json(stated), config)


def _found_near(leg: Leg, terms: dict[str, Any]) -> dict[str, str]:
    token = terms.get("token") or "near"
    return {
        "Amount": amount_text(leg.chain_id, token, int(terms.get("amount") or 0)),
        "Token": f"{symbol_of(leg.chain_id, token)} · {token}",
        "Payee": str(terms.get("receiver", "")),
        "Refundee": str(terms.get("sender", "")),
        "Hashlock": str(terms.get("hashlock", "")),
        "Expiry": utc_text(terms.get("timelock")),
        "Salt": str(terms.get("salt", "")),
    }


def _found_evm(leg: Leg, terms: Immutables, config: ChainConfig) -> dict[str, str]:
    """An escrow's maker is paid back on the source and paid on the destination; its taker is our Resolver. A destination's
    event tells no terms: its address commits to them, and was recomputed from those that were agreed."""
    source, held = leg.side == Leg.Side.SOURCE, leg.verification.get("held")
    amount = int(held) if held is not None and not source else terms.amount
    return {
        "Amount": amount_text(leg.chain_id, terms.token, amount),
        "Token": f"{symbol_of(leg.chain_id, terms.token)} · {terms.token}",
        "Payee": terms.taker if source else terms.maker,
        "Refundee": terms.maker if source else terms.taker,
        "Hashlock": terms.hashlock.hex(),
        **_evm_more(leg, terms, config),
    }


# Events


def _happening(view: LegView, event: ChainEvent, config: ChainConfig) -> Happening:
    return Happening(
        name=KINDS.get(EventKind(event.kind), event.kind),
        tx_hash=event.tx_hash,
        url=event_url(config, event.tx_hash),
        height=event.block_height,
        block_url=block_url(config, height=event.block_height, block_hash=event.block_hash),
        at=event.block_time_ns // 10**9,
        final=event.block_height <= final_height(view.leg),
    )


def _rule(view: LegView, config: ChainConfig) -> str | int:
    fast = fast_confirmations(view.leg)
    return config.finality if fast is None else fast


def _confirmations(view: LegView, config: ChainConfig, event: ChainEvent) -> tuple[int, int]:
    """Blocks on top of the lock's own, up to those needed."""
    needed = confirmations_needed(config, _rule(view, config))
    seen = max(0, (view.leg.chain.seen_height or 0) - event.block_height)
    return (needed if view.facts.lock is Presence.FINAL else min(seen, needed)), needed


def confirmations_needed(config: ChainConfig, rule: str | int) -> int:
    """How many blocks a rule comes to; a tag of the node's is the chain's worst case."""
    if isinstance(rule, int):
        return rule
    return max(1, int(-(-config.finality_seconds // config.block_seconds))) if config.block_seconds else 1
