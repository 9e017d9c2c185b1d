"""How quickly we acted: from the moment at which a step of ours became possible until its first broadcast, read from rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

_REACTIONS = """
    SELECT intent.step, session.source_chain_id || '-' || session.destination_chain_id,
           EXTRACT(EPOCH FROM sent.at - LEAST(possible.at, ordered.at))
    FROM swaps_sessiontransition news
    JOIN swaps_swapsession session ON session.id = news.session_id
    JOIN LATERAL (
        SELECT at, seq FROM swaps_sessiontransition
        WHERE session_id = news.session_id AND seq < news.seq AND to_status = news.from_status
          AND (from_status, to_status) IN (('source_locked', 'destination_locking'), ('both_locked', 'revealing_secret'))
        ORDER BY seq LIMIT 1
    ) ordered ON NOT EXISTS (
        SELECT FROM swaps_sessiontransition
        WHERE session_id = news.session_id AND seq > ordered.seq AND seq < news.seq
          AND from_status = news.from_status AND to_status <> news.from_status
    )
    JOIN chains_intent intent ON intent.subject_type = 'session' AND intent.subject_id = session.id AND intent.step = CASE
        WHEN news.from_status = 'destination_locking' THEN 'destination_lock'
        WHEN session.plan ->> 'claims' = 'source_first' THEN 'source_claim' ELSE 'destination_claim' END
    JOIN LATERAL (
        SELECT min(first_broadcast_at) AS at FROM chains_chaintransaction WHERE intent_id = intent.id AND kind = 'call'
    ) sent ON sent.at IS NOT NULL
    LEFT JOIN swaps_secret secret ON secret.session_id = session.id AND intent.step <> 'destination_lock'
    JOIN LATERAL (
        SELECT GREATEST(secret.received_at, max(lock.final_at), max(to_timestamp(leg.claim_from)) FILTER (
            WHERE intent.step <> 'destination_lock')) AS at
        FROM swaps_leg leg
        LEFT JOIN chains_chainevent lock ON lock.chain_id = leg.chain_id AND lock.lock_id = leg.lock_id
            AND lock.kind = 'lock_created' AND lock.orphaned_at IS NULL
        WHERE leg.session_id = session.id AND (leg.side = 'source' OR intent.step <> 'destination_lock')
    ) possible ON true
    WHERE news.id = ANY(%s) AND news.from_status <> news.to_status
    ORDER BY news.id
"""


@dataclass(frozen=True)
class Reaction:
    """`step`: our lock, or the claim that makes the secret public."""

    step: str
    route: str
    seconds: float


def reactions(moves: Iterable[int]) -> list[Reaction]:
    """Those that these transitions ended, by key: each session's first lock of ours and its reveal are told of once, whatever was
    done again later.

    Our lock became possible when we saw the source lock final; the reveal when both locks were, the secret had come and its time
    on chain had begun. Where that is not known, or a lock was believed sooner, it is when the step was ordered.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REACTIONS, [list(moves)])
        return [Reaction(step, route, max(0.0, float(seconds))) for step, route, seconds in cursor.fetchall()]
