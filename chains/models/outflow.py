"""What our keys have signed away, so that a cap on it can be held."""

from django.db import models
from django.db.models import Q

from chains.models.transaction import Account, Intent


class Outflow(models.Model):
    """An amount of a token (base units) that the transaction of one account and nonce moves out of our hands.

    Booked before the bytes are signed, under the account's row lock; `released_at` once it is sure that they move
    nothing (they failed for good, or never land). Replacements of a nonce share the row: only one of them lands.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="outflows")
    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="outflows")
    nonce = models.BigIntegerField()
    token = models.CharField(max_length=64, help_text="contract address or account; the native coin's name otherwise")
    amount = models.DecimalField(max_digits=60, decimal_places=0)
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "nonce", "token"], name="outflow_once_per_nonce_and_token"),
            models.CheckConstraint(name="outflow_positive", condition=Q(amount__gt=0)),
        ]
        indexes = [
            models.Index(
                fields=["account", "token", "created_at"], condition=Q(released_at=None), name="outflow_of_key_by_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.token}"
