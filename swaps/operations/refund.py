"""Ordering a refund: every lock of a swap that can go back, goes back to whoever locked it."""

from dataclasses import replace
from decimal import Decimal

from access.actions.kinds import About, ActionKind, Order, Parameters
from access.actions.plans import NOTHING, Call, Coins, Plan, Step
from access.actions.registry import registry
from chains.config import chain_config
from chains.costs import Work
from chains.errors import CostUnknown
from chains.services.costs import costs_of
from swaps.locks import lock_session
from swaps.models import Leg, SwapSession
from swaps.operations.under_way import UnderWay, refunds_under_way, why_under_way
from swaps.operations.words import about_session, coins_of, session_of
from swaps.services.legs import family_of
from swaps.services.refunds import RefundOption, refund_options, refund_request


class RefundSession(ActionKind):
    name, title, verb = "session.refund", "Refund", "Order the refund"
    permission, icon, dangerous = "swaps.refund_session", "undo", True

    def about(self, subject: str) -> About:
        return about_session(session_of(subject))

    def lock(self, subject: str) -> None:
        lock_session(session_of(subject).pk)

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        session = session_of(subject)
        options, ordered = refund_options(session), refunds_under_way(session)
        steps = tuple(_step(option, ordered) for option in options)
        going = [step for step in steps if step.possible]
        why_not = why_under_way(ordered) or ("" if going else _why_not(options))
        times = [option.not_before for option in options if option.not_before]
        return Plan(
            sentence=_sentence(going),
            steps=steps,
            effects=_effects(session, steps),
            why_not=why_not,
            not_before=min(times) if times and not going and not ordered else None,
            value_usd=_value([step.moves for step in going if step.moves]),
            state=session.pk,
            remedies=tuple(remedy for one in ordered for remedy in one.remedies),
        )

    def run(self, order: Order) -> str:
        rows = refund_request(session_id=order.subject, actor=order.actor, reason=order.reason)
        legs = " and ".join(f"the {row.leg.side} lock on {row.leg.chain_id}" for row in rows)
        return f"The refund of {legs} is ordered. It is sent once; the swap's page shows it, and when it is final."


def _step(option: RefundOption, ordered: list[UnderWay]) -> Step:
    leg = option.leg
    standing = next((one for one in ordered if one.refund.leg_id == leg.pk), None)
    if standing is not None and option.possible:
        option = replace(option, possible=False, why_not=standing.stuck or standing.words, not_before=None)
    return Step(
        title=f"{leg.side.capitalize()} lock on {leg.chain_id}",
        why_not=option.why_not,
        not_before=option.not_before,
        call=_call(leg) if option.possible else None,
        moves=coins_of(leg.chain_id, leg.token, int(leg.amount)) if option.possible or leg.lock_id else None,
        goes_to=leg.refundee,
        cost=_cost(leg) if option.possible else None,
    )


def _call(leg: Leg) -> Call:
    config, call = chain_config(leg.chain_id), family_of(leg.chain_id).refund_call(leg)
    if config.family == "evm":
        told = (("Through", f"{config.resolver}, our Resolver"),)
        return Call(config.name, f"{leg.lock_id}, the escrow", str(call["method"]), told)
    return Call(config.name, config.htlc, str(call["method"]), (("Lock", leg.lock_id),))


def _cost(leg: Leg) -> Coins | None:
    try:
        expense = costs_of(leg.chain_id, [Work.REFUND], token=leg.token)
    except CostUnknown:
        return None
    usd = registry.worth(expense.symbol, expense.gas, expense.decimals)
    return Coins(expense.gas, expense.symbol, expense.decimals, leg.chain_id, usd)


def _value(moved: list[Coins]) -> Decimal | None:
    """What all of them are worth; None where one has no price."""
    worths = [one.usd for one in moved]
    known = [worth for worth in worths if worth is not None]
    return None if len(known) != len(worths) else sum(known, NOTHING)


def _sentence(going: list[Step]) -> str:
    back = [f"{step.moves.document()['text']} back to {step.goes_to}" for step in going if step.moves]
    calls = "one call" if len(back) == 1 else "one call each"
    return f"This sends {' and '.join(back)}, by {calls}. Nobody else can be paid by it." if back else ""


def _effects(session: SwapSession, steps: tuple[Step, ...]) -> tuple[str, ...]:
    effects = []
    if session.cancel_requested_at is None and not session.is_terminal:
        effects.append(
            "The swap is given up for good: its secret is not revealed any more, and no new lock is made for it."
        )
    later = [step.title.lower() for step in steps if step.not_before and not step.possible]
    if later:
        effects.append(f"The {' and the '.join(later)}: it goes back by itself once its timelock allows it.")
    return tuple(effects)


def _why_not(options: list[RefundOption]) -> str:
    """What is missing; where it is time, that alone."""
    told = [option for option in options if option.not_before] or options
    return "; ".join(f"{option.leg.side} lock: {option.why_not}" for option in told)
