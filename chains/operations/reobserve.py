"""Looking for a transaction again: the providers are asked for its receipt or outcome, and its app looks at what follows."""

from access.actions.errors import ActionRefused
from access.actions.kinds import About, ActionKind, Order, Parameters, Tell
from access.actions.plans import Plan, Step
from chains.errors import ChainError
from chains.models import ChainTransaction
from chains.operations.words import about_transaction, config_of, halted, short, transaction_get
from chains.registry import registry
from chains.services.sending import sender_for
from chains.watchers import watcher_for

State = ChainTransaction.State
ENDED = (State.SUCCEEDED, State.FAILED)


class ReobserveTransaction(ActionKind):
    """Believes what as many providers say alike as money needs, and nothing else. Sends no new transaction."""

    name, title, verb = "transaction.reobserve", "Look for a transaction again", "Look again"
    permission, icon, works_later = "chains.reobserve_transaction", "visibility", True

    def about(self, subject: str) -> About:
        return about_transaction(transaction_get(subject))

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        sent = transaction_get(subject)
        config = config_of(sent.chain_id)
        asked = f"{config.providers_needed} provider{'s' if config.providers_needed > 1 else ''} must agree"
        return Plan(
            sentence=f"The providers of {config.name} are asked what became of {short(sent.hash)}; {asked}. By what we know it "
            f"is {sent.get_state_display()}.",
            steps=(Step("Ask for its receipt, and read the events of its block again", is_free=True),),
            effects=(
                "Events that were missed are stored once, and the swap goes on by them.",
                "Bytes that wait unseen are sent again, as they are by themselves every few seconds.",
            ),
            why_not=halted(sent.chain),
            state=sent.hash,
        )

    def run(self, order: Order) -> str:
        return "The providers are asked now."

    def work(self, order: Order, tell: Tell) -> str:
        sent = transaction_get(order.subject)
        before = sent.state
        try:
            sender_for(sent.chain_id).reobserve(sent, sent.chain)
            sent.refresh_from_db()
            found = self._events(sent)
        except ChainError as error:
            raise ActionRefused(
                f"The providers gave no answer that money may rest on: {error}. Nothing was changed."
            ) from error
        look_again = registry.look_again.get(sent.intent.subject_type)
        if look_again:
            look_again(sent.intent.subject_id)
        known = f"It is {sent.get_state_display()}, as we knew." if sent.state == before else _news(sent, before)
        return f"{known} {_events_words(found)}"

    @staticmethod
    def _events(sent: ChainTransaction) -> int | None:
        """How many events of its block were missing; None where it is in no final block."""
        if sent.state not in ENDED or not sent.block_hash:
            return None
        return watcher_for(sent.chain_id).read_block_again(sent.block_hash)


def _news(sent: ChainTransaction, before: str) -> str:
    return f"It is {sent.get_state_display()} now, and was {State(before).label}."


def _events_words(found: int | None) -> str:
    if found is None:
        return "It is in no final block, so there are no events to read."
    return (
        f"{found} events of its block had been missed, and are stored."
        if found
        else "No event of its block was missing."
    )
