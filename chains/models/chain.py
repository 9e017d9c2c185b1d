"""A chain's two watermarks and the blocks that the watcher has read."""

from django.db import models
from django.db.models import F, Q


class Chain(models.Model):
    """One configured chain: its cursor (`seen`), its `final` watermark, and what its contracts say of themselves.

    `seen_*` is the last block whose events are stored; `final_*` the last stored block that the chain calls final.
    `head_*` is the newest block the node has told us of, read or not. Times are nanoseconds of chain time.
    """

    class Family(models.TextChoices):
        EVM = "evm", "EVM"
        NEAR = "near", "NEAR"

    name = models.CharField(max_length=32, primary_key=True)
    family = models.CharField(max_length=8, choices=Family)
    network_id = models.CharField(max_length=32, help_text="EIP-155 chain id, or NEAR's network id")
    hash_function = models.CharField(max_length=16, blank=True, help_text="read from the contract: sha256 or keccak256")
    contract = models.CharField(max_length=64, blank=True, help_text="escrow factory or HTLC account")
    escrow_src_implementation = models.CharField(max_length=42, blank=True)
    escrow_dst_implementation = models.CharField(max_length=42, blank=True)

    seen_height = models.BigIntegerField(null=True)
    seen_hash = models.CharField(max_length=66, blank=True)
    seen_time_ns = models.BigIntegerField(default=0)
    final_height = models.BigIntegerField(null=True)
    final_hash = models.CharField(max_length=66, blank=True)
    final_time_ns = models.BigIntegerField(default=0)
    head_height = models.BigIntegerField(null=True)
    head_time_ns = models.BigIntegerField(default=0)

    watched_at = models.DateTimeField(null=True, help_text="the watcher's last completed poll")
    measured = models.JSONField(default=dict, help_text="samples of its speed, milliseconds: chains/measures.py")
    costs = models.JSONField(default=dict, help_text="price of gas, and gas of our calls: chains/costs.py")
    halted_reason = models.TextField(blank=True, help_text="why money on this chain is halted, when it is")

    class Meta:
        permissions = [
            ("rescan_chain", "May have blocks of a chain read again"),
            ("resume_chain", "May set a halted chain back, and lift its halt"),
        ]
        constraints = [
            models.CheckConstraint(
                name="chain_final_not_after_seen",
                condition=Q(final_height__isnull=True) | Q(final_height__lte=F("seen_height")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lag_blocks(self) -> int | None:
        """Blocks that the node has and we have not read; None before the first poll."""
        if self.head_height is None or self.seen_height is None:
            return None
        return max(0, self.head_height - self.seen_height)

    @property
    def lag_seconds(self) -> float:
        """Chain time between the newest block that the node has and the newest that we have read."""
        return max(0, self.head_time_ns - self.seen_time_ns) / 10**9 if self.lag_blocks else 0.0


class ChainBlock(models.Model):
    """A block the watcher has read. A reorg marks it `orphaned_at`; nothing is ever deleted."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="blocks")
    height = models.BigIntegerField()
    hash = models.CharField(max_length=66)
    parent_hash = models.CharField(max_length=66)
    timestamp_ns = models.BigIntegerField()
    seen_at = models.DateTimeField(auto_now_add=True)
    orphaned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "hash"], name="block_unique_hash"),
            models.UniqueConstraint(
                fields=["chain", "height"], condition=Q(orphaned_at__isnull=True), name="block_one_canonical_per_height"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.height}"
