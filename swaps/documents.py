"""What clients read of a session: one document for REST, the socket and webhooks. Never a secret that is not public.

Nothing in a document merely ticks, so two that are equal tell of the same state; what does tick is in `clock.py`.
"""

from collections.abc import Sequence
from typing import Any, cast

from chains.config import ChainConfig, chain_config
from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction
from pricing.quotes import least_of
from swaps.evidence import Presence
from swaps.models import SessionTransition, SwapSession
from swaps.next_steps import estimate, next_document
from swaps.progress import PROGRESS, steps_of
from swaps.reasons import REASONS
from swaps.services.confirmations import fast_confirmations, final_height
from swaps.services.facts import LegView
from swaps.shapes.events import SessionUpdate
from swaps.shapes.legs import ChainTransactionRef, Confirmations, LegDocument, TransactionDocument
from swaps.shapes.session import Explanation, Fees, SessionDocument, StepDocument
from swaps.shapes.words import LegState, StepName
from swaps.standing import Standing, is_locked, standing_of, standings_of
from swaps.statuses import Status
from swaps.times import rfc3339, rfc3339_of

__all__ = ["Document", "rfc3339", "rfc3339_of", "session_document", "session_documents", "update_document"]

Document = dict[str, Any]


def session_document(session: SwapSession, *, in_full: bool = False) -> Document:
    """The whole state of a session (`SessionDocument`). `in_full`: with the calls and the order that a wallet needs."""
    return document_of(standing_of(session), in_full=in_full)


def session_documents(sessions: Sequence[SwapSession]) -> list[Document]:
    """The same for several, by two queries in all."""
    return [document_of(standing) for standing in standings_of(sessions)]


def document_of(standing: Standing, *, in_full: bool = False) -> Document:
    """The document of a session whose standing is known."""
    session, status = standing.session, standing.status
    progress, following = PROGRESS[status], next_document(standing, in_full=in_full)
    hashlock = "0x" + session.hashlock
    asked = session.asked_amount
    document: SessionDocument = {
        "sessionId": session.pk,
        "status": status,
        "reason": session.reason or None,  # type: ignore[typeddict-item]  # the machine's words are `Reason`s
        "explanation": _explanation(session.reason),
        "seq": session.seq,
        "currentPhase": progress.phase,
        "progress": progress.percent,
        "nextAction": following["action"],
        "next": following,
        "steps": _steps(standing),
        "sourceChain": session.source_chain_id,
        "destinationChain": session.destination_chain_id,
        "sourceToken": session.source_token,
        "destinationToken": session.destination_token,
        "sourceAmount": str(session.source_amount),
        "destinationAmount": str(session.destination_amount),
        "requestedDestinationAmount": str(asked),
        "minimumDestinationAmount": str(least_of(asked, session.slippage_bps)),
        "slippageTolerance": session.slippage_bps,
        "quoteId": session.quote_id or None,
        "maker": session.maker,
        "taker": session.taker,
        "custody": cast(Any, session.custody),
        "custodyNote": session.get_custody_display(),
        "hashFunction": cast(Any, session.hash_function),
        "hashlock": hashlock,
        "hashlockHash": hashlock,
        "secretState": cast(Any, session.secret.state if standing.secret_held else "none"),
        "sourceLock": cast(Any, session.source_lock or None),
        "confirmationLevel": cast(Any, session.confirmation_level),
        "orderHash": session.order["orderHash"] if session.order else None,
        "srcEscrowAddress": _lock_id(standing.source),
        "dstEscrowAddress": _lock_id(standing.destination),
        "legs": {"source": leg_document(standing.source), "destination": leg_document(standing.destination)},
        "transactions": [transaction_document(sent) for sent in standing.transactions],
        "fees": _fees(standing),
        "timelocks": cast(Any, session.plan),
        "estimatedCompletionTime": estimate(session),
        "receiptUrl": f"/api/v1/sessions/{session.pk}/receipt",
        "rescueUrl": f"/api/v1/sessions/{session.pk}/rescue",
        "statusLinkUrl": f"/api/v1/sessions/{session.pk}/status-link",
        "createdAt": rfc3339(session.created_at),
        "updatedAt": rfc3339(session.updated_at),
        "expiresAt": rfc3339(session.expires_at),
        "expirationTime": rfc3339(session.expires_at),
        "finishedAt": rfc3339(session.finished_at),
        "warnings": session.warnings,
    }
    return cast(Document, document)


def _explanation(reason: str) -> Explanation | None:
    code = REASONS.get(reason)
    if code is None:
        return None
    return {"code": cast(Any, code.name), "title": code.title, "happened": code.happened, "todo": code.todo}


# Steps


def _steps(standing: Standing) -> list[StepDocument]:
    """Each of the five with when it was done, by which transaction, and on which lock."""
    done = {
        name
        for name, is_done in (
            ("source_lock", is_locked(standing.source)),
            ("destination_lock", is_locked(standing.destination)),
            ("reveal_secret", bool(standing.source.facts.claim or standing.destination.facts.claim)),
        )
        if is_done
    }
    return [_step(standing, name, state) for name, state in steps_of(standing.status, done)]


