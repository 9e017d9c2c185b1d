"""The jobs of `access`."""

import structlog
from procrastinate.contrib.django import app

log = structlog.get_logger(__name__)


@app.periodic(cron="17 * * * *")
@app.task(name="access.purge_idempotency", queue="sweeps")
def purge_idempotency(timestamp: int) -> None:
    """Every hour, answers past their life go."""
    from access.idempotency import idempotency_purge

    log.info("access.idempotency_purged", rows=idempotency_purge())
