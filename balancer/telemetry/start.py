"""Switched on when a process starts to serve: spans and error reports. Logs are there from the settings on."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from balancer.telemetry.identity import role_set


def telemetry_start(role: str) -> None:
    """`role`: web, worker, watcher-NAME. What is not configured is not imported."""
    role_set(role)
    telemetry = settings.TELEMETRY
    if telemetry.sentry is not None:
        from balancer.telemetry.errors import errors_start

        errors_start(telemetry.sentry, role)
    if telemetry.traces is not None:
        from balancer.telemetry.traces import traces_start

        traces_start(telemetry.traces, telemetry.sample_ratio)


@contextmanager
def telling(kind: str, name: str) -> Iterator[None]:
    """A companion of long-running commands (`chains.daemons`). A worker's jobs know what they go back to."""
    telemetry_start(f"{kind}-{name}" if name else kind)
    if kind == "worker":
        from balancer.telemetry.jobs import jobs_trace

        jobs_trace()
    yield
