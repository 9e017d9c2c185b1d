"""A principal's updates in one order, and what operators are told."""

from django.db import migrations, models
from django.db.models import Q

OWNERS = """
UPDATE swaps_sessiontransition AS row SET principal = session.principal
FROM swaps_swapsession AS session WHERE session.id = row.session_id
"""


class Migration(migrations.Migration):
    dependencies = [("swaps", "0007_slippage_and_maker_calls")]

    operations = [
        migrations.AddField(
            "sessiontransition",
            "principal",
            models.CharField(default="", help_text="whose session it is", max_length=80),
            preserve_default=False,
        ),
        migrations.RunSQL(OWNERS, migrations.RunSQL.noop),
        migrations.AddField(
            "sessiontransition",
            "position",
            models.PositiveBigIntegerField(help_text="among all of the principal's, once it was asked for", null=True),
        ),
        migrations.AddIndex(
            "sessiontransition",
            models.Index(
                condition=Q(position__isnull=True), fields=["principal", "id"], name="transition_without_position"
            ),
        ),
        migrations.AddConstraint(
            "sessiontransition",
            models.UniqueConstraint(
                condition=Q(position__isnull=False), fields=("principal", "position"), name="transition_unique_position"
            ),
        ),
        migrations.AddConstraint(
            "sessiontransition",
            models.CheckConstraint(condition=~Q(principal=""), name="transition_has_principal"),
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveBigIntegerField(unique=True)),
                ("key", models.CharField(max_length=200)),
                ("state", models.CharField(choices=[("raised", "Raised"), ("cleared", "Cleared")], max_length=8)),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Info"), ("warning", "Warning"), ("error", "Error")], max_length=8
                    ),
                ),
                ("message", models.CharField(max_length=300)),
                ("action", models.CharField(blank=True, help_text="what to do about it", max_length=200)),
                (
                    "session_id",
                    models.CharField(
                        blank=True, help_text="the session it is about, if it is about one", max_length=40
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "cleared_at",
                    models.DateTimeField(help_text="of a raised one: when it was over", null=True),
                ),
            ],
            options={
                "ordering": ["-seq"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(cleared_at=None, state="raised"), fields=("key",), name="alert_stands_once"
                    ),
                    models.CheckConstraint(condition=~Q(key="") & ~Q(message=""), name="alert_says_something"),
                ],
            },
        ),
    ]
