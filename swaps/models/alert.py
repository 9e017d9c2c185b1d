"""What operators are told without asking."""

from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """One message to operators: that a trouble began, or that it is over. `seq` counts up from 1 without a gap.

    `key` names the trouble, whatever its message says of figures that tick. A trouble stands while its `raised` row has no
    `cleared_at`; it stands once at most.
    """

    class Severity(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"

    class State(models.TextChoices):
        RAISED = "raised"
        CLEARED = "cleared"

    seq = models.PositiveBigIntegerField(unique=True)
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State)
    severity = models.CharField(max_length=8, choices=Severity)
    message = models.CharField(max_length=300)
    action = models.CharField(max_length=200, blank=True, help_text="what to do about it")
    session_id = models.CharField(max_length=40, blank=True, help_text="the session it is about, if it is about one")
    at = models.DateTimeField(auto_now_add=True)
    cleared_at = models.DateTimeField(null=True, help_text="of a raised one: when it was over")
    acknowledged_at = models.DateTimeField(null=True, help_text="of a raised one: since when somebody is at it")
    acknowledged_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-seq"]
        permissions = [("acknowledge_alert", "May say that somebody is at it")]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="raised", cleared_at=None), name="alert_stands_once"
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(message=""), name="alert_says_something"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.severity} {self.state}: {self.message}"
