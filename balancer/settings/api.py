"""What the API's description says of the API as a whole."""

API_DESCRIPTION = """\
Swaps between chains by hash-time-locked contracts: make a session, lock, hand over the secret, and be paid, or get your money
back. Quotes, receipts, and what you need to do without us.

**Formats.** JSON in camelCase; amounts are strings of base units; times are RFC 3339 in UTC. Ignore members that you do not know.

**Who you are.** `Authorization: Bearer <API key or JWT>` or `X-API-Key`. Each call names the scopes that it needs.

**Errors** are problem documents (RFC 9457) with a stable `code` and, for faults of the request, every fault at once in
`errors[]`. Each call lists the codes that it may answer with.

**Doing it once.** Send `Idempotency-Key` with every POST: the same key and request get the same answer for 24 hours.

**Following.** `GET /sessions/{id}/events?since=`, the socket at `/ws`, the event stream and webhooks tell the same events with
the same gap-free `seq`.
"""
API_TAGS = [
    {"name": "Swapping", "description": "Make a session, execute it, hand over its secret, call it off."},
    {"name": "Sessions", "description": "Read, list and follow sessions."},
    {"name": "Quotes", "description": "What a swap would give now."},
    {"name": "Doing without us", "description": "Receipts and calls with which a maker gets his money alone."},
    {"name": "Webhooks", "description": "Be told of every event of your sessions, signed (Standard Webhooks)."},
    {"name": "Access", "description": "Tokens for API keys."},
    {"name": "Service", "description": "Which service this is, and how it fares."},
]
