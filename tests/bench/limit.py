"""What Python can do here at most: psycopg and msgspec under WSGI, without Django. One row is read, or inserted."""

import os
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from psycopg_pool import ConnectionPool

HOUR = timedelta(hours=1)
ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(dict[str, Any])
FIELDS = (
    "id, status, seq, source_chain_id, destination_chain_id, source_token, destination_token, source_amount::text,"
    " destination_amount::text, maker, taker, hashlock, custody, created_at, expires_at"
)
NAMES = (
    "sessionId", "status", "seq", "sourceChain", "destinationChain", "sourceToken", "destinationToken", "sourceAmount",
    "destinationAmount", "maker", "taker", "hashlock", "custody", "createdAt", "expiresAt",
)  # fmt: skip
READ = f"SELECT {FIELDS} FROM swaps_swapsession WHERE id = %s"
INSERT = (
    "INSERT INTO swaps_swapsession (id, principal, status, reason, attention, seq, source_chain_id, destination_chain_id,"
    " source_token, destination_token, source_amount, destination_amount, maker, taker, slippage_bps, quote_id, custody,"
    " hash_function, hashlock, salt, plan, confirmation_level, source_lock, maker_calls, warnings, created_at, updated_at,"
    " expires_at, finished_at) VALUES (%s, 'limit', 'cancelled', '', '', 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, '',"
    " 'service', 'sha256', %s, %s, '{}', 'normal', '', '[]', '[]', now(), now(), %s, now())"
)
INSERT_QUOTE = (
    "INSERT INTO pricing_quote (id, principal, source_chain, destination_chain, source_token, destination_token, pair,"
    " source_amount, destination_amount, document, created_at, valid_until, used_by)"
    " VALUES (%s, 'limit', %s, %s, %s, %s, '', %s, %s, %s, now(), %s, '')"
)
_guard = threading.Lock()
_pool: ConnectionPool | None = None
Answer = tuple[str, bytes]


def pool() -> ConnectionPool:
    """Connections of this process, opened after the server has forked."""
    global _pool  # noqa: PLW0603  (one for the process)
    with _guard:
        if _pool is None:
            _pool = ConnectionPool(
                os.environ["DATABASE_URL"], min_size=4, max_size=12, kwargs={"autocommit": True}, open=True
            )
        return _pool


def session_read(session_id: str) -> Answer:
    with pool().connection() as connection:
        row = connection.execute(READ, [session_id]).fetchone()
    assert row is not None
    return "200 OK", ENCODER.encode(dict(zip(NAMES, row, strict=True)))


def session_insert(body: bytes) -> Answer:
    wanted = DECODER.decode(body)
    session_id, expires = "sess_" + secrets.token_hex(12), datetime.now(UTC) + HOUR
    values = [
        session_id, wanted["sourceChain"], wanted["destinationChain"], wanted["sourceToken"], wanted["destinationToken"],
        int(wanted["sourceAmount"]), int(wanted["destinationAmount"]), wanted["maker"], wanted["taker"],
        wanted["slippageTolerance"], secrets.token_hex(32), secrets.token_hex(32), expires,
    ]  # fmt: skip
    with pool().connection() as connection:
        connection.execute(INSERT, values)
    return "201 Created", ENCODER.encode({"sessionId": session_id, "expiresAt": expires, **wanted})


def quote_insert(body: bytes) -> Answer:
    wanted = DECODER.decode(body)
    quote_id, expires = "quote_" + secrets.token_hex(12), datetime.now(UTC) + HOUR
    given, got = int(wanted["amount"]), int(wanted["amount"]) * 997 // 1000
    document = ENCODER.encode({"quoteId": quote_id, "destinationAmount": str(got), "validUntil": expires, **wanted})
    values = [
        quote_id, wanted["sourceChain"], wanted["destinationChain"], wanted["sourceToken"], wanted["destinationToken"],
        given, got, document.decode(), expires,
    ]  # fmt: skip
    with pool().connection() as connection:
        connection.execute(INSERT_QUOTE, values)
    return "200 OK", document


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`GET /sessions/{id}`, `POST /sessions`, `POST /quote`."""
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "GET":
        status, body = session_read(path.rpartition("/")[2])
    else:
        sent = environ["wsgi.input"].read()
        status, body = quote_insert(sent) if path == "/quote" else session_insert(sent)
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
