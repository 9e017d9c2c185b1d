"""Events as the chain told them."""

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from chains.events import EventKind
from chains.models.chain import Chain

SALT = Coalesce(KT("payload__salt"), KT("payload__immutables__orderHash"))
"""What names the session in a lock's terms besides its hashlock, as the chain writes it: NEAR's salt, or EVM's order hash."""


class ChainEvent(models.Model):
    """One event of a lock contract, in one block. It stands while `orphaned_at` is null, and is final once its
    height is at or below the chain's `final_height`. `payload` is described in `chains/events.py`."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=24, choices=[(kind.value, kind.value) for kind in EventKind])
    lock_id = models.CharField(max_length=66, help_text="escrow address, or the HTLC's lock id")
    hashlock = models.CharField(max_length=64, blank=True, help_text="hex without 0x; only where the event carries it")
    contract = models.CharField(max_length=66)
    block_height = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    block_time_ns = models.BigIntegerField()
    tx_hash = models.CharField(max_length=66, help_text="transaction hash; on NEAR the receipt id")
    index = models.IntegerField()
    payload = models.JSONField()
    observed_at = models.DateTimeField(auto_now_add=True)
    final_at = models.DateTimeField(null=True, help_text="when we saw its block final; null if it was read after that")
    orphaned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "block_hash", "tx_hash", "index"], name="event_once_per_block_and_position"
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "lock_id"], condition=Q(orphaned_at__isnull=True), name="event_by_lock"),
            models.Index(fields=["hashlock"], condition=~Q(hashlock=""), name="event_by_hashlock"),
            models.Index(
                SALT, condition=Q(kind=EventKind.LOCK_CREATED.value, orphaned_at__isnull=True), name="event_by_salt"
            ),
            models.Index(fields=["chain", "block_height"], name="event_by_height"),
            models.Index(fields=["tx_hash"], name="event_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.block_height} {self.kind} {self.lock_id}"

    @property
    def salt(self) -> str:
        """See `SALT`; hex without 0x, and empty where the event does not carry it."""
        terms = self.payload.get("immutables") or {}
        return str(self.payload.get("salt") or terms.get("orderHash") or "").removeprefix("0x")
