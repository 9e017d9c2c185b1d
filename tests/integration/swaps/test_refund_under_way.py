"""A refund that the engine has ordered: while it gets on nobody is sent anywhere; where it does not, its page leads to what helps."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.actions.forms import ask_url
from access.actions.registry import registry
from chains.models import Chain, Intent
from chains.services.sending.alerts import intent_alert
from chains.services.sending.outcomes import record_final, record_included
from swaps.models import Refund, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.operators import ask
from tests.integration.swaps.stuck import backing_off, revert, sign

LONG_AGO = timedelta(minutes=10)


@pytest.fixture
def ordered(in_time: SwapSession) -> SwapSession:
    """The engine has looked: its refund is ordered, and not sent."""
    session_advance(session_id=in_time.pk)
    assert (Refund.objects.get().source, Intent.objects.get().step) == ("expiry", "source_refund")
    return in_time


def plan(session: SwapSession) -> dict[str, Any]:
    return registry.kind("session.refund").plan(session.pk, {}).document()


def links(session: SwapSession) -> list[str]:
    return [one["url"] for one in plan(session)["remedies"]]


def test_what_gets_on_by_itself_leads_nowhere(ordered: SwapSession) -> None:
    assert "asking again changes nothing" in plan(ordered)["whyNot"]
    sent = sign(Intent.objects.get())
    assert plan(ordered)["steps"][0]["whyNot"].endswith("is out, and waits for its block")
    record_included(sent, 100, "b100")
    assert "in block 100, and waits to be final" in plan(ordered)["steps"][0]["whyNot"]
    assert links(ordered) == []


def late(intent: Intent) -> None:
    Intent.objects.filter(pk=intent.pk).update(updated_at=timezone.now() - LONG_AGO)


def halt(intent: Intent) -> None:
    Chain.objects.filter(pk=intent.chain_id).update(halted_reason="two blocks at one height")


RETRY, LIFT, ALIVE = ask_url("intent.retry", "ID"), ask_url("chain.resume", "near"), "/admin/balancer/process/"
STUCK = {
    "its transaction failed for good: Exceeded the prepaid gas": (revert, RETRY),
    "UTC, after 1 attempt: Exceeded the prepaid gas": (backing_off, RETRY),
    "its call was not sent: a gas costs more than the cap": (
        lambda intent: intent_alert(intent, "a gas costs more than the cap"),
        RETRY,
    ),
    "until a worker sends its call": (late, RETRY),
    "money on near is halted: two blocks at one height": (halt, LIFT),
}


@pytest.mark.parametrize(("why", "happens", "remedy"), [(why, *more) for why, more in STUCK.items()], ids=list(STUCK))
def test_what_is_stuck_leads_to_what_helps(
    ordered: SwapSession, operator: Client, why: str, happens: Callable[[Intent], None], remedy: str
) -> None:
    intent = Intent.objects.get()
    happens(intent)
    shown = plan(ordered)
    assert why in shown["whyNot"] and "does not get on" in shown["whyNot"]
    assert "changes nothing" not in shown["whyNot"]
    assert (shown["possible"], [step["possible"] for step in shown["steps"]]) == (False, [False, False])
    first = remedy.replace("ID", str(intent.pk))
    assert links(ordered)[0] == first
    assert f'href="{first}"' in operator.get(ask_url("session.refund", ordered.pk)).content.decode()


def test_an_order_that_nobody_carries_out_leads_to_the_processes(in_time: SwapSession, operator: Client) -> None:
    """Its own click wrote the row; the engine, which should order the call, does not run."""
    ask(operator, in_time)
    assert links(in_time) == []
    Refund.objects.update(requested_at=timezone.now() - LONG_AGO)
    assert "until the engine orders its call" in plan(in_time)["whyNot"]
    assert links(in_time) == [ALIVE]


def test_bytes_that_no_block_takes_are_replaced_where_that_is_possible(ordered: SwapSession) -> None:
    near = sign(Intent.objects.get(), waiting_since=timezone.now() - LONG_AGO)
    assert "and is in no block" in plan(ordered)["whyNot"]
    assert links(ordered) == [ask_url("transaction.reobserve", str(near.pk))]
    leg = ordered.legs.get(side="destination")
    Refund.objects.update(leg=leg)
    intent = Intent.objects.create(
        chain_id="base", subject_type="session", subject_id=ordered.pk, step="destination_refund", call={}
    )
    base = sign(intent, waiting_since=timezone.now() - LONG_AGO, hash="0x" + "7b" * 32)
    kinds = ("transaction.replace", "transaction.reobserve")
    assert links(ordered) == [ask_url(kind, str(base.pk)) for kind in kinds]


def test_one_whose_event_is_not_read_yet_is_looked_for(ordered: SwapSession) -> None:
    sent = sign(Intent.objects.get())
    record_final(sent, succeeded=True, height=100, block_hash="b100", fee=1, detail={})
    assert links(ordered) == [ask_url("transaction.reobserve", str(sent.pk))]


def test_what_is_cancelled_is_told(ordered: SwapSession) -> None:
    intent = Intent.objects.get()
    Intent.objects.update(state="withdrawn", cancel_requested_at=timezone.now(), cancel_reason="by ada: a mistake")
    assert "its call was cancelled: by ada: a mistake" in plan(ordered)["whyNot"]
    assert links(ordered) == [f"/admin/chains/intent/{intent.pk}/change/"]
