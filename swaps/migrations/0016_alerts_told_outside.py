from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("swaps", "0015_search_and_saved_views")]

    operations = [
        migrations.CreateModel(
            name="AlertMute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(help_text="an alert's key, or the name of a rule", max_length=200, unique=True),
                ),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
                ("muted_by", models.CharField(max_length=80)),
                ("muted_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["until"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(target="") & ~Q(reason=""), name="mute_says_why")
                ],
            },
        ),
        migrations.AddField(
            model_name="alert",
            name="rule",
            field=models.CharField(blank=True, default="", help_text="its page in docs/runbook.md", max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="alert",
            name="notified_at",
            field=models.DateTimeField(help_text="when it was last put into a message to operators", null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="quiet",
            field=models.BooleanField(
                default=False, help_text="nobody was told outside of the console: it was muted"
            ),
        ),
        # what was told before there were messages is not told again
        migrations.RunSQL("UPDATE swaps_alert SET notified_at = at", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(condition=Q(("notified_at", None)), fields=["seq"], name="alert_to_notify"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=Q(state="raised", cleared_at=None), fields=["-seq"], name="alert_standing"
            ),
        ),
    ]
