"""Making an action impossible that is no longer wanted: at once while nothing of it is out, else by a transfer of nothing to
ourselves with the same nonce."""

from decimal import Decimal

from access.actions.kinds import About, ActionKind, Order, Parameters
from access.actions.plans import Call, Coins, Plan, Step
from chains.config import ChainConfig
from chains.costs import sheet_of
from chains.models import ChainTransaction, Intent
from chains.operations.words import about_intent, call_words, coins, config_of, halted, intent_get, step_words
from chains.registry import registry
from chains.services.intents import intent_cancel
from chains.services.sending.fees import Fees, bumped

State = Intent.State
TRANSFER_GAS = 21_000
NEAR_TRANSFER_GAS = 446_365_125_000
"""A receipt and a transfer, sent and run: nearcore's `action_receipt_creation` and `transfer_cost`."""
ENDS = {
    State.DONE: "it is done: its transaction succeeded and is final",
    State.REVERTED: "its transaction failed for good: nothing of it is out",
    State.WITHDRAWN: "it is withdrawn already",
}


class CancelIntent(ActionKind):
    """Whoever ordered an action says whether it is still wanted; one that is cannot be cancelled here."""

    name, title, verb = "intent.cancel", "Cancel an action that is not wanted any more", "Cancel it"
    permission, icon, dangerous = "chains.cancel_intent", "block", True

    def about(self, subject: str) -> About:
        return about_intent(intent_get(subject))

    def lock(self, subject: str) -> None:
        registry.lock_subject(intent_get(subject))

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        intent = intent_get(subject)
        config, what = config_of(intent.chain_id), f"{step_words(intent.step)} on {intent.chain_id}"
        sent = intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).order_by("-pk").first()
        why_not = _why_not(intent, sent)
        if why_not:
            return Plan(sentence="", why_not=why_not, state=intent.state)
        if sent is None:
            step = Step(what, call=call_words(intent.call, config), is_free=True)
            sentence = f"{what} was never sent. It is withdrawn: it never will be."
            return Plan(sentence=sentence, steps=(step,), state=intent.state)
        cost = _cost(sent, config)
        nothing = Call(
            config.name, sent.account.address, "a transfer of nothing to ourselves", (("Nonce", str(sent.nonce)),)
        )
        return Plan(
            sentence=f"{what} is out as {sent.hash}. A transfer of nothing with the same nonce is sent: whichever lands first "
            "makes the other impossible.",
            steps=(Step(f"In the place of {what.lower()}", call=nothing, cost=cost),),
            effects=("It may still land before its rival. Only a final block tells which of the two did.",),
            value_usd=cost.usd if cost else Decimal(0),
            state=f"{intent.state}:{sent.hash}",
        )

    def run(self, order: Order) -> str:
        cancelled = intent_cancel(intent_get(order.subject), reason=f"{order.actor}: {order.reason}")
        look_again = registry.look_again.get(cancelled.subject_type)
        if look_again:
            look_again(cancelled.subject_id)
        if cancelled.state == State.WITHDRAWN:
            return "It is withdrawn: nothing of it can land any more."
        return "Its rival is sent now. A final block tells which of the two landed; the action's page shows it."


def _cost(sent: ChainTransaction, config: ChainConfig) -> Coins | None:
    """What the rival may cost at most; None on NEAR while the price of gas was never sampled."""
    if config.family != "evm":
        price = sheet_of(sent.chain.costs).gas_price
        return coins(config, NEAR_TRANSFER_GAS * price.price) if price else None
    offered = Fees(int(sent.fields["maxFeePerGas"]), int(sent.fields["maxPriorityFeePerGas"]))
    return coins(config, TRANSFER_GAS * bumped(offered).max_fee)


def _why_not(intent: Intent, sent: ChainTransaction | None) -> str:
    ended = ENDS.get(State(intent.state))
    if ended:
        return ended
    if intent.cancel_requested_at is not None:
        return f"it is being cancelled since {intent.cancel_requested_at:%H:%M:%S} UTC: a final block tells its end"
    if sent is not None and sent.state == ChainTransaction.State.INCLUDED:
        return f"its transaction is in block {sent.block_height} already: only its end can be waited for"
    wanted = registry.still_wanted.get(intent.subject_type)
    if wanted is None:
        return "nobody can say whether it is still wanted, so it is not cancelled"
    return wanted(intent) or halted(intent.chain)
