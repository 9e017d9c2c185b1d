"""What was asked for, where slippage let less be agreed; what it was worth; and the calls that execute handed over."""

import swaps.models.fields
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("swaps", "0006_fusion_orders")]

    operations = [
        migrations.AddField(
            "swapsession",
            "maker_calls",
            models.JSONField(default=list, help_text="his own lock as calls, as execute handed them over"),
        ),
        migrations.AddField(
            "swapsession",
            "market_amount",
            swaps.models.fields.AmountField(
                help_text="what the source amount was worth then, destination base units", null=True
            ),
        ),
        migrations.AddField(
            "swapsession",
            "requested_amount",
            swaps.models.fields.AmountField(
                help_text="destination base units asked for, where less was agreed", null=True
            ),
        ),
        migrations.AddConstraint(
            "swapsession",
            models.CheckConstraint(
                name="session_amount_within_slippage",
                condition=Q(requested_amount=None)
                | Q(
                    requested_amount__gt=F("destination_amount"),
                    destination_amount__gte=F("requested_amount") * (10_000 - F("slippage_bps")) / 10_000,
                ),
            ),
        ),
    ]
