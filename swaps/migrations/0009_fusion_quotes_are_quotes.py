"""A quote by 1inch's interface is one of ours, and the presets beside it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0001_quotes"),
        ("swaps", "0008_positions_and_alerts"),
    ]

    operations = [
        migrations.DeleteModel(name="FusionQuote"),
        migrations.CreateModel(
            name="FusionQuote",
            fields=[
                (
                    "quote",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fusion",
                        serialize=False,
                        to="pricing.quote",
                    ),
                ),
                ("wallet", models.CharField(max_length=42)),
                ("presets", models.JSONField()),
            ],
        ),
        migrations.AlterField("fusionorder", "quote_id", models.CharField(max_length=40)),
    ]
