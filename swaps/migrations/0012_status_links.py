"""Which link to a session's status page is good, where it is not the first."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("swaps", "0011_stock"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatusLink",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="status_link",
                        serialize=False,
                        to="swaps.swapsession",
                    ),
                ),
                ("number", models.PositiveIntegerField(default=1)),
                (
                    "withdrawn_at",
                    models.DateTimeField(help_text="no link opens the page; null while one does", null=True),
                ),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
        ),
    ]
