"""Every lock that `swaps` takes. Order: session, then what belongs to it; inventory last."""

from django.db import connection

from swaps.models import SwapSession


def lock_session(session_id: str) -> SwapSession:
    """The session's row: sessions are serialised by this lock and by nothing else."""
    return (
        SwapSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("source_chain", "destination_chain")
        .get(pk=session_id)
    )


def lock_inventory(chain: str, token: str) -> None:
    """One reservation at a time for one token, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"inventory:{chain}:{token}"])


def lock_session_count(*, principal: str, most: int, most_own: int) -> tuple[int, int]:
    """How many sessions are active, everybody's and the principal's own. Until the transaction ends, nobody can add so many
    that there are more than `most`, or more than `most_own` of his. The lock is shared but near a limit: the function of the
    database says why that is enough (migration 0010). One session may be made in the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT everybody, own FROM swaps_count_active(%s, %s, %s)", [principal, most, most_own])
        everybody, own = cursor.fetchone()
    return int(everybody), int(own)
