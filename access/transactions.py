"""Transactions of services that are called alone as well as inside another's, and those that nobody may hold up."""

from contextlib import AbstractContextManager, nullcontext

from django.db import connection, transaction

PATIENCE_MS = 3_000


def joined() -> AbstractContextManager[None]:
    """The transaction under way, or one of its own where there is none.

    Unlike a nested `atomic()` it has no savepoint, which would be two more statements. So its refusals undo nothing by
    themselves: whoever catches one lets the whole transaction go, as every request does.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def hang_never() -> None:
    """Until the end of the transaction under way: nobody waits for one who hangs. The server ends a transaction that says nothing
    for so long, which a process that was stopped in the middle of it does; and who waits for a row waits twice as long at most,
    then raises `OperationalError`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {PATIENCE_MS}")
        cursor.execute(f"SET LOCAL lock_timeout = {2 * PATIENCE_MS}")
