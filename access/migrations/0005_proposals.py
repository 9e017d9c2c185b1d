"""What operators ask for, who lets it through, and what becomes of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_chained_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=80)),
                ("parameters", models.JSONField(default=dict)),
                ("fingerprint", models.CharField(help_text="SHA-256 of the parameters", max_length=64)),
                ("reason", models.CharField(help_text="why, for whoever reads the books later", max_length=500)),
                ("plan", models.JSONField(default=dict, help_text="what would be done, as it was shown")),
                ("digest", models.CharField(blank=True, help_text="SHA-256 of what would be done", max_length=64)),
                (
                    "value_usd",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="at stake, US dollars; empty: a price is missing",
                        max_digits=40,
                        null=True,
                    ),
                ),
                ("needs_approval", models.BooleanField(default=False)),
                (
                    "why_two",
                    models.CharField(blank=True, help_text="why a second person is needed, if one is", max_length=200),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "waits for a second person"),
                            ("approved", "let through: its work is under way"),
                            ("executed", "done, or handed to the engine"),
                            ("failed", "was not done"),
                            ("rejected", "a second person said no"),
                            ("withdrawn", "taken back by whoever proposed it"),
                            ("expired", "nobody decided in time"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("token", models.CharField(blank=True, help_text="of the form that was sent", max_length=64)),
                ("batch", models.CharField(blank=True, help_text="of what was asked for at once", max_length=64)),
                ("proposed_by", models.CharField(max_length=150)),
                ("proposed_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("approved_by", models.CharField(blank=True, max_length=150)),
                (
                    "closed_by",
                    models.CharField(blank=True, help_text="who rejected it or took it back", max_length=150),
                ),
                ("remark", models.CharField(blank=True, help_text="what the second person said", max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "touched_at",
                    models.DateTimeField(auto_now=True, help_text="of work that is under way: when it last told"),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("done", models.BigIntegerField(default=0, help_text="of work that is under way: how much is done")),
                ("of", models.BigIntegerField(default=0, help_text="of how much; 0: not known")),
                ("outcome", models.TextField(blank=True, help_text="what became of it, in words")),
            ],
            options={
                "ordering": ("-pk",),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["subject", "-id"], name="proposal_by_subject"),
                    models.Index(
                        condition=models.Q(("batch", ""), _negated=True), fields=["batch"], name="proposal_by_batch"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("proposed", "approved"))),
                        fields=["state"],
                        name="proposal_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("proposed", "approved"))),
                        fields=("kind", "subject", "fingerprint"),
                        name="proposal_open_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("token", ""), _negated=True),
                        fields=("token",),
                        name="proposal_once_for_each_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by", ""),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("needs_approval", False),
                            models.Q(("state__in", ("approved", "executed")), _negated=True),
                            models.Q(("approved_by", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_runs_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("proposed_by", ""), _negated=True)
                        ),
                        name="proposal_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("proposed", "approved", "executed", "failed", "rejected", "withdrawn", "expired"),
                            )
                        ),
                        name="proposal_state_is_known",
                    ),
                ],
            },
        ),
    ]
