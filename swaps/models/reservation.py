"""Our tokens, promised to a swap."""

from django.db import models

from chains.models import Chain
from swaps.models.fields import AmountField
from swaps.models.session import SwapSession


class Reservation(models.Model):
    """`amount` of our inventory that this session may lock. Freed by its lock being final, or by the
    session's end."""

    session = models.OneToOneField(SwapSession, on_delete=models.CASCADE, primary_key=True, related_name="reservation")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    amount = AmountField()
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["chain", "token"], condition=models.Q(released_at__isnull=True), name="reservation_open"
            ),
            models.Index(fields=["-created_at"], name="reservation_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.token} for {self.session_id}"
