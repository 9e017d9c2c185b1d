"""Transactions that nobody may hold up."""

from django.db import connection

PATIENCE_MS = 3_000


def hang_never() -> None:
    """Until the end of the transaction under way: nobody waits for one who hangs. The server ends a transaction that says nothing
    for so long, which a process that was stopped in the middle of it does; and who waits for a row waits twice as long at most,
    then raises `OperationalError`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {PATIENCE_MS}")
        cursor.execute(f"SET LOCAL lock_timeout = {2 * PATIENCE_MS}")
