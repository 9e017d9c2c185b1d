"""The door before money of ours is locked, also for a maker's lock that comes before `execute`; and what nobody is paid."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from access.models import AuditEntry
from chains.errors import UnknownAccount
from chains.models import Account, Chain, ChainTransaction, Intent
from chains.services.ingest import money_halt
from chains.services.intents import backoff
from swaps.errors import ReceiverNotReady
from swaps.models import Reservation, SwapSession
from swaps.services import liquidity
from swaps.services.advance import session_advance
from swaps.services.facts import intents_of
from swaps.services.liquidity import Balance
from swaps.services.pauses import pause_start
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time

PostSession = Callable[..., Any]
RICH = 10**15


@pytest.fixture
def came_first(post_session: PostSession, chains: dict[str, Chain]) -> SwapSession:
    """A session whose maker locked on NEAR in good time, and that nobody called `execute` for."""
    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    now = session.legs.get(side="source").terms["timelock"] - session.plan["source_cancellation"]
    for chain in chains.values():
        move_time(chain, now)
    lock_on_near(session, "source", chains["near"])
    return session


def held(amount: int) -> Any:
    return patch("swaps.services.liquidity.available", side_effect=lambda _: Balance(amount, timezone.now()))


class TestALockBeforeExecute:
    def test_it_counts_as_execute_and_our_tokens_are_promised_first(self, came_first: SwapSession) -> None:
        with held(RICH):
            assert session_advance(session_id=came_first.pk) == "destination_locking"
        assert Reservation.objects.get(session=came_first).amount == came_first.destination_amount
        assert [intent.step for intent in intents_of(came_first)] == ["destination_lock"]

    def test_too_little_inventory_sends_it_back(self, came_first: SwapSession) -> None:
        with held(1):
            assert session_advance(session_id=came_first.pk) == "cancelling"
        came_first.refresh_from_db()
        assert "not admitted" in came_first.attention
        assert not intents_of(came_first).exists()

    def test_a_pause_sends_it_back(self, came_first: SwapSession) -> None:
        pause_start(target="base", reason="maintenance", actor="ann")
        with held(RICH):
            assert session_advance(session_id=came_first.pk) == "cancelling"
        assert not intents_of(came_first).exists()

    def test_rpc_error_as_evidence__a_node_that_does_not_answer_decides_nothing(self, came_first: SwapSession) -> None:
        assert session_advance(session_id=came_first.pk) == "source_locked"
        came_first.refresh_from_db()
        assert came_first.cancel_requested_at is None
        assert came_first.wake_at is not None
        with held(RICH):
            assert session_advance(session_id=came_first.pk) == "destination_locking"


class TestPrice:
    def test_nobody_is_paid_more_than_the_market_value_of_his_lock(self, post_session: PostSession) -> None:
        """One base unit does not buy the inventory."""
        refused = post_session(sourceAmount="1", destinationAmount="50000000000")
        assert (refused.status_code, refused.json()["code"]) == (409, "slippage_exceeded")
        assert refused.json()["errors"] == [
            {
                "field": "destinationAmount",
                "message": "must be at most 1: what 1 of USDC is worth in USDT",
                "code": "invalid",
            }
        ]

    @pytest.mark.parametrize(("amount", "status"), [(1_001_001_001, 201), (1_001_001_002, 409)])
    def test_to_the_base_unit(self, post_session: PostSession, amount: int, status: int) -> None:
        assert post_session(destinationAmount=str(amount), slippageTolerance=0).status_code == status

    def test_an_operators_tolerance(self, post_session: PostSession, settings: Any) -> None:
        settings.MAX_PAYOUT_BPS = 9_000
        assert post_session().status_code == 409

    def test_without_a_price_there_is_no_swap(self, post_session: PostSession, settings: Any) -> None:
        settings.PRICES_USD = {"USDC": "1"}
        assert post_session().json()["code"] == "route_unavailable"


@pytest.mark.parametrize("taker", ["htlc.near", "us.near", "usdt.near"])
def test_a_taker_must_not_be_one_of_the_contracts_or_us(post_session: PostSession, taker: str) -> None:
    assert [error["field"] for error in post_session(taker=taker).json()["errors"]] == ["taker"]


def test_a_maker_must_not_be_nobody(post_session: PostSession) -> None:
    assert [error["field"] for error in post_session(maker="0x" + "0" * 40).json()["errors"]] == ["maker"]


class TestReceiver:
    class Node:
        def account(self, name: str) -> Any:
            raise UnknownAccount(f"no {name}", code="UNKNOWN_ACCOUNT")

    @pytest.mark.parametrize(("taker", "ready"), [("ghost.near", False), ("ab" * 32, True)])
    def test_native_near_goes_to_accounts_that_exist(self, post_session: PostSession, taker: str, ready: bool) -> None:
        made = post_session(destinationToken="near", destinationAmount="1", taker=taker)
        session = SwapSession.objects.get(pk=made.json()["sessionId"])
        with (
            patch("swaps.services.liquidity.client", return_value=self.Node()),
            patch("swaps.services.liquidity.balance", return_value=RICH),
        ):
            if ready:
                assert liquidity.available(session).amount == RICH
            else:
                with pytest.raises(ReceiverNotReady, match=r"ghost\.near"):
                    liquidity.available(session)


def test_refund_late_infinite__a_payout_that_fails_is_tried_ever_more_slowly() -> None:
    waits = [backoff(attempts, patient=True).total_seconds() for attempts in range(1, 20)]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert backoff(50).total_seconds() == 60  # what has a deadline is not put off


def test_on_evm_a_lock_is_never_sent_again_for_want_of_an_event(
    post_session: PostSession, chains: dict[str, Chain]
) -> None:
    """There a final receipt is proof: the event is looked for, and no second lock is made."""
    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    Reservation.objects.create(session=session, chain_id="base", token=session.destination_token, amount=1)
    now = session.legs.get(side="source").terms["timelock"] - session.plan["source_cancellation"]
    for chain in chains.values():
        move_time(chain, now)
    lock_on_near(session, "source", chains["near"])
    session_advance(session_id=session.pk)
    intent = intents_of(session).get()
    account = Account.objects.create(chain_id="base", address="0x" + "00" * 20)
    ChainTransaction.objects.create(
        intent=intent,
        chain_id="base",
        account=account,
        nonce=1,
        hash="0x1",
        raw=b"x",
        state="succeeded",
        block_height=5,
    )
    Intent.objects.filter(pk=intent.pk).update(state="done")
    session_advance(session_id=session.pk)
    intent.refresh_from_db()
    assert intent.state == "done"


@pytest.mark.parametrize("since", ["²", "-1", "1" * 30, "x"])
def test_a_since_that_is_no_seq(post_session: PostSession, api: APIClient, since: str) -> None:
    session_id = post_session().json()["sessionId"]
    assert api.get(f"/api/v1/sessions/{session_id}/events", {"since": since}).status_code == 400


def test_odd_ids_and_filters(api: APIClient) -> None:
    assert api.get("/api/v1/sessions/%00").status_code == 404
    assert api.get("/api/v1/sessions?status=%00").status_code == 400
    assert api.get("/api/v1/sessions?status=bogus").json()["errors"][0]["field"] == "status"


@pytest.mark.parametrize(
    "body", [{"limitOrder": {}}, {"limitOrder": 0}, {"sourceLock": "self", "limitOrder": {"a": 1}}]
)
def test_an_order_is_neither_dropped_nor_guessed(
    post_session: PostSession, api: APIClient, body: dict[str, Any]
) -> None:
    session_id = post_session().json()["sessionId"]
    refused = api.post(f"/api/v1/sessions/{session_id}/execute", body, format="json")
    assert refused.status_code == 400
    assert "limitOrder" in {error["field"] for error in refused.json()["errors"]}


def test_a_halt_is_lifted_by_somebody_who_says_why(
    chains: dict[str, Chain], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="is not halted"):
        call_command("resume_chain", "near", reason="looked")
    money_halt(chain=chains["near"], reason="finality was broken")
    call_command("resume_chain", "near", reason="the provider was wrong, and is gone")
    assert not Chain.objects.get(name="near").halted_reason
    assert "finality was broken" in capsys.readouterr().out
    assert AuditEntry.objects.get(action="chain_resumed").detail["reason"] == "the provider was wrong, and is gone"
