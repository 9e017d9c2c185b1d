"""The jobs of `swaps`: ids only, safe to run twice or late."""

from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


@app.task(name="swaps.advance_session", queue="money", retry=5)
def advance_session(*, session_id: str) -> None:
    """Look at a session's facts and bring it as far as they allow; what it ordered is sent at once.

    The orders were deferred as jobs as well: if this process dies here, another one sends them.
    """
    from chains.services.sending import intent_send
    from swaps.selectors import intents_to_send
    from swaps.services.advance import session_advance

    session_advance(session_id=session_id)
    for intent_id in intents_to_send(session_id):
        intent_send(intent_id=intent_id)


@app.periodic(cron="* * * * * */10")
@app.task(name="swaps.sweep_sessions", queue="sweeps")
def sweep_sessions(timestamp: int) -> None:
    """The queue may lose a job, the database may not: look at every session whose time has come."""
    from swaps.selectors import sessions_due

    for session_id in sessions_due():
        advance_session.defer(session_id=session_id)


@app.task(name="swaps.announce_updates", queue="webhooks", queueing_lock="swaps.announce_updates")
def announce_updates() -> None:
    """Hand what was committed over to webhooks, and have it sent."""
    from access.webhooks.tasks import wake
    from swaps.services.webhooks import webhooks_announce

    if webhooks_announce():
        wake()


@app.periodic(cron="* * * * * */5")
@app.task(name="swaps.sweep_updates", queue="webhooks")
def sweep_updates(timestamp: int) -> None:
    """The same, should a wake-up have been lost."""
    announce_updates.func()


def announcements_wake() -> None:
    """Have `announce_updates` run soon; one waiting job is enough for any number of callers."""
    with suppress(AlreadyEnqueued):
        announce_updates.defer()


@app.periodic(cron="* * * * * */30")
@app.task(name="swaps.tend_strays", queue="sweeps")
def tend_strays(timestamp: int) -> None:
    """Send back the locks that were not what was agreed, once their timelocks allow it."""
    from swaps.services.strays import strays_tend

    strays_tend()


@app.periodic(cron="* * * * * */30")
@app.task(name="swaps.read_stock", queue="sweeps", queueing_lock="read_stock")
def read_stock(timestamp: int) -> None:
    """How much of our tokens quotes may promise."""
    from swaps.services.stock import stock_read

    stock_read()


@app.periodic(cron="*/10 * * * *")
@app.task(name="swaps.reconcile_books", queue="sweeps", queueing_lock="reconcile_books")
def reconcile_books(timestamp: int) -> None:
    """Compare the books with the chains; metrics tell of every difference."""
    from swaps.services.reconcile import reconcile_and_record

    reconcile_and_record()
