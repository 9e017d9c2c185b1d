"""Walking the chain: which row was changed, removed, moved or put in, and how far all is well.

What no walk can find: what was done to a row before it was linked (seconds after it was written), and a chain that was
computed anew from some row on, unless a head from before is known: Redis keeps the last one, the log all of them.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from access.audit.encoding import CONTENT_SQL, GENESIS, Head, row_hash
from access.audit.selectors import unlinked_seconds

BATCH = 5_000
MOST_FAULTS = 50  # more tell nothing new
ROWS = (
    "SELECT seq, previous, hash, (extract(epoch FROM linked_at) * 1000000)::bigint, "
    f"{CONTENT_SQL} FROM access_auditentry WHERE seq > %s ORDER BY seq LIMIT %s"
)


@dataclass
class Verdict:
    """What a walk found: `head` is the last row's, `faults` are sentences, empty when all is well."""

    since: Head
    head: Head
    rows: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    unlinked: int = 0
    unlinked_seconds: float = 0.0


def audit_verify(*, since: Head = GENESIS, anchors: Iterable[Head] = ()) -> Verdict:
    """Walk the chain from the row after `since` to its end, and look for every anchor in it."""
    began, known = time.monotonic(), [since, *anchors]
    verdict = Verdict(since=since, head=since)
    for row in _rows(since.seq):
        verdict.faults += _wrong(verdict.head, row)
        verdict.head = Head(row[0], row[2])
        verdict.rows += 1
        if len(verdict.faults) >= MOST_FAULTS:
            verdict.faults.append("the walk ended here: there are too many faults to list")
            break
    else:
        verdict.faults += _anchors_wrong(verdict.head, [one for one in known if one.seq])
    verdict.unlinked, verdict.unlinked_seconds = unlinked_seconds()
    verdict.seconds = time.monotonic() - began
    return verdict


def _rows(after: int) -> Iterator[Sequence[Any]]:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [after, BATCH])
            found = cursor.fetchall()
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1][0]


def _wrong(before: Head, row: Sequence[Any]) -> Iterator[str]:
    """What is wrong with a row, seen from the one before it as it stands there: a fault is told once, where it is."""
    seq, previous, digest, linked_at, *content = row
    name = f"row {seq} (id {content[0]}, {content[4]})"
    if seq != before.seq + 1:
        gap = f"row {before.seq + 1} is" if seq == before.seq + 2 else f"rows {before.seq + 1} to {seq - 1} are"
        yield f"{gap} missing: removed after they were linked"
    elif previous != before.hash:
        yield f"{name} follows another row {before.seq} than stands here: that one was rewritten, or a row was put in or moved"
    if digest != row_hash(Head(seq - 1, previous), linked_at, content):
        yield f"{name} is not what was linked: it was changed or moved"


def _anchors_wrong(head: Head, anchors: list[Head]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM access_auditentry WHERE seq = ANY(%s)", [[one.seq for one in anchors]])
        stands = dict(cursor.fetchall())
    for anchor in anchors:
        if anchor.seq > head.seq:
            yield f"the chain ends at row {head.seq}, and was known to reach row {anchor.seq}: its end was cut off"
        elif anchor.seq in stands and stands[anchor.seq] != anchor.hash:
            yield f"row {anchor.seq} has another hash than was known ({anchor.hash}): the chain was written anew before it"
