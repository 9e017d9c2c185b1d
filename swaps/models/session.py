"""One swap, from the client's request to its end."""

import base64
import hashlib
import secrets

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform

from chains.models import Chain
from swaps.machine import TERMINAL, Status
from swaps.models.fields import AmountField

ACTIVE = [status for status in Status if status not in TERMINAL]


def new_session_id() -> str:
    """`sess_` and 120 random bits in lower-case base32."""
    return "sess_" + base64.b32encode(secrets.token_bytes(15)).decode().lower()


def salt_of(session_id: str) -> str:
    """32 bytes that bind a lock to a session, hex: the sha256 of its id."""
    return hashlib.sha256(session_id.encode()).hexdigest()


class SwapSession(models.Model):
    """A swap of `source_amount` of one token for `destination_amount` of another. Hashes are hex without 0x."""

    class Custody(models.TextChoices):
        MAKER = "maker", "the maker makes the secret and hands it over"
        SERVICE = "service", "we make the secret: we are trusted from the source lock on"

    class SourceLock(models.TextChoices):
        SELF = "self", "the maker locks by his own transaction"
        ORDER = "order", "we fill the maker's signed limit order"

    class Confirmation(models.TextChoices):
        FAST = "fast"
        NORMAL = "normal"
        SECURE = "secure"

    id = models.CharField(max_length=40, primary_key=True, default=new_session_id, editable=False)
    principal = models.CharField(max_length=80, help_text="who created it: only this principal sees it through the API")
    status = models.CharField(max_length=24, choices=[(s.value, s.value) for s in Status], default=Status.INITIALIZED)
    reason = models.CharField(max_length=64, blank=True, help_text="code of why it was given up or failed")
    attention = models.CharField(max_length=200, blank=True, help_text="what an operator should look at")
    seq = models.PositiveIntegerField(default=0, help_text="of the newest transition")

    source_chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    destination_chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    source_token = models.CharField(max_length=64)
    destination_token = models.CharField(max_length=64)
    source_amount = AmountField()
    destination_amount = AmountField()
    maker = models.CharField(max_length=64, help_text="pays on the source chain; refunds go back there")
    taker = models.CharField(max_length=64, help_text="the receiving account on the destination chain")
    slippage_bps = models.PositiveIntegerField(default=0)
    requested_amount = AmountField(null=True, help_text="destination base units asked for, where less was agreed")
    market_amount = AmountField(null=True, help_text="what the source amount was worth then, destination base units")
    quote_id = models.CharField(max_length=40, blank=True)

    custody = models.CharField(max_length=8, choices=Custody)
    hash_function = models.CharField(max_length=16)
    hashlock = models.CharField(max_length=64, unique=True)
    salt = models.CharField(max_length=64, help_text="sha256 of the id: EVM order hash of a self lock, NEAR salt")
    plan = models.JSONField(help_text="the ladder's offsets and margins, seconds")
    confirmation_level = models.CharField(max_length=8, choices=Confirmation, default=Confirmation.NORMAL)
    source_lock = models.CharField(max_length=8, choices=SourceLock, blank=True)
    order = models.JSONField(null=True, help_text="the signed limit order, when the source is locked by one")
    maker_calls = models.JSONField(default=list, help_text="his own lock as calls, as execute handed them over")
    warnings = models.JSONField(default=list)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(help_text="by then a source lock must have been seen")
    executed_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True, help_text="look again by then, even if nothing happens")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [
            ("refund_session", "May order a refund"),
            ("review_session", "May mark a session as reviewed"),
            ("export_sessions", "May take sessions away as a file"),
        ]
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False), name="session_by_wake"),
            models.Index(fields=["-created_at", "id"], name="session_newest_first"),
            models.Index(fields=["principal", "-created_at"], name="session_by_principal"),
            models.Index(fields=["status"], name="session_by_status"),
            models.Index(fields=["principal"], condition=Q(finished_at__isnull=True), name="session_active"),
            models.Index(fields=["created_at"], condition=Q(finished_at__isnull=True), name="session_active_by_age"),
            models.Index(fields=["created_at"], condition=Q(attention__gt=""), name="session_attention"),
            models.Index(
                fields=["finished_at", "status"], condition=Q(finished_at__isnull=False), name="session_ended"
            ),
            models.Index(fields=["maker"], opclasses=["varchar_pattern_ops"], name="session_by_maker"),
            models.Index(fields=["taker"], opclasses=["varchar_pattern_ops"], name="session_by_taker"),
            models.Index(fields=["salt"], opclasses=["varchar_pattern_ops"], name="session_by_salt"),
            models.Index(fields=["quote_id"], condition=~Q(quote_id=""), name="session_by_quote"),
            models.Index(
                KeyTextTransform("orderHash", "order"), condition=Q(order__isnull=False), name="session_by_order_hash"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="session_amounts_positive", condition=Q(source_amount__gt=0, destination_amount__gt=0)
            ),
            models.CheckConstraint(
                name="session_amount_within_slippage",
                condition=Q(requested_amount=None)
                | Q(
                    requested_amount__gt=F("destination_amount"),
                    destination_amount__gte=F("requested_amount") * (10_000 - F("slippage_bps")) / 10_000,
                ),
            ),
            models.CheckConstraint(name="session_hashlock_is_32_bytes", condition=Q(hashlock__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="session_finished_when_terminal",
                condition=Q(finished_at__isnull=False, status__in=sorted(TERMINAL))
                | Q(finished_at__isnull=True, status__in=sorted(ACTIVE)),
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def asked_amount(self) -> int:
        """Destination base units that the client asked for; `destination_amount` are those that he gets."""
        return int(self.destination_amount if self.requested_amount is None else self.requested_amount)

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def route(self) -> str:
        return f"{self.source_chain_id} → {self.destination_chain_id}"
