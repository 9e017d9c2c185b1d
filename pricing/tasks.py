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


@app.periodic(cron="* * * * * */10")
@app.task(name="pricing.sample_prices", queue="sweeps", queueing_lock="sample_prices")
def sample_prices(timestamp: int) -> None:
    """Every ten seconds, what everything is worth goes into its minute."""
    from pricing.history.recording import prices_sample

    prices_sample()


@app.periodic(cron="41 * * * *")
@app.task(name="pricing.purge_candles", queue="sweeps")
def purge_candles(timestamp: int) -> None:
    """Every hour, minutes that are older than they are kept go."""
    from pricing.history.recording import candles_purge

    log.info("pricing.candles_purged", rows=candles_purge())
