"""Transactions of services that are called alone as well as inside another's."""

from contextlib import AbstractContextManager, nullcontext

from django.db import connection, transaction


def joined() -> AbstractContextManager[None]:
    """The transaction under way, or one of its own where there is none.

    Unlike a nested `atomic()` it has no savepoint, which would be two more statements. So its refusals undo nothing by
    themselves: whoever catches one lets the whole transaction go, as every request does.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()
