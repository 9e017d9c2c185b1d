"""What we held of a token when it was last read."""

from django.db import models

from chains.models import Chain
from swaps.models.fields import AmountField


class Stock(models.Model):
    """Our balance of a token on a chain at its final block, base units: quotes and limits go by it, money by a fresh one."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=64)
    amount = AmountField()
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "token"], name="stock_once_for_each_token")]

    def __str__(self) -> str:
        return f"{self.amount} {self.token} on {self.chain_id}"
