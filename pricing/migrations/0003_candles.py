"""What tokens and pairs were worth, minute by minute."""

from django.db import migrations, models

PRICE = {"decimal_places": 36, "max_digits": 72}


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_presets")]

    operations = [
        migrations.CreateModel(
            name="Candle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("base", models.CharField(max_length=32)),
                ("quote", models.CharField(max_length=32)),
                ("minute", models.DateTimeField()),
                ("open", models.DecimalField(**PRICE)),
                ("high", models.DecimalField(**PRICE)),
                ("low", models.DecimalField(**PRICE)),
                ("close", models.DecimalField(**PRICE)),
                ("closed_at", models.DateTimeField(help_text="when `close` was sampled")),
                ("samples", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [models.Index(fields=["minute"], name="candle_by_minute")],
                "constraints": [
                    models.UniqueConstraint(fields=("base", "quote", "minute"), name="candle_once_a_minute"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low__gt", 0),
                            ("low__lte", models.F("open")),
                            ("low__lte", models.F("close")),
                            ("high__gte", models.F("open")),
                            ("high__gte", models.F("close")),
                        ),
                        name="candle_low_to_high",
                    ),
                ],
            },
        ),
    ]
