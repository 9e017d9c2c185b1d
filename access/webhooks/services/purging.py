"""Forgetting what is old."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from access.webhooks.models import Attempt, Delivery, Message, SigningSecret

BATCH = 1000


def webhooks_purge() -> int:
    """Delete retired secrets, and messages past their retention with their deliveries, unless one is still on its way;
    how many messages there were. Of a message that lives, attempts as old go."""
    now = timezone.now()
    old = now - timedelta(days=settings.WEBHOOKS["retention_days"])
    SigningSecret.objects.filter(retires_at__lte=now).delete()
    Attempt.objects.filter(at__lt=old).delete()
    on_its_way = Delivery.objects.filter(message=OuterRef("pk"), state=Delivery.State.PENDING)
    gone = 0
    while chosen := list(
        Message.objects.filter(~Exists(on_its_way), created_at__lt=old).values_list("pk", flat=True)[:BATCH]
    ):
        gone += Message.objects.filter(pk__in=chosen).delete()[1].get("webhooks.Message", 0)
    return gone
