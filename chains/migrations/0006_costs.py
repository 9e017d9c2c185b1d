"""What our calls cost on a chain, as its watcher sampled it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0005_by_transaction")]

    operations = [
        migrations.AddField(
            model_name="chain",
            name="costs",
            field=models.JSONField(default=dict, help_text="price of gas, and gas of our calls: chains/costs.py"),
        ),
    ]
