"""Proposals: every action that somebody asked for, who let it through, and what became of it."""

from django.db import models
from django.db.models import F, Q


class Proposal(models.Model):
    """One action on one subject. Of the same kind, subject and parameters at most one is open: whoever asks again finds it.

    `digest` names the plan that was agreed to; what is run has the same one. `value_usd` is null where a price was missing.
    `token` is the form's: sent twice, it finds the first one's row. `batch` groups those that were asked for at once.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "waits for a second person"
        APPROVED = "approved", "let through: its work is under way"
        EXECUTED = "executed", "done, or handed to the engine"
        FAILED = "failed", "was not done"
        REJECTED = "rejected", "a second person said no"
        WITHDRAWN = "withdrawn", "taken back by whoever proposed it"
        EXPIRED = "expired", "nobody decided in time"

    OPEN = (State.PROPOSED, State.APPROVED)

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the parameters")
    reason = models.CharField(max_length=500, help_text="why, for whoever reads the books later")
    plan = models.JSONField(default=dict, help_text="what would be done, as it was shown")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what would be done")
    value_usd = models.DecimalField(
        max_digits=40, decimal_places=2, null=True, help_text="at stake, US dollars; empty: a price is missing"
    )
    needs_approval = models.BooleanField(default=False)
    why_two = models.CharField(max_length=200, blank=True, help_text="why a second person is needed, if one is")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    token = models.CharField(max_length=64, blank=True, help_text="of the form that was sent")
    batch = models.CharField(max_length=64, blank=True, help_text="of what was asked for at once")
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    closed_by = models.CharField(max_length=150, blank=True, help_text="who rejected it or took it back")
    remark = models.CharField(max_length=500, blank=True, help_text="what the second person said")
    decided_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(auto_now=True, help_text="of work that is under way: when it last told")
    finished_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0, help_text="of work that is under way: how much is done")
    of = models.BigIntegerField(default=0, help_text="of how much; 0: not known")
    outcome = models.TextField(blank=True, help_text="what became of it, in words")

    class Meta:
        app_label = "access"
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject", "fingerprint"),
                condition=Q(state__in=("proposed", "approved")),
                name="proposal_open_once",
            ),
            models.UniqueConstraint(fields=("token",), condition=~Q(token=""), name="proposal_once_for_each_form"),
            models.CheckConstraint(
                name="proposal_by_two", condition=Q(approved_by="") | ~Q(approved_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="proposal_runs_approved",
                condition=Q(needs_approval=False) | ~Q(state__in=("approved", "executed")) | ~Q(approved_by=""),
            ),
            models.CheckConstraint(name="proposal_has_reason", condition=~Q(reason="") & ~Q(proposed_by="")),
            models.CheckConstraint(
                name="proposal_state_is_known",
                condition=Q(
                    state__in=("proposed", "approved", "executed", "failed", "rejected", "withdrawn", "expired")
                ),
            ),
        )
        indexes = (
            models.Index(fields=("subject", "-id"), name="proposal_by_subject"),
            models.Index(fields=("batch",), condition=~Q(batch=""), name="proposal_by_batch"),
            models.Index(fields=("state",), condition=Q(state__in=("proposed", "approved")), name="proposal_open"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
