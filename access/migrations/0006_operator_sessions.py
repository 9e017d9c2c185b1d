"""Whose each session of the console is, and two duties towards people."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="duty",
            options={
                "default_permissions": (),
                "managed": False,
                "permissions": (
                    ("propose_actions", "May propose an action that moves money or pauses"),
                    ("execute_actions", "May carry out an action"),
                    ("approve_actions", "May approve another operator's action"),
                    ("unlock_people", "May end a lock-out of the login"),
                    ("reset_second_factor", "May take away a person's second factor"),
                ),
            },
        ),
        migrations.CreateModel(
            name="OperatorSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("began_at", models.DateTimeField()),
                ("address", models.CharField(blank=True, max_length=45)),
                ("browser", models.CharField(blank=True, help_text="as it names itself", max_length=200)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="console_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ("-began_at",), "default_permissions": ()},
        ),
    ]
