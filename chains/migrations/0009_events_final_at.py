"""Events remember when we saw them final: what our reaction is counted from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0008_operators_permissions")]

    operations = [
        migrations.AddField(
            "chainevent",
            "final_at",
            models.DateTimeField(help_text="when we saw its block final; null if it was read after that", null=True),
        ),
    ]
