"""A lock with another hashlock than its session's is found by the session's salt, which is EVM's order hash."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("chains", "0009_events_final_at")]

    operations = [
        migrations.AddIndex(
            "chainevent",
            models.Index(
                Coalesce(KT("payload__salt"), KT("payload__immutables__orderHash")),
                condition=Q(kind="lock_created", orphaned_at__isnull=True),
                name="event_by_salt",
            ),
        )
    ]
