"""What the last comparisons of the books with the chains found."""

from django.db import models


class Reconciliation(models.Model):
    """One run. `differences` are those of `swaps.services.reconcile`, amounts as decimal strings; `unreadable` names the
    chains that could not be read, and why."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    differences = models.JSONField(default=list)
    unreadable = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {len(self.differences)} differences"
