"""The jobs of `chains`: they carry ids only, and each may be run twice or late without harm."""

from procrastinate.contrib.django import app

from chains.services import sending
from chains.services.providers import providers_note


@app.task(name="chains.send_intent", queue="money", retry=5)
def send_intent(*, intent_id: int) -> None:
    """Sign, store and broadcast what an intent wants."""
    sending.intent_send(intent_id=intent_id)


@app.task(name="chains.tend_transactions", queue="money")
def tend_transactions(*, chain: str) -> None:
    """Look after the open transactions of a chain."""
    sending.transactions_tend(chain=chain)
    providers_note(chain=chain)


@app.periodic(cron="* * * * * */10")
@app.task(name="chains.sweep_intents", queue="sweeps")
def sweep_intents(timestamp: int) -> None:
    """The queue may lose a job, the database may not: send what is still pending."""
    from chains.selectors import intents_overdue

    for intent in intents_overdue():
        send_intent.defer(intent_id=intent.pk)
