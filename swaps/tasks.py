"""The jobs of `swaps`: ids only, safe to run twice or late."""

from procrastinate.contrib.django import app


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


@app.periodic(cron="* * * * * */30")
@app.task(name="swaps.tend_strays", queue="sweeps")
def tend_strays(timestamp: int) -> None:
    """Send back the locks that were not what was agreed, once their timelocks allow it."""
    from swaps.services.strays import strays_tend

    strays_tend()


@app.periodic(cron="*/10 * * * *")
@app.task(name="swaps.reconcile_books", queue="sweeps", queueing_lock="reconcile_books")
def reconcile_books(timestamp: int) -> None:
    """Compare the books with the chains; metrics tell of every difference."""
    from swaps.services.reconcile import reconcile_and_record

    reconcile_and_record()


@app.periodic(cron="23 * * * *")
@app.task(name="swaps.purge_fusion_quotes", queue="sweeps")
def purge_fusion_quotes(timestamp: int) -> None:
    """Every hour, quotes that nobody can order by any more go."""
    from swaps.fusion.quoting import quotes_purge

    quotes_purge()
