"""Refusals in the database: one row for each caller, endpoint and hour, however many there were."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from access.limits.violations import refusals
from access.models import RateViolation

KEPT = timedelta(days=30)
ADD = """
    INSERT INTO access_rateviolation (hour, kind, principal, address, endpoint, count, last_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (hour, kind, principal, address, endpoint)
    DO UPDATE SET count = access_rateviolation.count + EXCLUDED.count, last_at = EXCLUDED.last_at
"""


def violations_write() -> int:
    """Write down what was counted since the last time; how many rows it made or raised. A worker that dies between the
    database's commit and Valkey's answer counts one minute twice."""
    minute = timezone.now().replace(second=0, microsecond=0)
    with refusals.taken() as counted:
        rows = [
            (refused.hour, refused.kind, refused.principal, refused.address, refused.endpoint, count, minute)
            for refused, count in counted.items()
        ]
        if rows:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(ADD, rows)
    return len(rows)


def violations_purge() -> int:
    """Delete what is older than 30 days; how many rows there were."""
    return RateViolation.objects.filter(hour__lt=timezone.now() - KEPT).delete()[0]
