"""The subject of a proposal may be an alert's key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0006_operator_sessions")]

    operations = [
        migrations.AlterField(model_name="proposal", name="subject", field=models.CharField(max_length=200)),
    ]
