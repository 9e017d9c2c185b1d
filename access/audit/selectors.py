"""How far the chain goes, what waits for its place, and what was wrong when it was last walked."""

from django.db import connection
from django.utils import timezone

from access.audit.encoding import GENESIS, Head
from access.models import AuditCheck, AuditEntry

LATE_SECONDS = 60.0  # the linker looks every five
COUNTED = 10_000  # of the rows that wait; more are told as that many


def audit_head() -> Head:
    """The last linked row."""
    found = AuditEntry.objects.filter(seq__isnull=False).order_by("-seq").values_list("seq", "hash").first()
    return Head(found[0] or 0, found[1]) if found else GENESIS


def unlinked_seconds() -> tuple[int, float]:
    """How many rows wait for their place (at most `COUNTED`), and for how long the oldest has."""
    waiting = AuditEntry.objects.filter(seq=None).order_by("pk")
    oldest = waiting.values_list("at", flat=True).first()
    if oldest is None:
        return 0, 0.0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM access_auditentry WHERE seq IS NULL LIMIT %s) AS waiting", [COUNTED]
        )
        return cursor.fetchone()[0], max(0.0, (timezone.now() - oldest).total_seconds())


def check_last() -> AuditCheck | None:
    """The last walk, whatever it found."""
    return AuditCheck.objects.order_by("-pk").first()


def check_last_good() -> AuditCheck | None:
    """The last walk that found nothing wrong."""
    return AuditCheck.objects.filter(faults=[]).order_by("-pk").first()
