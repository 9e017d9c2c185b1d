"""What happened to a session, in order and without a gap."""

from django.db import models

from swaps.models.session import SwapSession


class SessionTransition(models.Model):
    """One change that clients are told of. `seq` counts up from 1 within the session; `data` is public."""

    session = models.ForeignKey(SwapSession, on_delete=models.CASCADE, related_name="transitions")
    seq = models.PositiveIntegerField()
    from_status = models.CharField(max_length=24)
    to_status = models.CharField(max_length=24)
    cause = models.CharField(max_length=80)
    actor = models.CharField(max_length=80, default="engine")
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["session", "seq"]
        constraints = [models.UniqueConstraint(fields=["session", "seq"], name="transition_unique_seq")]

    def __str__(self) -> str:
        return f"{self.session_id} #{self.seq} {self.to_status}"
