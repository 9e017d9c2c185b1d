"""Reviewed sessions and acknowledged alerts, each by a permission of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("swaps", "0013_console_indexes")]

    operations = [
        migrations.AlterModelOptions(
            name="swapsession",
            options={
                "permissions": [
                    ("refund_session", "May order a refund"),
                    ("review_session", "May mark a session as reviewed"),
                ]
            },
        ),
        migrations.AlterModelOptions(
            name="alert",
            options={
                "ordering": ["-seq"],
                "permissions": [("acknowledge_alert", "May say that somebody is at it")],
            },
        ),
        migrations.AddField(
            model_name="alert",
            name="acknowledged_at",
            field=models.DateTimeField(help_text="of a raised one: since when somebody is at it", null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="acknowledged_by",
            field=models.CharField(blank=True, max_length=150),
        ),
    ]
