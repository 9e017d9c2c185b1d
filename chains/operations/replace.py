"""A stuck transaction on an EVM chain pays more at once, by the same nonce: one of the two lands, never both."""

from access.actions.errors import ActionRefused
from access.actions.kinds import About, ActionKind, Order, Parameters, Tell
from access.actions.plans import Call, Plan, Step
from access.actions.registry import registry as actions
from chains.config import ChainConfig
from chains.errors import ChainError
from chains.models import ChainTransaction
from chains.operations.words import about_transaction, call_words, coins, config_of, halted, short, transaction_get
from chains.services.sending.fees import Fees, bumped, ordinary_limit

State, Kind = ChainTransaction.State, ChainTransaction.Kind
WAITING = (State.SIGNED, State.BROADCAST)


class ReplaceTransaction(ActionKind):
    name, title, verb = "transaction.replace", "Replace a stuck transaction", "Replace it"
    permission, icon, dangerous, works_later = "chains.replace_transaction", "bolt", True, True

    def about(self, subject: str) -> About:
        return about_transaction(transaction_get(subject))

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        sent = transaction_get(subject)
        config = config_of(sent.chain_id)
        why_not = _why_not(sent, config)
        if why_not:
            return Plan(sentence="", why_not=why_not, state=sent.state)
        least, gas = bumped(_offered(sent)), int(sent.fields["gas"])
        cost = coins(config, gas * least.max_fee)
        step = Step(
            f"The same call, nonce {sent.nonce}",
            call=_call(sent, config, least),
            cost=cost,
        )
        return Plan(
            sentence=f"{short(sent.hash)} waits since {sent.waiting_since:%H:%M:%S} UTC. A rival with the same nonce pays at "
            "least an eighth more. Only one of the two can land, so its effect happens once.",
            steps=(step,),
            effects=(
                "The fee named is the most that it may cost; what is paid is the base fee and the tip of its block.",
            ),
            value_usd=actions.worth(cost.symbol, cost.amount, cost.decimals),
            state=f"{sent.hash}:{sent.state}",
        )

    def run(self, order: Order) -> str:
        return "A rival is signed and sent now."

    def work(self, order: Order, tell: Tell) -> str:
        from chains.services.sending.evm import EvmSender

        sent = transaction_get(order.subject)
        if sent.state in WAITING:
            try:
                EvmSender(sent.chain_id).outbid_now(sent, sent.chain)
            except ChainError as error:
                raise ActionRefused(f"The node did not help: {error}. Nothing was sent; try again.") from error
            sent.refresh_from_db()
        rival = ChainTransaction.objects.filter(replaces=sent).first()
        if sent.state == State.REPLACED and rival is not None:
            return f"It is replaced by {rival.hash}, which offers {rival.fields['maxFeePerGas']} wei a gas at most."
        if sent.state in WAITING:
            why = sent.intent.attention or "what it would cost is above the fee cap"
            raise ActionRefused(f"No rival was made: {why}.")
        return f"It is {sent.state} meanwhile: nothing had to be replaced."


def _call(sent: ChainTransaction, config: ChainConfig, least: Fees) -> Call:
    if sent.kind == Kind.CALL:
        told = call_words(sent.intent.call, config)
    else:
        told = Call(config.name, str(sent.fields.get("to", "")), "a transfer of nothing to ourselves")
    prices = (("Pays at most", f"{least.max_fee} wei a gas"), ("Tip", f"{least.tip} wei a gas"))
    return Call(told.chain, told.contract, told.method, (*told.arguments, *prices))


def _offered(sent: ChainTransaction) -> Fees:
    return Fees(int(sent.fields["maxFeePerGas"]), int(sent.fields["maxPriorityFeePerGas"]))


def _why_not(sent: ChainTransaction, config: ChainConfig) -> str:
    if config.family != "evm":
        until = f" at height {sent.valid_until_height}" if sent.valid_until_height else ""
        return (
            "NEAR knows no replacement by price. The same bytes are sent again by themselves; they expire with their block hash"
            f"{until}, and are signed anew then"
        )
    if sent.state not in WAITING:
        return f"it does not wait: it is {sent.get_state_display()}"
    if sent.kind == Kind.CALL and sent.intent.cancel_requested_at is not None:
        return "it is not wanted any more: a rival that does nothing is on its way"
    least, limit = bumped(_offered(sent)).max_fee, ordinary_limit(config.max_fee_wei)
    if least > limit:
        return f"an eighth more is {least} wei a gas, above the fee cap of {config.name} ({limit}): it waits for a cheaper hour"
    return halted(sent.chain)
