"""Presets that operators set."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0001_quotes")]

    operations = [
        migrations.CreateModel(
            name="PresetSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "route",
                    models.CharField(help_text="default, or a route as base>near", max_length=70, unique=True),
                ),
                (
                    "config",
                    models.JSONField(
                        help_text="what differs: fast, normal, slow and impact, each with only what is otherwise"
                    ),
                ),
                ("actor", models.CharField(max_length=150)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ("route",),
                "permissions": [("set_presets", "May set how swaps are auctioned")],
            },
        ),
    ]
