"""Pauses of everything, of a chain, of a route."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("swaps", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(help_text="all, a chain (base) or a route (base>near)", max_length=70),
                ),
                ("reason", models.CharField(max_length=200)),
                ("actor", models.CharField(max_length=150)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "permissions": [("pause_swaps", "May pause new swaps and lift a pause")],
                "ordering": ("-started_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("lifted_at__isnull", True)), fields=("target",), name="pause_once_for_each_target"
                    )
                ],
            },
        ),
    ]
