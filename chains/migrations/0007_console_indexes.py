"""Actions that need somebody, which the console's first page asks for at each second."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("chains", "0006_costs")]

    operations = [
        migrations.AddIndex(
            "intent", models.Index(fields=["created_at"], condition=Q(attention__gt=""), name="intent_attention")
        )
    ]
