"""Putting new audit rows in order: one linker at a time, in a transaction of its own, never inside a caller's."""

import time

import structlog
from django.db import connection, transaction

from access.audit.anchors import anchor_keep
from access.audit.encoding import CONTENT_SQL, GENESIS, Head, chained

log = structlog.get_logger(__name__)
BATCH = 2_000
SLICE_SECONDS = 4.0  # then the job ends, and the next one goes on
LOCK = 0x1BA1_A0D1
"""The advisory lock that the linker holds: of two, one waits for nobody and leaves."""

HEAD = "SELECT seq, hash FROM access_auditentry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
UNLINKED = f"SELECT {CONTENT_SQL} FROM access_auditentry WHERE seq IS NULL ORDER BY id LIMIT %s"
LINK = """
UPDATE access_auditentry AS entry
SET seq = link.seq, previous = link.previous, hash = link.hash, linked_at = to_timestamp(0) + %s * interval '1 microsecond'
FROM unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[]) AS link (id, seq, previous, hash)
WHERE entry.id = link.id
"""


def audit_link() -> int:
    """Link what is committed and not linked yet, for at most `SLICE_SECONDS`; how many rows that were. The head is logged
    and kept in Redis, where whoever can change the table may not reach it."""
    end, linked = time.monotonic() + SLICE_SECONDS, 0
    while True:
        rows, head = _batch_link()
        if rows:
            linked += rows
            log.info("audit.linked", rows=rows, head=str(head))
            anchor_keep(head)
        if rows < BATCH or time.monotonic() >= end:
            return linked


@transaction.atomic
def _batch_link() -> tuple[int, Head]:
    """A row that is committed later than one with a higher id gets its place later: order is the linker's, not the id's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0, GENESIS
        cursor.execute(HEAD)  # a statement of its own: it sees what the last holder of the lock has committed
        found = cursor.fetchone()
        head = Head(*found) if found else GENESIS
        cursor.execute(UNLINKED, [BATCH])
        contents = cursor.fetchall()
        if not contents:
            return 0, head
        now = time.time_ns() // 1000
        links = list(chained(head, now, contents))
        columns = zip(*((pk, own.seq, before.hash, own.hash) for pk, before, own in links), strict=True)
        cursor.execute(LINK, [now, *(list(column) for column in columns)])
    return len(links), links[-1][2]
