"""Quotes that were given, so that a session may be held to one; and the presets that operators have set."""

from django.db import models

from pricing.history.models import Candle
from pricing.quote_ids import new_quote_id

__all__ = ["Candle", "PresetSetting", "Quote", "new_quote_id"]


class Quote(models.Model):
    """A price that holds until `valid_until` for whoever asked. Amounts are base units; `document` is what was answered."""

    id = models.CharField(max_length=40, primary_key=True, default=new_quote_id, editable=False)
    principal = models.CharField(max_length=80)
    source_chain = models.CharField(max_length=32)
    destination_chain = models.CharField(max_length=32)
    source_token = models.CharField(max_length=64)
    destination_token = models.CharField(max_length=64)
    pair = models.CharField(max_length=64, help_text="symbols: USDC/USDT")
    source_amount = models.DecimalField(max_digits=78, decimal_places=0)
    destination_amount = models.DecimalField(max_digits=78, decimal_places=0)
    document = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    valid_until = models.DateTimeField()
    used_by = models.CharField(max_length=40, blank=True, help_text="the session that was made on it")

    class Meta:
        indexes = [
            models.Index(fields=["principal", "-created_at"], name="quote_by_principal"),
            models.Index(fields=["valid_until"], name="quote_by_validity"),
        ]

    def __str__(self) -> str:
        return self.id


class PresetSetting(models.Model):
    """What one route (`base>near`), or every other (`default`), has otherwise than our own presets: see `pricing/presets.py`."""

    route = models.CharField(max_length=70, unique=True, help_text="default, or a route as base>near")
    config = models.JSONField(help_text="what differs: fast, normal, slow and impact, each with only what is otherwise")
    actor = models.CharField(max_length=150)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("route",)
        permissions = [("set_presets", "May set how swaps are auctioned")]

    def __str__(self) -> str:
        return self.route
