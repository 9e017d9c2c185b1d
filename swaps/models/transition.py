"""What happened to a session, in order and without a gap."""

from django.db import models
from django.db.models import Q

from swaps.models.session import SwapSession


class SessionTransition(models.Model):
    """One change that clients are told of. `seq` counts up from 1 within the session; `data` is public.

    `position` counts up from 1 over all sessions of one principal, likewise without a gap. It is given after the commit,
    to whoever follows them all (`services.feed`): numbering while writing would serialise a principal's swaps.
    """

    session = models.ForeignKey(SwapSession, on_delete=models.CASCADE, related_name="transitions")
    seq = models.PositiveIntegerField()
    principal = models.CharField(max_length=80, help_text="whose session it is")
    position = models.PositiveBigIntegerField(
        null=True, help_text="among all of the principal's, once it was asked for"
    )
    from_status = models.CharField(max_length=24)
    to_status = models.CharField(max_length=24)
    cause = models.CharField(max_length=80)
    actor = models.CharField(max_length=80, default="engine")
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["session", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["session", "seq"], name="transition_unique_seq"),
            models.UniqueConstraint(
                fields=["principal", "position"],
                condition=Q(position__isnull=False),
                name="transition_unique_position",
            ),
            models.CheckConstraint(condition=~Q(principal=""), name="transition_has_principal"),
        ]
        indexes = [
            models.Index(
                fields=["principal", "id"], condition=Q(position__isnull=True), name="transition_without_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} #{self.seq} {self.to_status}"
