"""Double entry: what moved in a swap, taken from final chain events only."""

from django.db import models
from django.db.models import Q

from chains.models import Chain
from swaps.models.fields import AmountField
from swaps.models.session import SwapSession


class LedgerEntry(models.Model):
    """`amount` of `token` went from the `credit` account to the `debit` account. Both sides in one row: it cannot be
    unbalanced. Accounts: maker, taker, inventory, source_escrow, destination_escrow, network (fees)."""

    class Kind(models.TextChoices):
        LOCKED = "locked"
        CLAIMED = "claimed"
        REFUNDED = "refunded"
        FEE = "fee"

    class AccountName(models.TextChoices):
        MAKER = "maker"
        TAKER = "taker"
        INVENTORY = "inventory"
        SOURCE_ESCROW = "source_escrow"
        DESTINATION_ESCROW = "destination_escrow"
        NETWORK = "network"

    session = models.ForeignKey(SwapSession, on_delete=models.PROTECT, related_name="ledger")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=Kind)
    debit = models.CharField(max_length=24, choices=AccountName)
    credit = models.CharField(max_length=24, choices=AccountName)
    amount = AmountField()
    evidence = models.CharField(max_length=140, help_text="the event or transaction that proves it")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["session", "kind", "evidence"], name="ledger_once_per_evidence"),
            models.CheckConstraint(name="ledger_two_accounts", condition=~Q(debit=models.F("credit"))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.token}"
