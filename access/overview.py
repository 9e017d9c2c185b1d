"""What an operator sees of refused requests at one look."""

from datetime import datetime

from django.db.models import Sum

from access.models import RateViolation


def violations_by_hour(since: datetime) -> list[tuple[datetime, str, int]]:
    """Hour, kind and number of the requests that were refused since then."""
    rows = RateViolation.objects.filter(hour__gte=since).values("hour", "kind").annotate(sum=Sum("count"))
    return [(row["hour"], row["kind"], int(row["sum"])) for row in rows.order_by("hour", "kind")]
