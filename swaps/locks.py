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


def lock_session_count() -> None:
    """One count of active sessions at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('sessions', 0))")
