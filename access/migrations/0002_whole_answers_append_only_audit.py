"""Idempotent answers are kept whole, by the transaction that did the work; the audit trail can only grow."""

from django.db import migrations, models
from django.db.models.functions import Now

APPEND_ONLY = """
CREATE FUNCTION access_auditentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are added, never changed or deleted';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION access_auditentry_append_only();
"""
REWRITABLE = """
DROP TRIGGER append_only ON access_auditentry;
DROP FUNCTION access_auditentry_append_only();
"""
ACTOR_KINDS = ["api_key", "jwt", "operator", "command", "system"]


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="apikey", options={"ordering": ("-created_at",), "verbose_name": "API key"}
        ),
        migrations.AlterModelOptions(
            name="auditentry", options={"ordering": ("-at", "-pk"), "verbose_name_plural": "audit entries"}
        ),
        migrations.AlterField(
            model_name="apikey",
            name="name",
            field=models.CharField(help_text="whose it is, for people", max_length=80),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("prefix__regex", "^[0-9a-f]{12}$")), name="api_key_prefix_is_hex"
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("scopes__len__gte", 1)), name="api_key_has_scopes"
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="api_key_has_name"
            ),
        ),
        migrations.DeleteModel(name="IdempotencyRecord"),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("principal", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=255)),
                ("call", models.CharField(help_text="method and path, for people", max_length=200)),
                ("request_hash", models.CharField(help_text="SHA-256 of method, path and body", max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("headers", models.JSONField(default=dict)),
                (
                    "answer",
                    models.TextField(help_text="JSON, with its fields in the order in which they were sent"),
                ),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="idempotency_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("principal", "key"), name="idempotency_one_per_principal"),
                    models.CheckConstraint(
                        condition=models.Q(("status__gte", 200), ("status__lt", 500)),
                        name="idempotency_answer_is_definite",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="auditentry",
            name="request_id",
            field=models.CharField(
                blank=True, help_text="the request's or job's id, as in the logs", max_length=64
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor_kind",
            field=models.CharField(
                choices=[
                    ("api_key", "Api Key"),
                    ("jwt", "Jwt"),
                    ("operator", "Operator"),
                    ("command", "Command"),
                    ("system", "System"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["target", "at"], name="audit_by_target"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor_kind__in", ACTOR_KINDS)), name="audit_actor_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("action", ""), _negated=True), name="audit_has_action"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, REWRITABLE),
    ]
