"""A refund is a row: who wanted it, why, and what became of it."""

from django.db import models
from django.db.models import Q

from swaps.models.leg import Leg


class Refund(models.Model):
    """The return of one leg's lock to its refundee. One open refund per leg: a second click finds the first."""

    class Source(models.TextChoices):
        EXPIRY = "expiry", "by itself at expiry"
        OPERATOR = "operator", "ordered in the admin"
        CLIENT = "client", "the client cancelled"
        CHAIN = "chain", "somebody else refunded it on chain"

    class State(models.TextChoices):
        REQUESTED = "requested"
        DONE = "done"
        OVERTAKEN = "overtaken", "the lock was claimed after all"

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="refunds")
    source = models.CharField(max_length=12, choices=Source)
    actor = models.CharField(max_length=80)
    reason = models.TextField()
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    tx_hash = models.CharField(max_length=66, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["leg"], condition=Q(state="requested"), name="refund_one_open_per_leg"),
        ]

    def __str__(self) -> str:
        return f"refund of {self.leg}"
