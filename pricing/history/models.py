"""One minute of one market."""

from django.db import models
from django.db.models import F, Q

from pricing.history.ohlc import PLACES


class Candle(models.Model):
    """What was sampled of `base` in `quote` (a symbol, or USD) in the minute that begins at `minute`. Exact decimals."""

    base = models.CharField(max_length=32)
    quote = models.CharField(max_length=32)
    minute = models.DateTimeField()
    open = models.DecimalField(max_digits=2 * PLACES, decimal_places=PLACES)
    high = models.DecimalField(max_digits=2 * PLACES, decimal_places=PLACES)
    low = models.DecimalField(max_digits=2 * PLACES, decimal_places=PLACES)
    close = models.DecimalField(max_digits=2 * PLACES, decimal_places=PLACES)
    closed_at = models.DateTimeField(help_text="when `close` was sampled")
    samples = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "minute"], name="candle_once_a_minute"),
            models.CheckConstraint(
                name="candle_low_to_high",
                condition=Q(low__gt=0)
                & Q(low__lte=F("open"))
                & Q(low__lte=F("close"))
                & Q(high__gte=F("open"))
                & Q(high__gte=F("close")),
            ),
        ]
        indexes = [models.Index(fields=["minute"], name="candle_by_minute")]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.minute:%F %R}"
