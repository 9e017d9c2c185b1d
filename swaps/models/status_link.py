"""Which link to a session's status page is good."""

from django.db import models

from swaps.models.session import SwapSession

FIRST = 1


class StatusLink(models.Model):
    """The number of the only link that opens a session's page. A session without a row has link 1: a row is made when the
    link is first changed or withdrawn, so that new sessions cost nothing."""

    session = models.OneToOneField(SwapSession, on_delete=models.CASCADE, primary_key=True, related_name="status_link")
    number = models.PositiveIntegerField(default=FIRST)
    withdrawn_at = models.DateTimeField(null=True, help_text="no link opens the page; null while one does")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"link {self.number} of {self.session_id}"
