"""What clients read of a session: one document for REST, the socket and webhooks. Never a secret that is not public."""

from datetime import UTC, datetime
from typing import Any

from chains.config import chain_config
from chains.models import ChainTransaction
from swaps import selectors
from swaps.machine import TERMINAL, Status
from swaps.models import Leg, SessionTransition, SwapSession
from swaps.progress import PROGRESS, steps_of

Document = dict[str, Any]


def rfc3339(moment: datetime | None) -> str | None:
    """UTC with a Z and milliseconds, or None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc3339_of(seconds: int | None) -> str | None:
    """The same of chain seconds."""
    return None if seconds is None else rfc3339(datetime.fromtimestamp(seconds, tz=UTC))


def session_document(session: SwapSession) -> Document:
    """The whole state of a session: status, five steps, both legs, transactions, `seq`."""
    status = Status(session.status)
    progress = PROGRESS[status]
    secret = getattr(session, "secret", None)
    return {
        "sessionId": session.pk,
        "status": status,
        "reason": session.reason or None,
        "seq": session.seq,
        "currentPhase": progress.phase,
        "progress": progress.percent,
        "nextAction": _next_action(session, progress.next_action),
        "steps": steps_of(status),
        "sourceChain": session.source_chain_id,
        "destinationChain": session.destination_chain_id,
        "sourceToken": session.source_token,
        "destinationToken": session.destination_token,
        "sourceAmount": str(session.source_amount),
        "destinationAmount": str(session.destination_amount),
        "maker": session.maker,
        "taker": session.taker,
        "slippageTolerance": session.slippage_bps,
        "custody": session.custody,
        "custodyNote": session.get_custody_display(),
        "hashFunction": session.hash_function,
        "hashlock": "0x" + session.hashlock,
        "hashlockHash": "0x" + session.hashlock,
        "secretState": secret.state if secret else "none",
        "sourceLock": session.source_lock or None,
        "confirmationLevel": session.confirmation_level,
        "legs": {leg.side: leg_document(leg) for leg in session.legs.all()},
        "transactions": [transaction_document(sent) for sent in selectors.transactions_of(session.pk)],
        "timelocks": session.plan,
        "estimatedCompletionTime": _estimate(session),
        "receiptUrl": f"/api/v1/sessions/{session.pk}/receipt",
        "rescueUrl": f"/api/v1/sessions/{session.pk}/rescue",
        "createdAt": rfc3339(session.created_at),
        "updatedAt": rfc3339(session.updated_at),
        "expiresAt": rfc3339(session.expires_at),
        "expirationTime": rfc3339(session.expires_at),
        "finishedAt": rfc3339(session.finished_at),
        "warnings": session.warnings,
    }


def _next_action(session: SwapSession, by_status: str) -> str:
    kept_by_us = session.custody == SwapSession.Custody.SERVICE or hasattr(session, "secret")
    return "wait" if by_status == "hand_over_secret" and kept_by_us else by_status


def leg_document(leg: Leg) -> Document:
    """One lock: what was agreed, and which lock on chain it is."""
    return {
        "chain": leg.chain_id,
        "token": leg.token,
        "amount": str(leg.amount),
        "payee": leg.payee,
        "refundee": leg.refundee,
        "lockId": leg.lock_id or None,
        "lockHeight": leg.lock_height,
        "lockTransaction": leg.lock_tx or None,
        "contract": leg.chain.contract,
        "claimFrom": rfc3339_of(leg.claim_from),
        "expiresAt": rfc3339_of(leg.expires_at),
        "refundableAt": rfc3339_of(leg.refund_from),
        "verified": leg.verified,
        "terms": leg.lock_terms or leg.terms,
    }


def transaction_document(sent: ChainTransaction) -> Document:
    """One of our own transactions."""
    explorer = chain_config(sent.chain_id).explorer_tx
    return {
        "step": sent.intent.step,
        **sent.public_fields(),
        "explorer": explorer.format(hash=sent.hash) if explorer else None,
        "sentAt": rfc3339(sent.first_broadcast_at),
    }


def _estimate(session: SwapSession) -> int:
    """Seconds a swap on this route takes when nothing goes wrong: two finalities and inclusions on each chain."""
    if session.status in TERMINAL:
        return 0
    chains = (chain_config(session.source_chain_id), chain_config(session.destination_chain_id))
    return int(sum(2 * (chain.finality_seconds + chain.block_seconds) for chain in chains)) or 1


def update_document(session: SwapSession, transition: SessionTransition) -> Document:
    """Seed 000's `session_update` for one transition; every update carries its `seq`."""
    progress = PROGRESS[Status(transition.to_status)]
    return {
        "type": "session_update",
        "sessionId": session.pk,
        "seq": transition.seq,
        "status": transition.to_status,
        "data": {
            "phase": progress.phase,
            "progress": progress.percent,
            "cause": transition.cause,
            "at": rfc3339(transition.at),
            **transition.data,
        },
    }
