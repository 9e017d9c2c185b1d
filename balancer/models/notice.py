"""Messages to operators outside of the console."""

from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """One message of one or several alerts, to every address of `ALERT_URLS`."""

    title = models.CharField(max_length=200)
    body = models.TextField()
    severity = models.CharField(max_length=8)
    alerts = models.PositiveIntegerField(default=0, help_text="how many alerts it tells of")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """A notice on its way to one address. The address itself is a secret of the environment: here stand its fingerprint, and the
    form of it that apprise makes for logs."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    target = models.CharField(max_length=16, help_text="fingerprint of the address")
    label = models.CharField(max_length=200)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["notice", "target"], name="delivery_once_for_each_target")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at=None, given_up_at=None), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} to {self.label}"
