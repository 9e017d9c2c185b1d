"""What we want done on a chain (`Intent`) and the signed bytes that do it (`ChainTransaction`)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from chains.models.chain import Chain


class Account(models.Model):
    """An account (on NEAR: an access key of it) that signs for us. The row is locked while a nonce is given out.

    `stopped_reason` is the key's kill switch: while it says anything, the key signs nothing that pays out. Claims,
    refunds and cancellations bring money home and go on.
    """

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="accounts")
    address = models.CharField(max_length=64)
    public_key = models.CharField(max_length=128, blank=True, help_text="NEAR only: which access key")
    next_nonce = models.BigIntegerField(null=True, help_text="one above the highest given out; null before the first")
    last_used_at = models.DateTimeField(null=True, help_text="when it last signed")
    stopped_reason = models.TextField(blank=True, help_text="why it may not pay out any more, when it may not")
    attention = models.TextField(blank=True, help_text="what an operator should look at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "address", "public_key"], name="account_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}:{self.address}"


class Intent(models.Model):
    """One thing that shall happen on a chain once, for one subject and step. Unique: the database forbids a second.

    `call` names what to send without any secret: `{"method": ..., "args": {...}}`; `chains/services/calls.py` turns it
    into bytes. A call that needs a secret names its owner, and a resolver registered by that app opens it at signing.

    `attempts` counts what was signed and what a node refused for the call's own sake; `delays` counts what says nothing
    of the call: no answer, no free key, a price or an amount above its cap.
    """

    class State(models.TextChoices):
        PENDING = "pending", "to be sent"
        SENT = "sent", "signed and handed to the network"
        DONE = "done", "its transaction succeeded and is final"
        REVERTED = "reverted", "its last transaction failed for good"
        WITHDRAWN = "withdrawn", "no longer wanted, and nothing of it can land"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="intents")
    subject_type = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    step = models.CharField(max_length=32)
    call = models.JSONField()
    carries_secret = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    delays = models.PositiveIntegerField(default=0, help_text="how often it was put off since it was last signed")
    not_before = models.DateTimeField(null=True, help_text="backoff after a failed attempt")
    deadline = models.DateTimeField(
        null=True, help_text="when its effect stops being possible: it pays more before that"
    )
    last_error = models.TextField(blank=True)
    attention = models.TextField(blank=True, help_text="what an operator should look at")
    cancel_requested_at = models.DateTimeField(null=True, help_text="since when what is out is being made impossible")
    cancel_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("retry_intent", "May have an action tried again at once"),
            ("cancel_intent", "May have an action made impossible that is no longer wanted"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "step"], name="intent_once_per_subject_step"),
        ]
        indexes = [
            models.Index(fields=["state", "chain"], name="intent_by_state"),
            models.Index(fields=["created_at"], condition=Q(attention__gt=""), name="intent_attention"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.step}"


class ChainTransaction(models.Model):
    """Signed bytes, stored before they are broadcast. A retry sends the same bytes; a replacement takes the same nonce.

    Those of one account and nonce are rivals: at most one lands, and only that one counts. A `cancellation` is a rival
    that does nothing; a `filler` does nothing where a nonce was missing below others.

    `raw` is the signed transaction; sealed (AEAD) while `sealed` is true, because it carries a secret that is not yet
    public. Fees in the chain's smallest unit (wei, yoctoNEAR).
    """

    class Kind(models.TextChoices):
        CALL = "call", "does what its intent wants"
        CANCELLATION = "cancellation", "takes the nonce of a call that is no longer wanted"
        FILLER = "filler", "takes a nonce that was missing"

    class State(models.TextChoices):
        SIGNED = "signed", "stored, not known to be out"
        BROADCAST = "broadcast", "accepted by a node, or perhaps accepted"
        INCLUDED = "included", "in a block that is not final yet"
        SUCCEEDED = "succeeded", "final, and it did what it should"
        FAILED = "failed", "final, and it reverted"
        REPLACED = "replaced", "another transaction took its nonce, or it can never land"

    OPEN_STATES = (State.SIGNED, State.BROADCAST, State.INCLUDED)

    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="transactions")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="transactions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transactions")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CALL)
    nonce = models.BigIntegerField()
    hash = models.CharField(max_length=66)
    raw = models.BinaryField()
    sealed = models.BooleanField(default=False)
    fields = models.JSONField(default=dict, help_text="what was signed, without the call's data: fees, gas, to, value")
    valid_until_height = models.BigIntegerField(null=True, help_text="NEAR: the height at which its block hash expires")
    state = models.CharField(max_length=12, choices=State, default=State.SIGNED)
    created_at = models.DateTimeField(auto_now_add=True)
    waiting_since = models.DateTimeField(default=timezone.now, help_text="since when it is in no block")
    first_broadcast_at = models.DateTimeField(null=True)
    last_broadcast_at = models.DateTimeField(null=True)
    broadcasts = models.PositiveIntegerField(default=0)
    block_height = models.BigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, blank=True)
    fee_paid = models.DecimalField(max_digits=60, decimal_places=0, null=True)
    fee_detail = models.JSONField(default=dict, help_text="gas used, price, L1 data fee, operator fee; or tokens burnt")
    error = models.TextField(blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        permissions = [
            ("replace_transaction", "May have a stuck transaction replaced at a higher price"),
            ("reobserve_transaction", "May have a transaction looked for again"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["chain", "hash"], name="transaction_unique_hash"),
            models.UniqueConstraint(
                fields=["account", "nonce"],
                condition=~Q(state="replaced"),
                name="transaction_one_live_per_nonce",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "state"], name="transaction_by_state"),
            models.Index(fields=["hash"], name="transaction_by_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.hash}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    def public_fields(self) -> dict[str, Any]:
        """What may be shown of it to anyone who may see its subject."""
        return {
            "chain": self.chain_id,
            "hash": self.hash,
            "kind": self.kind,
            "state": self.state,
            "blockHeight": self.block_height,
        }
