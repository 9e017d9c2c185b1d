"""Orders by 1inch's interface, and the quotes that they were built from."""

import django.db.models.deletion
import swaps.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("swaps", "0005_reconciliations"),
    ]

    operations = [
        migrations.CreateModel(
            name="FusionOrder",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fusion_order",
                        serialize=False,
                        to="swaps.swapsession",
                    ),
                ),
                ("order_hash", models.CharField(max_length=64, unique=True)),
                ("quote_id", models.CharField(max_length=36)),
                ("order", models.JSONField(help_text="the eight fields, numbers as decimal strings")),
                ("extension", models.TextField(help_text="0x hex; the order's salt commits to it")),
                ("signature", models.CharField(max_length=132)),
                (
                    "maker_balance",
                    swaps.models.fields.AmountField(help_text="of the source token, when it was submitted"),
                ),
                (
                    "maker_allowance",
                    swaps.models.fields.AmountField(help_text="to the Limit Order Protocol, likewise"),
                ),
                ("submitted_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="FusionQuote",
            fields=[
                (
                    "id",
                    models.CharField(
                        editable=False,
                        max_length=36,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("principal", models.CharField(max_length=80)),
                ("source_chain", models.CharField(max_length=32)),
                ("destination_chain", models.CharField(max_length=32)),
                ("source_token", models.CharField(max_length=42)),
                ("destination_token", models.CharField(max_length=42)),
                ("source_amount", swaps.models.fields.AmountField()),
                ("wallet", models.CharField(max_length=42)),
                ("presets", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
