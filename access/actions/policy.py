"""When an action needs a second person."""

from access.actions.actors import EXECUTE, Actor
from access.actions.money import dollars_text
from access.actions.plans import Plan
from access.operating import four_eyes_above_usd


def second_person(plan: Plan, actor: Actor) -> str:
    """Why somebody else must let this through, for people; empty where nobody must. Four eyes are needed above the live setting
    `FOUR_EYES_ABOVE_USD`, and wherever a price is missing: what is not known is never taken for nothing."""
    if plan.needs_two:
        return plan.needs_two
    if plan.value_usd is None:
        return "What is at stake is not known: a price is missing."
    limit = four_eyes_above_usd()
    if plan.value_usd > limit == 0:
        return f"{dollars_text(plan.value_usd)} are at stake, and here two people decide whenever money moves."
    if plan.value_usd > limit:
        return f"{dollars_text(plan.value_usd)} are at stake; above {dollars_text(limit)} two people decide."
    return "" if actor.may(EXECUTE) else "You may propose actions; carrying them out is for others."
