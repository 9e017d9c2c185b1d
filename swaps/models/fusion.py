"""Orders that came by 1inch's interface, and the quotes that they were built from."""

import uuid
from datetime import datetime

from django.db import models

from swaps.models.fields import AmountField
from swaps.models.session import SwapSession


def new_quote_id() -> str:
    """A random UUID, as 1inch's quote ids are."""
    return str(uuid.uuid4())


class FusionQuote(models.Model):
    """What was offered: an order that differs from it is refused.

    `presets` by name are {"endAmount", "duration", "initialRateBump", "points": [[bump, delay]]}; amounts are decimal
    strings. `wallet` is the maker that it was made for.
    """

    id = models.CharField(max_length=36, primary_key=True, default=new_quote_id, editable=False)
    principal = models.CharField(max_length=80)
    source_chain = models.CharField(max_length=32)
    destination_chain = models.CharField(max_length=32)
    source_token = models.CharField(max_length=42)
    destination_token = models.CharField(max_length=42)
    source_amount = AmountField()
    wallet = models.CharField(max_length=42)
    presets = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


class FusionOrder(models.Model):
    """A signed order as it was submitted, and the session that carries it out. `order_hash` is hex without 0x."""

    session = models.OneToOneField(SwapSession, on_delete=models.CASCADE, primary_key=True, related_name="fusion_order")
    order_hash = models.CharField(max_length=64, unique=True)
    quote_id = models.CharField(max_length=36)
    order = models.JSONField(help_text="the eight fields, numbers as decimal strings")
    extension = models.TextField(help_text="0x hex; the order's salt commits to it")
    signature = models.CharField(max_length=132)
    maker_balance = AmountField(help_text="of the source token, when it was submitted")
    maker_allowance = AmountField(help_text="to the Limit Order Protocol, likewise")
    submitted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"0x{self.order_hash}"
