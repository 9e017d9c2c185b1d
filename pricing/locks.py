"""The lock that `pricing` takes."""

from django.db import connection


def lock_presets() -> None:
    """One change of the presets at a time, until the transaction ends: they are valid only all together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('presets', 0))")
