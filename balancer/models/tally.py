"""Histograms of what the tables tell, counted on as rows are added: exact over any number of processes and restarts."""

from django.db import models


class Tally(models.Model):
    """How many observations of one histogram and labels fell into one bucket (upper bound in seconds, perhaps infinity)."""

    metric = models.CharField(max_length=32)
    labels = models.CharField(max_length=120, help_text="values, separated by tabs")
    bucket = models.FloatField()
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="sum of those in this bucket")

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=["metric", "labels", "bucket"], name="tally_once_for_each_bucket")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.labels}"


class TallyMark(models.Model):
    """How far a histogram has been counted: the key of the last row."""

    metric = models.CharField(max_length=32, primary_key=True)
    last_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.metric
