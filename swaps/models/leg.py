"""The two locks of a swap, as they were agreed."""

from django.db import models

from chains.models import Chain
from swaps.models.fields import AmountField
from swaps.models.session import SwapSession


class Leg(models.Model):
    """What a lock must look like, and which lock on chain it is once one was recognised.

    `terms` are the family's own: an `Immutables` document without its creation time (EVM), or receiver, timelock and
    salt (NEAR). Times are chain seconds, null until the lock is known (EVM counts from the lock's own block).
    """

    class Side(models.TextChoices):
        SOURCE = "source"
        DESTINATION = "destination"

    session = models.ForeignKey(SwapSession, on_delete=models.CASCADE, related_name="legs")
    side = models.CharField(max_length=12, choices=Side)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    amount = AmountField()
    payee = models.CharField(max_length=64)
    refundee = models.CharField(max_length=64)
    terms = models.JSONField(default=dict)
    lock_id = models.CharField(max_length=66, blank=True, db_index=True)
    lock_terms = models.JSONField(default=dict, help_text="the terms of the recognised lock, as its calls need them")
    lock_height = models.BigIntegerField(null=True, help_text="block of the recognised lock")
    lock_tx = models.CharField(max_length=66, blank=True, help_text="its transaction; on NEAR the receipt")
    claim_from = models.BigIntegerField(null=True)
    expires_at = models.BigIntegerField(null=True)
    refund_from = models.BigIntegerField(null=True)
    verified = models.BooleanField(null=True, help_text="re-read from the chain before the reveal, and found right")
    verification = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "side"], name="leg_one_per_side"),
            models.UniqueConstraint(
                fields=["chain", "lock_id"], condition=~models.Q(lock_id=""), name="leg_one_session_per_lock"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.side}"