def _step(standing: Standing, name: StepName, state: Any) -> StepDocument:
    session = standing.session
    event, lock = _evidence(standing, name)
    at = rfc3339_of(event.block_time_ns // 10**9) if event else None
    ends = {"initialize": session.created_at, "complete": session.finished_at}
    failed = state == "failed"
    return {
        "step": name,
        "status": state,
        "timestamp": rfc3339(session.finished_at) if failed else at or rfc3339(ends.get(name)),
        "txHash": event.tx_hash if event else None,
        "escrowAddress": lock,
        "estimatedTime": None if state in ("completed", "failed") else _usual_seconds(standing, name),
        "error": cast(Any, session.reason or None) if failed else None,
    }


def _evidence(standing: Standing, name: StepName) -> tuple[ChainEvent | None, str | None]:
    """The event that shows a step, and the lock that it is about."""
    if name in ("source_lock", "destination_lock"):
        view = standing.source if name == "source_lock" else standing.destination
        return _event(view, EventKind.LOCK_CREATED), _lock_id(view)
    if name == "reveal_secret":
        claims = (_event(view, EventKind.LOCK_CLAIMED) for view in (standing.first, *standing.views))
        return next((claim for claim in claims if claim), None), None
    return None, None


def _usual_seconds(standing: Standing, name: StepName) -> int:
    chain = chain_config((standing.source if name == "source_lock" else standing.destination).leg.chain_id)
    return int(chain.finality_seconds + chain.block_seconds) or 1


# Legs


def leg_document(view: LegView) -> LegDocument:
    """One lock: what was agreed, which lock on chain it is, and what became of it."""
    leg, config = view.leg, chain_config(view.leg.chain_id)
    known = view.recognised is not None
    return {
        "side": cast(Any, leg.side),
        "chain": leg.chain_id,
        "family": config.family,
        "token": leg.token,
        "amount": str(leg.amount),
        "payee": leg.payee,
        "refundee": leg.refundee,
        "contract": leg.chain.contract,
        "state": _state(view),
        "lockId": _lock_id(view),
        "lockHeight": leg.lock_height if known else None,
        "lockTransaction": (leg.lock_tx or None) if known else None,
        "locked": _reference(view, EventKind.LOCK_CREATED, config),
        "claimed": _reference(view, EventKind.LOCK_CLAIMED, config),
        "refunded": _reference(view, EventKind.LOCK_REFUNDED, config),
        "confirmations": _confirmations(view, config),
        "claimFrom": rfc3339_of(leg.claim_from) if known else None,
        "expiresAt": rfc3339_of(leg.expires_at) if known else None,
        "refundableAt": rfc3339_of(leg.refund_from) if known else None,
        "verified": leg.verified,
        "terms": leg.lock_terms or leg.terms,
    }


def _lock_id(view: LegView) -> str | None:
    return view.recognised.lock_id if view.recognised else None


def _state(view: LegView) -> LegState:
    if view.facts.claim:
        return "claimed"
    if view.facts.refund:
        return "refunded"
    return {Presence.ABSENT: "absent", Presence.SEEN: "seen"}.get(view.facts.lock, "locked")  # type: ignore[return-value]


def _event(view: LegView, kind: EventKind) -> ChainEvent | None:
    return next((event for event in view.events if event.kind == kind), None)


def _reference(view: LegView, kind: EventKind, config: ChainConfig) -> ChainTransactionRef | None:
    event = _event(view, kind)
    if event is None:
        return None
    return {
        "hash": event.tx_hash,
        "height": event.block_height,
        "at": rfc3339_of(event.block_time_ns // 10**9),
        "final": event.block_height <= final_height(view.leg),
        "explorer": _explorer(config, event),
    }


def _explorer(config: ChainConfig, event: ChainEvent) -> str | None:
    """Where people can look it up. A NEAR event names its receipt, which explorers find by search alone."""
    by_transaction = config.explorer_tx and config.family == "evm"
    return config.explorer_tx.format(hash=event.tx_hash) if by_transaction else None


def _confirmations(view: LegView, config: ChainConfig) -> Confirmations | None:
    """Blocks on top of the lock's own, up to those needed; needed by a tag of the node's is the chain's worst case."""
    created, fast = _event(view, EventKind.LOCK_CREATED), fast_confirmations(view.leg)
    if created is None:
        return None
    rule = config.finality if fast is None else fast
    usual = -(-config.finality_seconds // config.block_seconds) if config.block_seconds else 1
    needed = rule if isinstance(rule, int) else max(1, int(usual))
    final = view.facts.lock is Presence.FINAL
    on_top = max(0, (view.leg.chain.seen_height or 0) - created.block_height)
    return {"seen": needed if final else min(on_top, needed), "needed": needed, "final": final, "rule": str(rule)}


def transaction_document(sent: ChainTransaction) -> TransactionDocument:
    """One of our own transactions."""
    explorer = chain_config(sent.chain_id).explorer_tx
    return {
        "step": sent.intent.step,
        **sent.public_fields(),  # type: ignore[typeddict-item]  # its five names stand in the shape
        "explorer": explorer.format(hash=sent.hash) if explorer else None,
        "sentAt": rfc3339(sent.first_broadcast_at),
    }


def _fees(standing: Standing) -> Fees:
    session = standing.session
    left = None if session.market_amount is None else str(session.market_amount - session.destination_amount)
    return {
        "protocol": {"token": session.destination_token, "amount": left},
        "safetyDeposits": {"source": _deposit(standing.source), "destination": _deposit(standing.destination)},
    }


def _deposit(view: LegView) -> str:
    return str(view.leg.terms.get("immutables", {}).get("safetyDeposit", "0"))


# Updates


def update_document(session: SwapSession, transition: SessionTransition) -> Document:
    """Seed 000's `session_update` for one transition; every update carries its `seq`."""
    progress = PROGRESS[Status(transition.to_status)]
    update: SessionUpdate = {
        "type": "session_update",
        "sessionId": session.pk,
        "seq": transition.seq,
        "status": Status(transition.to_status),
        "data": {
            "phase": progress.phase,
            "progress": progress.percent,
            "cause": transition.cause,
            "at": rfc3339(transition.at),
            **transition.data,  # type: ignore[typeddict-item]  # what a cause tells beside: the optional members
        },
    }
    return cast(Document, update)
