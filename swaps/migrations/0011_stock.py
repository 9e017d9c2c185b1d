"""Our balances as they were last read, for quotes."""

import django.db.models.deletion
from django.db import migrations, models

import swaps.models.fields


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0006_costs"),
        ("swaps", "0010_counting_active_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=64)),
                ("amount", swaps.models.fields.AmountField()),
                ("read_at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="chains.chain"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="stock",
            constraint=models.UniqueConstraint(fields=("chain", "token"), name="stock_once_for_each_token"),
        ),
    ]
