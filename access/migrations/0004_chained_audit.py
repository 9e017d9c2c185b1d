"""The audit trail becomes a chain, what is there already included; it can neither be emptied nor rewritten by statement."""

import time

import django.contrib.postgres.indexes
from django.db import migrations, models

from access.audit.encoding import CONTENT_SQL, GENESIS, chained

BATCH = 5_000
CHAINED = """
DROP TRIGGER append_only ON access_auditentry;
CREATE OR REPLACE FUNCTION access_auditentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL
       AND (NEW.id, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.action, NEW.target, NEW.outcome, NEW.address, NEW.detail::text,
            NEW.request_id)
         IS NOT DISTINCT FROM
           (OLD.id, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.action, OLD.target, OLD.outcome, OLD.address, OLD.detail::text,
            OLD.request_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit entries are added, never changed or deleted';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION access_auditentry_append_only();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON access_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION access_auditentry_append_only();
ALTER TABLE access_auditentry ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE access_auditentry ENABLE ALWAYS TRIGGER never_emptied;
"""
UNCHAINED = """
DROP TRIGGER never_emptied ON access_auditentry;
DROP TRIGGER append_only ON access_auditentry;
CREATE OR REPLACE FUNCTION access_auditentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are added, never changed or deleted';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION access_auditentry_append_only();
"""
LINK = """
UPDATE access_auditentry AS entry
SET seq = link.seq, previous = link.previous, hash = link.hash, linked_at = to_timestamp(0) + %s * interval '1 microsecond'
FROM unnest(%s::bigint[], %s::bigint[], %s::varchar[], %s::varchar[]) AS link (id, seq, previous, hash)
WHERE entry.id = link.id
"""


def link(apps, schema_editor):
    """Every row that stands gets its place, in the order in which they were written."""
    head, last_id = GENESIS, 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT {CONTENT_SQL} FROM access_auditentry WHERE id > %s ORDER BY id LIMIT %s", [last_id, BATCH]
            )
            contents = cursor.fetchall()
            if not contents:
                return
            now = time.time_ns() // 1000
            links = list(chained(head, now, contents))
            columns = zip(*((pk, own.seq, before.hash, own.hash) for pk, before, own in links))
            cursor.execute(LINK, [now, *(list(column) for column in columns)])
            head, last_id = links[-1][2], contents[-1][0]


class Migration(migrations.Migration):
    dependencies = [("access", "0003_rotation_limits_addresses_violations")]

    operations = [
        migrations.AlterModelOptions(
            name="auditentry", options={"ordering": ("-pk",), "verbose_name_plural": "audit entries"}
        ),
        migrations.CreateModel(
            name="AuditCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("by", models.CharField(help_text="who walked: a job or a command", max_length=80)),
                ("since_seq", models.BigIntegerField(help_text="the row after which it began")),
                ("seq", models.BigIntegerField(help_text="the last row that it saw")),
                ("hash", models.CharField(help_text="that row's hash", max_length=64)),
                ("rows", models.BigIntegerField()),
                ("seconds", models.FloatField()),
                ("faults", models.JSONField(default=list, help_text="sentences; empty: all was well")),
            ],
            options={"ordering": ("-pk",)},
        ),
        migrations.AddField(
            model_name="auditentry",
            name="seq",
            field=models.BigIntegerField(
                blank=True, help_text="the place in the chain, from 1; empty: not linked yet", null=True
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="previous",
            field=models.CharField(
                blank=True, default="", help_text="the hash of the row before it", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditentry",
            name="hash",
            field=models.CharField(
                blank=True, default="", help_text="SHA-256 of all fields and of the row before it", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditentry", name="linked_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.RunSQL("ALTER TABLE access_auditentry DISABLE TRIGGER append_only", migrations.RunSQL.noop),
        migrations.RunPython(link, migrations.RunPython.noop),
        migrations.RunSQL(CHAINED, UNCHAINED),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("request_id", ""), _negated=True), fields=["request_id"], name="audit_by_request"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(condition=models.Q(("seq", None)), fields=["id"], name="audit_unlinked"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["at"], name="audit_by_time"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("seq__isnull", False)), fields=("seq",), name="audit_one_place_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hash", ""), ("linked_at", None), ("previous", ""), ("seq", None)),
                    models.Q(
                        ("hash__regex", "^[0-9a-f]{64}$"),
                        ("linked_at__isnull", False),
                        ("previous__regex", "^[0-9a-f]{64}$"),
                        ("seq__gte", 1),
                    ),
                    _connector="OR",
                ),
                name="audit_linked_wholly",
            ),
        ),
    ]
