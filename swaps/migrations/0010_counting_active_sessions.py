"""Counting active sessions under a lock that most creations share."""

from django.db import migrations, models

FORWARDS = """
-- How many sessions are active, everybody's and one principal's, counted under a lock that lasts until the transaction ends.
--
-- Far from both limits the lock is shared, and new sessions are made side by side. Each of them sees what is committed, and not
-- what the others are about to commit; but there is one session in each transaction, and there cannot be more transactions than
-- connections. So while there is room for that many, nobody can exceed a limit. Nearer than that the lock is exclusive: it
-- waits for the sharers' commits, and its count is exact. A shared lock is let go of before, since of two who both
-- wait for the other's to be gone neither would ever get on: leaving the inner block by an exception does it.
--
-- Each count is a statement of its own, after its lock, and sees what was committed by then (READ COMMITTED).
CREATE FUNCTION swaps_count_active(
    whose text, most bigint, most_own bigint, OUT everybody bigint, OUT own bigint
) LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
    key CONSTANT bigint := hashtextextended('sessions', 0);
    connections CONSTANT bigint := current_setting('max_connections')::bigint;
BEGIN
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(key);
        SELECT count(*), count(*) FILTER (WHERE principal = whose) INTO everybody, own
            FROM swaps_swapsession WHERE finished_at IS NULL;
        IF everybody + connections <= most AND own + connections <= most_own THEN
            RETURN;
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'SWNEA', MESSAGE = 'near a limit';
    EXCEPTION WHEN SQLSTATE 'SWNEA' THEN
        NULL;
    END;
    PERFORM pg_advisory_xact_lock(key);
    SELECT count(*), count(*) FILTER (WHERE principal = whose) INTO everybody, own
        FROM swaps_swapsession WHERE finished_at IS NULL;
END
$body$
"""
BACKWARDS = "DROP FUNCTION swaps_count_active(text, bigint, bigint)"


class Migration(migrations.Migration):
    dependencies = [("swaps", "0009_fusion_quotes_are_quotes")]
    operations = [
        migrations.AddIndex(
            model_name="swapsession",
            index=models.Index(
                fields=["principal"], condition=models.Q(finished_at__isnull=True), name="session_active"
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
