"""What the job queue's own tables tell: whether workers live, and how long due jobs wait."""

from typing import Any

from django.db import connection

_SILENT = "SELECT EXTRACT(EPOCH FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
_WAITED = """
    SELECT EXTRACT(EPOCH FROM now() - min(GREATEST(deferred.at, job.scheduled_at)))
    FROM procrastinate_jobs job
    JOIN procrastinate_events deferred ON deferred.job_id = job.id AND deferred.type IN ('deferred', 'deferred_for_retry')
    WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
"""
_FAILED = """
    SELECT count(*) FROM procrastinate_events failed JOIN procrastinate_jobs job ON job.id = failed.job_id
    WHERE failed.type = 'failed' AND failed.at > now() - interval '1 hour' AND job.status = 'failed'
"""
_COUNT = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2"


def worker_silent_seconds() -> float | None:
    """Since any worker last reported; None when there is none."""
    found = _row(_SILENT)[0]
    return None if found is None else float(found)


def job_waited_seconds() -> float:
    """How long the oldest job that is due has waited; 0 when none is."""
    found = _row(_WAITED)[0]
    return 0.0 if found is None else max(0.0, float(found))


def jobs_by_queue() -> list[tuple[str, str, int]]:
    """Queue, status and number of its jobs."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return [(queue, status, int(count)) for queue, status, count in cursor.fetchall()]


def jobs_failed_lately() -> int:
    """Jobs that used up their attempts within an hour, and that nobody has tried again since."""
    return int(_row(_FAILED)[0])


def _row(query: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: tuple[Any, ...] = cursor.fetchone()
        return found
