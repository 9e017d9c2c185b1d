"""All of one principal's updates in one order, without a gap.

Rows become visible in the order of their commits, which no number given while writing can follow: a reader that goes by such
a number passes over what commits late. So the numbers are given afterwards, to committed rows only, by one numberer
at a time. A session's own order is kept: its rows are written one after the other, under its lock.
"""

from django.db import connection, transaction

from swaps.models import SessionTransition

BATCH = 5_000
NUMBER = """
WITH top AS (
    SELECT coalesce(max(position), 0) AS position FROM swaps_sessiontransition
    WHERE principal = %(principal)s AND position IS NOT NULL
), fresh AS (
    SELECT id, row_number() OVER (ORDER BY id) AS nth FROM (
        SELECT id FROM swaps_sessiontransition WHERE principal = %(principal)s AND position IS NULL ORDER BY id LIMIT %(batch)s
    ) unnumbered
)
UPDATE swaps_sessiontransition AS row SET position = top.position + fresh.nth FROM fresh, top WHERE row.id = fresh.id
"""


def positions_assign(*, principal: str) -> int:
    """Number every committed transition of the principal that has no position yet; returns how many there were."""
    numbered = 0
    while _waiting(principal):
        numbered += _assign(principal)
    return numbered


def _waiting(principal: str) -> bool:
    return SessionTransition.objects.filter(principal=principal, position=None).exists()


@transaction.atomic
def _assign(principal: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"feed:{principal}"])
        cursor.execute(NUMBER, {"principal": principal, "batch": BATCH})
        return int(cursor.rowcount)
