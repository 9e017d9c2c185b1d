"""What the sending of a step cannot settle by itself shows in its session, and a cancelled step moves it on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from chains.models import Account, ChainTransaction, Intent
from chains.services.sending.alerts import intent_alert
from chains.services.sending.outcomes import record_dead, record_final
from swaps.models import SwapSession


@pytest.fixture
def session(post_session: Callable[..., Any]) -> SwapSession:
    return SwapSession.objects.get(pk=post_session(hashlock="0x" + "77" * 32).json()["sessionId"])


@pytest.fixture
def sent(session: SwapSession) -> ChainTransaction:
    """A destination lock that is out, and its cancellation that replaced it."""
    intent = Intent.objects.create(
        chain_id="base",
        subject_type="session",
        subject_id=session.pk,
        step="destination_lock",
        call={},
        state=Intent.State.SENT,
        cancel_requested_at=timezone.now(),
    )
    account = Account.objects.create(chain_id="base", address="0x" + "00" * 20)
    return ChainTransaction.objects.create(
        intent=intent, chain_id="base", account=account, nonce=1, hash="0x1", raw=b"x", kind="cancellation"
    )


def advances() -> int:
    return ProcrastinateJob.objects.filter(task_name="swaps.advance_session", status="todo").count()


def test_a_step_that_needs_an_operator_says_so_in_its_session(session: SwapSession, sent: ChainTransaction) -> None:
    intent_alert(sent.intent, "0x00 must be topped up")
    session.refresh_from_db()
    assert session.attention == "destination_lock on base: 0x00 must be topped up"


def test_a_final_cancellation_is_told_by_its_name_and_moves_the_session_on(
    session: SwapSession, sent: ChainTransaction
) -> None:
    before = advances()
    record_final(sent, succeeded=True, height=1, block_hash="0x2", fee=21000, detail={})
    assert session.transitions.latest("seq").cause == "destination_lock:cancellation:succeeded"
    assert (Intent.objects.get(pk=sent.intent_id).state, advances()) == (Intent.State.WITHDRAWN, before + 1)


def test_what_can_never_land_any_more_moves_the_session_on(session: SwapSession, sent: ChainTransaction) -> None:
    before = advances()
    record_dead(sent, "its nonce was taken")
    assert (Intent.objects.get(pk=sent.intent_id).state, advances()) == (Intent.State.WITHDRAWN, before + 1)
