"""The jobs of webhooks: their own queue, and no arguments."""

from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

QUEUE = "webhooks"


@app.task(name="webhooks.deliver", queue=QUEUE, queueing_lock="webhooks.deliver")
def deliver() -> None:
    """Send what is due."""
    from access.webhooks.services.pump import pump

    if pump():
        wake()


@app.periodic(cron="* * * * * */5")
@app.task(name="webhooks.sweep", queue=QUEUE)
def sweep(timestamp: int) -> None:
    """The queue may lose a job, the database may not: look for what is due, retries among it."""
    from access.webhooks.services.pump import pump

    if pump():
        wake()


@app.periodic(cron="37 * * * *")
@app.task(name="webhooks.purge", queue="sweeps")
def purge(timestamp: int) -> None:
    """Every hour, what is past its retention goes."""
    from access.webhooks.services.purging import webhooks_purge

    webhooks_purge()


def wake() -> None:
    """Have what is due sent soon; one waiting job is enough for any number of callers."""
    with suppress(AlreadyEnqueued):
        deliver.defer()
