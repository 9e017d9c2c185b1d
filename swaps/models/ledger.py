"""Double entry: what moved, taken from final chain events and final transactions only."""

from django.db import models
from django.db.models import Q

from chains.models import Chain, ChainEvent, ChainTransaction
from swaps.models.fields import AmountField
from swaps.models.session import SwapSession


class LedgerEntry(models.Model):
    """`amount` of `token` went from the `credit` account to the `debit` account. Both sides in one row: it cannot be
    unbalanced. Rows are added, never changed or deleted, and their cause is final: a trigger of the database sees to both.

    `height` is the block by which it had happened. `evidence` names the lock, the transaction or the operator's reference;
    each is posted once for each kind and token. A row has one cause: an event, a transaction, or an operator.
    """

    class Kind(models.TextChoices):
        LOCKED = "locked"
        CLAIMED = "claimed"
        REFUNDED = "refunded"
        RESCUED = "rescued", "taken out of an escrow after its rescue delay"
        DEPOSITED = "deposited", "safety deposit put into an escrow"
        DEPOSIT_RETURNED = "deposit_returned", "safety deposit, paid to whoever settled the escrow"
        FEE = "fee", "what the network took for a transaction"
        ATTACHED = "attached", "kept by a contract beside the fee"
        FUNDED = "funded", "sent along from a key to the Resolver"
        OPENING = "opening", "what was there when the books were opened"
        TRANSFER = "transfer", "brought or taken away by the operator"

    class AccountName(models.TextChoices):
        INVENTORY = "inventory", "ours: the Resolver, or our NEAR account"
        GAS = "gas", "ours: the keys that pay for EVM transactions"
        STORAGE = "storage", "ours: storage deposit with the HTLC (NEP-145)"
        SOURCE_ESCROW = "source_escrow"
        DESTINATION_ESCROW = "destination_escrow"
        SOURCE_DEPOSIT = "source_deposit", "safety deposit in a source escrow"
        DESTINATION_DEPOSIT = "destination_deposit", "safety deposit in a destination escrow"
        MAKER = "maker"
        TAKER = "taker"
        STRANGER = "stranger", "somebody who made or settled a lock in our or the maker's place"
        NETWORK = "network", "fees"
        OUTSIDE = "outside", "beyond these books"

    BY_OPERATOR = (Kind.OPENING, Kind.TRANSFER)
    OURS = (AccountName.INVENTORY, AccountName.GAS, AccountName.STORAGE)

    session = models.ForeignKey(SwapSession, on_delete=models.PROTECT, related_name="ledger", null=True)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind)
    debit = models.CharField(max_length=24, choices=AccountName)
    credit = models.CharField(max_length=24, choices=AccountName)
    amount = AmountField()
    event = models.ForeignKey(ChainEvent, on_delete=models.PROTECT, related_name="+", null=True)
    transaction = models.ForeignKey(ChainTransaction, on_delete=models.PROTECT, related_name="+", null=True)
    height = models.BigIntegerField(help_text="the block by which it had happened")
    evidence = models.CharField(max_length=200, help_text="the lock, transaction or reference that proves it")
    note = models.CharField(max_length=200, blank=True, help_text="an operator's reason")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["chain", "kind", "token", "evidence"], name="ledger_once_per_evidence"),
            models.CheckConstraint(name="ledger_two_accounts", condition=~Q(debit=models.F("credit"))),
            models.CheckConstraint(name="ledger_amount_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="ledger_one_cause",
                condition=Q(kind__in=["opening", "transfer"], event=None, transaction=None)
                | ~Q(kind__in=["opening", "transfer"])
                & (Q(event__isnull=False, transaction=None) | Q(event=None, transaction__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "token", "height"], name="ledger_by_token_and_height"),
            models.Index(fields=["at"], condition=Q(kind="fee"), name="ledger_fees_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.token}"
