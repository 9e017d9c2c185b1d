"""How each RPC provider behaves, for the processes, the admin and /metrics."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0003_measured"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderHealth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("closed", "answers"),
                            ("open", "failed again and again: left alone for a while"),
                            ("half-open", "tried again"),
                            ("resting", "told us to wait"),
                            ("refused", "of another network: not asked"),
                        ],
                        default="closed",
                        max_length=12,
                    ),
                ),
                ("requests", models.BigIntegerField(default=0)),
                ("errors", models.BigIntegerField(default=0)),
                ("disagreements", models.BigIntegerField(default=0)),
                ("last_ok_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True)),
                ("last_error_at", models.DateTimeField(null=True)),
                ("disagreed_at", models.DateTimeField(null=True)),
                ("head_height", models.BigIntegerField(null=True)),
                ("lag", models.IntegerField(default=0, help_text="blocks behind the head that a quorum knows")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="providers", to="chains.chain"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "provider health",
                "constraints": [models.UniqueConstraint(fields=("chain", "label"), name="provider_unique")],
            },
        ),
    ]
