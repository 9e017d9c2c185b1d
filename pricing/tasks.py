"""The jobs of `pricing`."""

import structlog
from procrastinate.contrib.django import app

log = structlog.get_logger(__name__)


@app.periodic(cron="29 * * * *")
@app.task(name="pricing.purge_quotes", queue="sweeps")
def purge_quotes(timestamp: int) -> None:
    """Every hour, quotes that expired a day ago go."""
    from pricing.giving import quotes_purge

    log.info("pricing.quotes_purged", rows=quotes_purge())
