"""What an alert's rule remembers between two looks."""

from django.db import models


class Watch(models.Model):
    """A measurement that is beyond its threshold, or was and has to be calm for a while before its alert is over."""

    key = models.CharField(max_length=200, primary_key=True, help_text="rule, or rule:subject")
    rule = models.CharField(max_length=40)
    beyond_since = models.DateTimeField()
    calm_since = models.DateTimeField(null=True)
    raised = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key
