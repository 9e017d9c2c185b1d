"""Refunds of several swaps at once: each has an end of its own, and only what was shown is done."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.actions.errors import ActionRefused
from access.actions.models import Proposal
from access.actions.registry import registry
from chains.models import Chain
from swaps.models import Refund, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time
from tests.integration.swaps.operators import TWO, ask, at_once, send, together


@pytest.fixture
def other(in_time: SwapSession, post_session: Callable[..., Any], chains: dict[str, Chain]) -> SwapSession:
    """A second swap like `in_time`, whose refund nobody ordered."""
    made = SwapSession.objects.get(pk=post_session(**{**NEAR_BODY, "hashlock": "0x" + "ef" * 32}).json()["sessionId"])
    terms = lock_on_near(made, "source", chains["near"])
    move_time(chains["near"], terms["timelock"] + 10)
    move_time(chains["base"], terms["timelock"] + 10)
    session_advance(session_id=made.pk)
    Refund.objects.all().delete()
    return made


def test_each_row_has_its_own_end(
    in_time: SwapSession,
    other: SwapSession,
    post_session: Callable[..., Any],
    operator: Client,
) -> None:
    empty = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    chosen = [in_time.pk, empty.pk, other.pk]
    led: Any = operator.post("/admin/swaps/swapsession/", {"action": "refund_selected", "_selected_action": chosen})
    assert led.status_code == 302
    shown = operator.get(led.url).content.decode()
    assert "2 of 3" in shown
    form = together(operator, chosen)
    answers = [send(operator, form) for _ in range(2)]
    assert len({answer.url for answer in answers}) == 1
    states = dict(Proposal.objects.values_list("subject", "state"))
    assert states == {in_time.pk: "executed", empty.pk: "failed", other.pk: "executed"}
    assert Refund.objects.count() == 2
    result = operator.get(answers[0].url).content.decode()
    assert "2 done." in result
    assert "1 not done." in result
    assert "nothing is locked on this leg" in result


def test_one_that_was_asked_for_before_is_among_them(
    in_time: SwapSession, other: SwapSession, operator: Client, approver: Client
) -> None:
    with TWO:
        ask(approver, in_time)
        some = send(operator, together(operator, [in_time.pk, other.pk]))
        all_of_them = send(operator, together(operator, [in_time.pk], token="d" * 32))
    shown = operator.get(some.url).content.decode()
    for words in ("2 wait for a second person", "Asked for before, by ada", in_time.pk, other.pk, "“stuck”"):
        assert words in shown, words
    assert Proposal.objects.count() == 2
    only = operator.get(all_of_them.url)
    assert only.status_code == 200
    assert "1 had been asked for before" in only.content.decode()


def test_a_call_that_was_not_shown_is_not_made(
    locked: SwapSession, operator: Client, chains: dict[str, Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where the timelock opens after the look, nor where there was nothing to look at."""
    form = together(operator, [locked.pk])
    with monkeypatch.context() as patch:
        patch.setattr(registry.kind("session.refund"), "plan", refuse, raising=False)
        blind = together(operator, [locked.pk], token="d" * 32)
    move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
    for one in (form, blind):
        result = operator.get(send(operator, one).url).content.decode()
        assert "It changed while you looked at it" in result
    assert [proposal.state for proposal in Proposal.objects.all()] == ["failed", "failed"]
    assert not Refund.objects.exists()


def test_a_reason_that_is_too_long_does_nothing(in_time: SwapSession, operator: Client) -> None:
    refused = send(operator, together(operator, [in_time.pk], reason="x" * 501))
    assert refused.status_code == 409
    assert "The reason has 501 characters; 500 are the most." in refused.content.decode()
    assert not Proposal.objects.exists()


def test_a_form_that_was_sent_by_another_is_of_him(
    in_time: SwapSession, other: SwapSession, operator: Client, approver: Client
) -> None:
    answers = [send(operator, together(operator, [in_time.pk])), send(approver, together(approver, [other.pk]))]
    assert answers[0].url != answers[1].url
    assert sorted(Proposal.objects.values_list("proposed_by", "state")) == [
        ("ada", "executed"),
        ("olga", "executed"),
    ]


def test_a_text_that_is_no_swap_has_no_row(in_time: SwapSession, operator: Client) -> None:
    odd = "s" * 201
    send(operator, together(operator, [in_time.pk, odd, "\0"]))
    assert Proposal.objects.get().subject == in_time.pk


def refuse(*_: object) -> Any:
    raise ActionRefused("the chain is not configured at this moment")


@pytest.mark.django_db(transaction=True)
def test_one_form_of_several_sent_twice_at_once(
    in_time: SwapSession, post_session: Callable[..., Any], operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked for each row before either has written it; the refused row is one row as well."""
    empty = post_session().json()["sessionId"]
    form, again, met = together(operator, [empty, in_time.pk]), Client(), threading.Barrier(2)
    again.force_login(User.objects.get(username="olga"))
    save = Proposal.save

    def save_together(proposal: Proposal, **more: Any) -> None:
        if proposal.subject == empty:
            met.wait(20)
        save(proposal, **more)

    monkeypatch.setattr(Proposal, "save", save_together)
    answers = at_once(lambda: send(operator, form), lambda: send(again, form))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len({answer.url for answer in answers}) == 1
    assert sorted(Proposal.objects.values_list("subject", "state")) == sorted(
        [(empty, "failed"), (in_time.pk, "executed")]
    )
