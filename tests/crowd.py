"""Many swaps, fast: `crowd_make(100_000)` fills the database as months of work would have, by SQL alone.

Every session is a copy of one that the service itself has made (BASE to NEAR, and NEAR to BASE), with its legs, secret,
transitions, lock events, promises, intents, transactions and ledger. Nothing is random: the same count gives the same rows.
The `chains` fixture of tests/integration/swaps/conftest.py, or settings like it, must be in force.

    crowd = crowd_make(1_000, active=50)
    crowd.active, crowd.finished      # the sessions' ids, the newest first
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction

from swaps.models.session import ACTIVE

BASE_TO_NEAR = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "sourceAmount": "1000000000",
    "destinationAmount": "990000000",
    "maker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e",
    "taker": "alice.near",
}
NEAR_TO_BASE = {
    "sourceChain": "near",
    "destinationChain": "base",
    "sourceToken": "usdt.near",
    "destinationToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "sourceAmount": "250000000",
    "destinationAmount": "248000000",
    "maker": "alice.near",
    "taker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2bD4e",
}
OWNER = "key:00000000000c"
SQL = {
    "plan": """
        CREATE TEMPORARY TABLE crowd AS
        SELECT n, 'sess_' || substr(translate(md5('crowd' || n), '0189', 'wxyz'), 1, 24) AS id,
            encode(sha256(('crowd' || n)::bytea), 'hex') AS hashlock,
            (%(prototypes)s::text[])[1 + n %% 2] AS prototype,
            CASE WHEN n <= %(limit)s THEN (%(statuses)s::text[])[1 + (n - 1) %% array_length(%(statuses)s::text[], 1)]
                 WHEN n %% 100 < 90 THEN 'completed' WHEN n %% 100 < 95 THEN 'refunded'
                 WHEN n %% 100 < 98 THEN 'cancelled' ELSE 'failed' END AS status,
            CASE WHEN n <= %(limit)s THEN %(now)s::timestamptz - (n %% 180) * interval '1 minute'
                 ELSE %(now)s::timestamptz - interval '20 minutes'
                      - (n - %(limit)s) * (%(days)s * interval '1 day') / greatest(1, %(count)s - %(active)s)
                 END AS created_at,
            (60 + n %% 300) * interval '1 second' AS took
        FROM generate_series(%(first)s + 1, %(first)s + %(count)s) AS n
    """,
    "locked": """
        ALTER TABLE crowd ADD source_locked bool, ADD destination_locked bool, ADD finished bool, ADD salt text;
        UPDATE crowd SET finished = n > {limit}, salt = encode(sha256(id::bytea), 'hex'),
            source_locked = status NOT IN ('initialized', 'executing', 'cancelled', 'failed'),
            destination_locked = status IN ('destination_locking', 'both_locked', 'revealing_secret', 'completed', 'refunded');
        CREATE UNIQUE INDEX ON crowd (id);
        ANALYZE crowd
    """,
    "events": """
        INSERT INTO chains_chainevent (chain_id, kind, lock_id, hashlock, contract, block_height, block_hash, block_time_ns,
            tx_hash, index, payload, observed_at)
        SELECT leg.chain_id, happened.kind, leg.lock_id, CASE happened.position WHEN 0 THEN crowd.hashlock ELSE '' END,
            'crowd', 1 + crowd.n %% 90, 'crowd' || crowd.n, extract(epoch FROM crowd.created_at)::bigint * 1000000000,
            'crowd-' || crowd.n || leg.side || happened.position, happened.position,
            CASE WHEN leg.terms ? 'salt' THEN leg.terms || jsonb_build_object('salt', crowd.salt)
                WHEN leg.terms ? 'immutables' THEN jsonb_set(leg.terms, '{immutables,orderHash}', to_jsonb('0x' || crowd.salt))
                ELSE leg.terms END,
            crowd.created_at + crowd.took * (happened.position + 1) / 3
        FROM crowd JOIN swaps_leg leg ON leg.session_id = crowd.id AND leg.lock_id <> ''
        CROSS JOIN LATERAL (
            SELECT 'lock_created' AS kind, 0 AS position
            UNION ALL SELECT 'lock_claimed', 1 WHERE crowd.status = 'completed'
                OR (crowd.status = 'revealing_secret' AND leg.side = 'destination')
            UNION ALL SELECT 'lock_refunded', 1 WHERE crowd.status = 'refunded'
            UNION ALL SELECT 'payout_succeeded', 2 WHERE leg.chain_id = 'near'
                AND (crowd.status IN ('completed', 'refunded') OR (crowd.status = 'revealing_secret' AND leg.side = 'destination'))
        ) AS happened
    """,
    "transitions": """
        INSERT INTO swaps_sessiontransition (session_id, seq, principal, from_status, to_status, cause, actor, data, at)
        SELECT crowd.id, step.seq, %(owner)s, step.from_status, step.to_status, step.cause, 'engine', '{}',
            crowd.created_at + crowd.took * step.seq / 6
        FROM crowd CROSS JOIN LATERAL (
            SELECT 1 AS seq, 'initialized' AS from_status, 'initialized' AS to_status, 'created' AS cause
            UNION ALL SELECT 2, 'initialized', 'executing', 'execute' WHERE crowd.source_locked
            UNION ALL SELECT 3, 'executing', 'source_locking', 'source lock sent or seen' WHERE crowd.source_locked
            UNION ALL SELECT 4, 'source_locking', 'source_locked', 'source lock final' WHERE crowd.source_locked
            UNION ALL SELECT 5, 'source_locked', crowd.status, 'crowd' WHERE crowd.source_locked AND crowd.status <> 'source_locked'
            UNION ALL SELECT 2, 'initialized', crowd.status, 'crowd'
                WHERE NOT crowd.source_locked AND crowd.status <> 'initialized'
        ) AS step
    """,
    "reservations": """
        INSERT INTO swaps_reservation (session_id, chain_id, token, amount, created_at, released_at)
        SELECT crowd.id, leg.chain_id, leg.token, leg.amount, crowd.created_at,
            CASE WHEN crowd.finished OR crowd.destination_locked THEN crowd.created_at + crowd.took END
        FROM crowd JOIN swaps_leg leg ON leg.session_id = crowd.id AND leg.side = 'destination' WHERE crowd.source_locked
    """,
    "intents": """
        INSERT INTO chains_intent (chain_id, subject_type, subject_id, step, call, carries_secret, state, attempts, delays,
            last_error, attention, cancel_reason, created_at, updated_at)
        SELECT leg.chain_id, 'session', crowd.id, wanted.step, '{"method": "crowd", "args": {}}', false, wanted.state, 1, 0,
            '', '', '', crowd.created_at + crowd.took / 3, crowd.created_at + crowd.took / 2
        FROM crowd JOIN swaps_leg leg ON leg.session_id = crowd.id CROSS JOIN LATERAL (
            SELECT 'destination_lock' AS step, CASE WHEN crowd.status = 'destination_locking' THEN 'sent' ELSE 'done' END AS state
                WHERE crowd.destination_locked AND leg.side = 'destination'
            UNION ALL SELECT leg.side || '_claim', 'done' WHERE crowd.status = 'completed'
            UNION ALL SELECT leg.side || '_refund', 'done' WHERE crowd.status = 'refunded' AND leg.side = 'destination'
        ) AS wanted
    """,
    "transactions": """
        INSERT INTO chains_chaintransaction (intent_id, chain_id, account_id, kind, nonce, hash, raw, sealed, fields, state,
            created_at, waiting_since, first_broadcast_at, last_broadcast_at, broadcasts, block_height, block_hash, fee_paid,
            fee_detail, error)
        SELECT intent.id, intent.chain_id, account.id, 'call', intent.id,
            '0x' || encode(sha256(('crowd' || intent.id)::bytea), 'hex'), '\\x00', false, '{}',
            CASE intent.state WHEN 'done' THEN 'succeeded' ELSE 'broadcast' END, intent.created_at, intent.created_at,
            intent.created_at, intent.created_at, 1, 1 + crowd.n %% 90, 'crowd' || crowd.n,
            CASE intent.chain_id WHEN 'near' THEN 300000000000000000000 ELSE 2500000000000 END, '{}', ''
        FROM crowd JOIN chains_intent intent ON intent.subject_type = 'session' AND intent.subject_id = crowd.id
        JOIN chains_account account ON account.chain_id = intent.chain_id AND account.address = 'crowd'
    """,
    "ledger": """
        INSERT INTO swaps_ledgerentry (session_id, chain_id, token, kind, debit, credit, amount, event_id, transaction_id, height,
            evidence, note, at)
        SELECT leg.session_id, leg.chain_id, leg.token, moved.kind, moved.debit, moved.credit, leg.amount, event.id, NULL::bigint,
            event.block_height, leg.side || ':' || event.lock_id, '', event.observed_at
        FROM crowd JOIN swaps_leg leg ON leg.session_id = crowd.id AND leg.lock_id <> ''
        JOIN chains_chainevent event ON event.chain_id = leg.chain_id AND event.lock_id = leg.lock_id
            AND event.kind <> 'payout_succeeded'
        CROSS JOIN LATERAL (
            SELECT CASE event.kind WHEN 'lock_created' THEN 'locked' WHEN 'lock_claimed' THEN 'claimed' ELSE 'refunded' END AS kind,
                CASE WHEN event.kind = 'lock_created' THEN leg.side || '_escrow' WHEN event.kind = 'lock_claimed'
                    THEN CASE leg.side WHEN 'source' THEN 'inventory' ELSE 'taker' END
                    ELSE CASE leg.side WHEN 'source' THEN 'maker' ELSE 'inventory' END END AS debit,
                CASE WHEN event.kind <> 'lock_created' THEN leg.side || '_escrow'
                    WHEN leg.side = 'source' THEN 'maker' ELSE 'inventory' END AS credit
        ) AS moved
        UNION ALL
        SELECT crowd.id, sent.chain_id, CASE sent.chain_id WHEN 'near' THEN 'near' ELSE '0x' || repeat('0', 40) END, 'fee',
            'network', 'gas', sent.fee_paid, NULL, sent.id, sent.block_height, sent.hash, '', sent.created_at
        FROM crowd JOIN chains_intent intent ON intent.subject_type = 'session' AND intent.subject_id = crowd.id
        JOIN chains_chaintransaction sent ON sent.intent_id = intent.id AND sent.state = 'succeeded'
    """,
}


@dataclass(frozen=True)
class Crowd:
    """The ids of what was made, the newest first."""

    active: list[str]
    finished: list[str]


def crowd_make(count: int, *, active: int = 200, days: float = 30.0, first: int = 0) -> Crowd:
    """`count` sessions more: `active` of them (at most) in every status on the way, the others ended within the last `days`.

    `first` tells one crowd from another in the same database: any number beyond those that are there.
    Of those that ended 90 % are completed, 5 % refunded, 3 % cancelled and 2 % failed, each after one to six minutes.
    """
    from django.utils import timezone

    active = min(active, count)
    if not count:
        return Crowd([], [])
    prototypes = [_prototype(BASE_TO_NEAR), _prototype(NEAR_TO_BASE)]
    words = {
        "count": count,
        "active": active,
        "first": first,
        "limit": first + active,
        "days": days,
        "now": timezone.now(),
        "owner": OWNER,
        "prototypes": prototypes,
        "statuses": [str(status) for status in ACTIVE],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        _accounts()
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger and no look-up for each row
        cursor.execute(SQL["plan"], words)
        cursor.execute(SQL["locked"].format(limit=first + active))
        _sessions(cursor)
        _legs(cursor)
        _secrets(cursor)
        for name in ("events", "transitions", "reservations", "intents", "transactions", "ledger"):
            # or the next joins are planned by a guess
            cursor.execute("ANALYZE swaps_leg, chains_chainevent, chains_intent, chains_chaintransaction")
            cursor.execute(SQL[name], words)
        _forget(cursor, prototypes)
        cursor.execute("SELECT array_agg(id ORDER BY created_at DESC), finished FROM crowd GROUP BY finished")
        made = {finished: ids for ids, finished in cursor.fetchall()}
        cursor.execute("DROP TABLE crowd")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Crowd(made.get(False, []), made.get(True, []))


def _prototype(body: dict[str, Any]) -> str:
    from swaps.services.sessions import session_create
    from swaps.validation import session_request

    return session_create(request=session_request(dict(body)), principal=OWNER).pk


def _accounts() -> None:
    from chains.models import Account

    for chain in ("base", "near"):
        Account.objects.get_or_create(chain_id=chain, address="crowd", defaults={"next_nonce": 1})


def _sessions(cursor: Any) -> None:
    _copy(
        cursor,
        _model("SwapSession"),
        "crowd JOIN swaps_swapsession one ON one.id = crowd.prototype",
        {
            "id": "crowd.id",
            "principal": f"'{OWNER}'",
            "hashlock": "crowd.hashlock",
            "salt": "crowd.salt",
            "status": "crowd.status",
            "seq": "CASE WHEN crowd.source_locked THEN 5 ELSE 2 END",
            "source_lock": "CASE WHEN crowd.status = 'initialized' THEN '' ELSE 'self' END",
            "created_at": "crowd.created_at",
            "updated_at": "crowd.created_at + crowd.took",
            "expires_at": "crowd.created_at + interval '2 hours'",
            "executed_at": "CASE WHEN crowd.source_locked THEN crowd.created_at + crowd.took / 6 END",
            "wake_at": "CASE WHEN NOT crowd.finished THEN now() + (1 + crowd.n % 60) * interval '1 minute' END",
            "finished_at": "CASE WHEN crowd.finished THEN crowd.created_at + crowd.took END",
        },
    )


def _legs(cursor: Any) -> None:
    lock = "CASE WHEN {locked} THEN CASE one.chain_id WHEN 'near' THEN {digest} ELSE '0x' || substr({digest}, 1, 40) END ELSE '' END"
    locked = "CASE one.side WHEN 'source' THEN crowd.source_locked ELSE crowd.destination_locked END"
    digest = "encode(sha256((one.side || crowd.n)::bytea), 'hex')"
    after = "CASE WHEN {locked} THEN extract(epoch FROM crowd.created_at)::bigint + {seconds} END"
    _copy(
        cursor,
        _model("Leg"),
        "crowd JOIN swaps_leg one ON one.session_id = crowd.prototype",
        {
            "session_id": "crowd.id",
            "lock_id": lock.format(locked=locked, digest=digest),
            "lock_height": f"CASE WHEN {locked} THEN 1 + crowd.n % 90 END",
            "lock_tx": f"CASE WHEN {locked} THEN 'crowd-' || crowd.n || one.side || '0' ELSE '' END",
            "lock_terms": "one.terms",
            "claim_from": after.format(locked=locked, seconds=0),
            "expires_at": after.format(locked=locked, seconds=7200),
            "refund_from": after.format(locked=locked, seconds=7200),
        },
    )


def _secrets(cursor: Any) -> None:
    _copy(
        cursor,
        _model("Secret"),
        "crowd JOIN swaps_secret one ON one.session_id = crowd.prototype",
        {
            "session_id": "crowd.id",
            "ciphertext": "CASE WHEN NOT crowd.finished THEN one.ciphertext END",
            "nonce": "CASE WHEN NOT crowd.finished THEN one.nonce END",
            "received_at": "crowd.created_at",
            "purged_at": "CASE WHEN crowd.finished THEN crowd.created_at + crowd.took END",
        },
    )


def _copy(cursor: Any, model: type[models.Model], origin: str, changed: dict[str, str]) -> None:
    """Rows of a model like the prototype's (`one`), with other values in the columns named."""
    meta = model._meta
    columns = [
        one.column for one in meta.concrete_fields if not (one.primary_key and one.column == "id") or "id" in changed
    ]
    values = ", ".join(changed.get(column, f'one."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(f'INSERT INTO "{meta.db_table}" ({names}) SELECT {values} FROM {origin}')


def _model(name: str) -> type[models.Model]:
    from django.apps import apps

    return apps.get_model("swaps", name)


def _forget(cursor: Any, prototypes: list[str]) -> None:
    """The originals: no trigger looks now, and what hangs on them goes by hand."""
    for model in _model("SwapSession")._meta.related_objects:
        if model.field.concrete and model.related_model is not None and not model.many_to_many:
            table, column = model.related_model._meta.db_table, model.field.column
            cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" = ANY(%s)', [prototypes])
    cursor.execute("DELETE FROM swaps_swapsession WHERE id = ANY(%s)", [prototypes])
