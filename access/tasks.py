"""The jobs of `access`."""

import structlog
from procrastinate.contrib.django import app

log = structlog.get_logger(__name__)


@app.periodic(cron="17 * * * *")
@app.task(name="access.purge_idempotency", queue="sweeps")
def purge_idempotency(timestamp: int) -> None:
    """Every hour, answers past their life go, and so do old refusals."""
    from access.idempotency import idempotency_purge
    from access.violations import violations_purge

    log.info("access.idempotency_purged", rows=idempotency_purge(), violations=violations_purge())


@app.periodic(cron="* * * * *")
@app.task(name="access.write_violations", queue="sweeps", queueing_lock="access.write_violations")
def write_violations(timestamp: int) -> None:
    """Every minute, refusals that were counted in Valkey become rows."""
    from access.limits.shared import LOST
    from access.violations import violations_write

    try:
        rows = violations_write()
    except LOST as error:  # they are kept, and written when it is back
        log.warning("access.violations_wait", error=type(error).__name__)
        return
    if rows:
        log.warning("access.violations", rows=rows)
