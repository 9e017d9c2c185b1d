"""Every lock that `swaps` takes. Order: session, then what belongs to it; inventory last."""

from django.db import connection

from access.rows import Condition
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


def room_for_a_session(*, principal: str, most: int, most_own: int) -> Condition:
    """Holds while fewer than `most` sessions are active, and fewer than `most_own` of the principal's own; answers `holds` and
    how many those are. Where it holds one session may be made, and until the transaction ends nobody else's can be one too
    many. The lock is shared but near a limit: the function of the database says why that is enough (migration 0010)."""
    return Condition(
        "SELECT everybody < %s AND own < %s AS holds, everybody, own FROM swaps_count_active(%s, %s, %s)",
        (most, most_own, principal, most, most_own),
    )
