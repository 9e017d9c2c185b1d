"""When an action needs a second person."""

from decimal import Decimal

from access.actions.actors import EXECUTE, Actor
from access.actions.money import dollars_text
from access.actions.plans import NOTHING, Plan
from access.actions.selectors import moved_alone_usd
from access.operating import four_eyes_above_usd


def second_person(plan: Plan, actor: Actor, beside: Decimal = NOTHING) -> str:
    """Why somebody else must let this through, for people; empty where nobody must. Four eyes are needed above the live setting
    `FOUR_EYES_ABOVE_USD`, and wherever a price is missing: what is not known is never taken for nothing. What he moved alone
    within the last hour counts with it, and what he asks for at the same time (`beside`, US dollars): many small ones are a
    great one."""
    if plan.needs_two:
        return plan.needs_two
    if plan.value_usd is None:
        return "What is at stake is not known: a price is missing."
    if plan.value_usd > 0 and (why := _above(plan.value_usd, beside + moved_alone_usd(actor.name))):
        return why
    return "" if actor.may(EXECUTE) else "You may propose actions; carrying them out is for others."


def _above(value: Decimal, others: Decimal) -> str:
    limit = four_eyes_above_usd()
    if value + others <= limit:
        return ""
    more = f", and {dollars_text(others)} more within the hour" if value <= limit else ""
    return f"{dollars_text(value)} US dollars are at stake{more}; above {dollars_text(limit)} two people decide."
