"""What the console's first page asks for at each second: active sessions, those that need somebody, the last days, and fees."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("swaps", "0012_status_links")]

    operations = [
        migrations.AddIndex(
            "swapsession",
            models.Index(fields=["created_at"], condition=Q(finished_at__isnull=True), name="session_active_by_age"),
        ),
        migrations.AddIndex(
            "swapsession",
            models.Index(fields=["created_at"], condition=Q(attention__gt=""), name="session_attention"),
        ),
        migrations.AddIndex(
            "swapsession",
            models.Index(
                fields=["finished_at", "status"], condition=Q(finished_at__isnull=False), name="session_ended"
            ),
        ),
        migrations.AddIndex(
            "ledgerentry", models.Index(fields=["at"], condition=Q(kind="fee"), name="ledger_fees_by_time")
        ),
    ]
