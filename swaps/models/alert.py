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
    rule = models.CharField(max_length=40, blank=True, help_text="its page in docs/runbook.md")
    notified_at = models.DateTimeField(null=True, help_text="when it was last put into a message to operators")
    quiet = models.BooleanField(default=False, help_text="nobody was told outside of the console: it was muted")

    class Meta:
        ordering = ["-seq"]
        permissions = [("acknowledge_alert", "May say that somebody is at it")]
        indexes = [
            models.Index(fields=["seq"], condition=Q(notified_at=None), name="alert_to_notify"),
            models.Index(fields=["-seq"], condition=Q(state="raised", cleared_at=None), name="alert_standing"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(state="raised", cleared_at=None), name="alert_stands_once"
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(message=""), name="alert_says_something"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.severity} {self.state}: {self.message}"

    @property
    def stands(self) -> bool:
        """Whether what it tells of is still so."""
        return self.state == self.State.RAISED and self.cleared_at is None


class AlertMute(models.Model):
    """Messages about an alert, or about all alerts of a rule, are kept back until `until`. The console shows them as ever."""

    target = models.CharField(max_length=200, unique=True, help_text="an alert's key, or the name of a rule")
    until = models.DateTimeField()
    reason = models.CharField(max_length=200)
    muted_by = models.CharField(max_length=80)
    muted_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["until"]
        constraints = [models.CheckConstraint(condition=~Q(target="") & ~Q(reason=""), name="mute_says_why")]

    def __str__(self) -> str:
        return f"{self.target} until {self.until:%Y-%m-%d %H:%M:%S} UTC"
