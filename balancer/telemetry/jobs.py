"""What every job passes in a worker: its log lines name the job, what it is about and the request behind that; it is a span."""

from collections.abc import Callable
from typing import Any

from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from structlog.contextvars import bound_contextvars, clear_contextvars

from access.tracing import span
from access.trails import trail
from chains.models import Intent


def jobs_trace() -> None:
    """Have the worker that this process starts pass its jobs through `job_traced`, innermost."""
    passed = app.worker_defaults.setdefault("task_middleware", [])
    if job_traced not in passed:
        passed.append(job_traced)


def job_traced(call_next: Callable[[], Any], context: JobContext, _worker: Any) -> Any:
    """A task middleware of procrastinate's, in the thread that runs the job."""
    clear_contextvars()
    job = context.job
    with bound_contextvars(job=job.id, task=job.task_name):
        subject = _subject(job.task_kwargs)
        with trail(subject), span(f"job {job.task_name}", subject=subject, job=job.id, attempt=job.attempts):
            return call_next()


def _subject(arguments: dict[str, Any]) -> str:
    """The session that a job is about; empty for one that is about none, or when the database cannot say."""
    if "session_id" in arguments:
        return str(arguments["session_id"])
    if "intent_id" not in arguments:
        return ""
    found = Intent.objects.filter(pk=arguments["intent_id"]).values_list("subject_id", flat=True).first()
    return found or ""
