"""Orders that came by 1inch's interface, and the quotes that they were built from."""

from django.db import models

from pricing.models import Quote
from swaps.models.fields import AmountField
from swaps.models.session import SwapSession


class FusionQuote(models.Model):
    """What a quote of ours offers by 1inch's interface: an order that differs from it is refused.

    `presets` by name are {"endAmount", "duration", "initialRateBump", "points": [[bump, delay]]}; amounts are decimal
    strings. `wallet` is the maker that it was made for.
    """

    quote = models.OneToOneField(Quote, on_delete=models.CASCADE, primary_key=True, related_name="fusion")
    wallet = models.CharField(max_length=42)
    presets = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)


class FusionOrder(models.Model):
    """A signed order as it was submitted, and the session that carries it out. `order_hash` is hex without 0x."""

    session = models.OneToOneField(SwapSession, on_delete=models.CASCADE, primary_key=True, related_name="fusion_order")
    order_hash = models.CharField(max_length=64, unique=True)
    quote_id = models.CharField(max_length=40)
    order = models.JSONField(help_text="the eight fields, numbers as decimal strings")
    extension = models.TextField(help_text="0x hex; the order's salt commits to it")
    signature = models.CharField(max_length=132)
    maker_balance = AmountField(help_text="of the source token, when it was submitted")
    maker_allowance = AmountField(help_text="to the Limit Order Protocol, likewise")
    submitted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"0x{self.order_hash}"
