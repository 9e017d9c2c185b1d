"""Samples of how quick a chain is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0002_caps_and_cancellations")]

    operations = [
        migrations.AddField(
            model_name="chain",
            name="measured",
            field=models.JSONField(default=dict, help_text="samples of its speed, milliseconds: chains/measures.py"),
        ),
    ]
