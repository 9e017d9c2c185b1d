"""Sessions found by account, order hash and quote without reading them all; filters under a name; leave to take sessions away."""

import django.db.models.deletion
import django.db.models.fields.json
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PATTERN = ["varchar_pattern_ops"]


class Migration(migrations.Migration):
    dependencies = [
        ("swaps", "0014_operators_actions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="swapsession",
            options={
                "permissions": [
                    ("refund_session", "May order a refund"),
                    ("review_session", "May mark a session as reviewed"),
                    ("export_sessions", "May take sessions away as a file"),
                ]
            },
        ),
        migrations.AddIndex("swapsession", models.Index(fields=["maker"], opclasses=PATTERN, name="session_by_maker")),
        migrations.AddIndex("swapsession", models.Index(fields=["taker"], opclasses=PATTERN, name="session_by_taker")),
        migrations.AddIndex("swapsession", models.Index(fields=["salt"], opclasses=PATTERN, name="session_by_salt")),
        migrations.AddIndex(
            "swapsession", models.Index(fields=["quote_id"], condition=~Q(quote_id=""), name="session_by_quote")
        ),
        migrations.AddIndex(
            "swapsession",
            models.Index(
                django.db.models.fields.json.KeyTextTransform("orderHash", "order"),
                condition=Q(order__isnull=False),
                name="session_by_order_hash",
            ),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=1000)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
                "permissions": [("share_views", "May share saved views with everybody")],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "name"), name="saved_view_name_once"),
                    models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_view_says_something"),
                ],
            },
        ),
    ]
