"""Locks that carry a session's hashlock or salt and are not its legs."""

from django.db import models

from chains.models import Chain
from swaps.models.session import SwapSession


class StrayLock(models.Model):
    """A maker's lock with the wrong token, amount, hashlock, payee or times, or a second one; or an escrow of ours on the
    destination, where the swap went on with one that somebody else had made. It is never answered and never claimed; once its
    own timelock allows it, it is sent back. `refund_from` in chain seconds."""

    class State(models.TextChoices):
        STANDING = "standing", "stands until its timelock"
        SETTLED = "settled", "gone back, or claimed by somebody"

    session = models.ForeignKey(SwapSession, on_delete=models.PROTECT, related_name="strays")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    lock_id = models.CharField(max_length=66)
    differences = models.JSONField(help_text="what it is, and what was agreed")
    refund_from = models.BigIntegerField()
    call = models.JSONField(help_text="the refund, ready to send")
    state = models.CharField(max_length=12, choices=State, default=State.STANDING)
    found_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "lock_id"], name="stray_once")]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.lock_id}"

    @property
    def is_ours(self) -> bool:
        """We made it, and it holds our money: a stray on the session's destination. A swap has two chains."""
        return self.chain_id == self.session.destination_chain_id
