"""A key has an owner, who outlives its rotation, limits of its own and addresses; refusals are counted by hour."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

FIRST_KEYS = "UPDATE access_apikey SET owner = prefix"


class Migration(migrations.Migration):
    dependencies = [("access", "0002_whole_answers_append_only_audit")]

    operations = [
        migrations.AlterModelOptions(
            name="apikey",
            options={
                "ordering": ("-created_at",),
                "permissions": (
                    ("revoke_apikey", "Can revoke an API key"),
                    ("rotate_apikey", "Can rotate an API key"),
                ),
                "verbose_name": "API key",
            },
        ),
        migrations.AddField(
            model_name="apikey",
            name="owner",
            field=models.CharField(default="", help_text="the prefix of this owner's first key", max_length=16),
            preserve_default=False,
        ),
        migrations.RunSQL(FIRST_KEYS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner__regex", "^[0-9a-f]{12}$")), name="api_key_owner_is_hex"
            ),
        ),
        migrations.AddIndex(model_name="apikey", index=models.Index(fields=["owner"], name="api_key_by_owner")),
        migrations.AddField(
            model_name="apikey",
            name="successor",
            field=models.OneToOneField(
                blank=True,
                help_text="what it was rotated to",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessor",
                to="access.apikey",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                blank=True, help_text="empty: the service's limit for keys; 0: no limit", null=True
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="allowed_addresses",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=49),
                blank=True,
                default=list,
                help_text="networks (CIDR); empty: from anywhere",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="outcome",
            field=models.CharField(
                blank=True,
                default="",
                help_text="the answer's HTTP status, where a request did it",
                max_length=20,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditentry",
            name="address",
            field=models.CharField(
                blank=True, default="", help_text="where the request came from", max_length=45
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
            ],
            options={
                "permissions": (
                    ("propose_actions", "May propose an action that moves money or pauses"),
                    ("execute_actions", "May carry out an action"),
                    ("approve_actions", "May approve another operator's action"),
                ),
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RateViolation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("kind", models.CharField(max_length=40)),
                (
                    "principal",
                    models.CharField(blank=True, help_text="empty: nobody whom we know", max_length=80),
                ),
                ("address", models.CharField(blank=True, max_length=45)),
                ("endpoint", models.CharField(blank=True, max_length=80)),
                ("count", models.PositiveBigIntegerField()),
                ("last_at", models.DateTimeField(help_text="to the minute")),
            ],
            options={
                "ordering": ("-hour", "-count"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "kind", "principal", "address", "endpoint"), name="violation_once_an_hour"
                    ),
                    models.CheckConstraint(condition=models.Q(("count__gt", 0)), name="violation_counts"),
                ],
            },
        ),
    ]
