"""Reviewed sessions, acknowledged alerts, and actions that may be cancelled because nobody wants them any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from access.actions.actors import Actor
from access.actions.errors import ActionForbidden, ActionRefused
from access.actions.forms import ask_url
from access.actions.models import Proposal
from access.actions.registry import registry
from access.actions.services import action_propose
from access.models import AuditEntry
from chains.models import Chain, Intent
from swaps.models import Alert, SwapSession
from swaps.operations.wanted import still_wanted
from swaps.operations.worth import dollars
from swaps.services.advance import session_advance
from swaps.services.alerts import Trouble, alert_clear, alert_publish
from tests.integration.swaps.conftest import lock_on_near, move_time

OLGA, ADA = Actor("olga", lambda _: True), Actor("ada", lambda _: True)


def propose(kind: str, subject: object, by: Actor = OLGA, **parameters: Any) -> Proposal:
    filled = registry.kind(kind).complete(str(subject), parameters)
    return action_propose(kind=kind, subject=str(subject), parameters=filled, actor=by, reason="looked at")


def look(session: SwapSession) -> str:
    session_advance(session_id=session.pk)
    session.refresh_from_db()
    return session.attention


class TestReview:
    @pytest.fixture
    def strange(self, locked: SwapSession, chains: dict[str, Chain]) -> SwapSession:
        """A second lock with its hashlock, which is not what was agreed."""
        lock_on_near(locked, "source", chains["near"], amount=7)
        assert "is not what was agreed" in look(locked)
        return locked

    def test_the_same_reason_stays_away_and_another_one_comes(
        self, strange: SwapSession, chains: dict[str, Chain]
    ) -> None:
        reviewed = strange.attention
        done = propose("session.review", strange.pk)
        assert (done.state, done.parameters) == ("executed", {"attention": reviewed})
        seq = SwapSession.objects.get().seq
        assert look(strange) == ""
        assert look(strange) == ""
        assert SwapSession.objects.get().seq == seq, "clients are not told of it again"
        SwapSession.objects.update(attention="source_refund failed on near: out of gas")
        with pytest.raises(ActionRefused, match="another reason stands"):
            propose("session.review", strange.pk, attention=reviewed)
        assert AuditEntry.objects.filter(action="action_executed", target=strange.pk, actor_id="olga").exists()

    def test_what_asks_for_nobody_cannot_be_reviewed(self, locked: SwapSession) -> None:
        with pytest.raises(ActionRefused, match="nothing of this swap asks"):
            propose("session.review", locked.pk)

    def test_it_has_a_permission_of_its_own(self, strange: SwapSession) -> None:
        olga = Actor("olga", lambda name: name != "swaps.review_session")
        with pytest.raises(ActionForbidden, match=r"swaps\.review_session"):
            propose("session.review", strange.pk, by=olga)

    def test_the_button_is_there_only_while_something_asks(self, strange: SwapSession) -> None:
        user = User.objects.create_user("olga", password="x", is_staff=True)
        wanted = ("review_session", "view_swapsession", "view_proposal", "propose_actions", "execute_actions")
        user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
        client = Client()
        client.force_login(user)
        page = f"/admin/swaps/swapsession/{strange.pk}/change/"
        assert "Reviewed…" in client.get(page).content.decode()
        client.post(ask_url("session.review", strange.pk), {"reason": "a stranger's lock"})
        assert "Reviewed…" not in client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
class TestAlerts:
    def test_one_person_is_at_it(self, transactional_db: None) -> None:
        alert = alert_publish(Trouble("node:base", "a node does not answer"))
        assert alert is not None
        assert propose("alert.acknowledge", alert.pk).outcome == "olga is at it."
        with pytest.raises(ActionRefused, match="olga is at it since"):
            propose("alert.acknowledge", alert.pk, by=ADA)
        alert.refresh_from_db()
        assert (alert.acknowledged_by, alert.state, alert.cleared_at) == ("olga", "raised", None)

    def test_what_is_over_needs_nobody(self, transactional_db: None) -> None:
        alert = alert_publish(Trouble("node:base", "a node does not answer"))
        assert alert is not None
        alert_clear("node:base")
        with pytest.raises(ActionRefused, match="its trouble is over"):
            propose("alert.acknowledge", alert.pk)
        assert Alert.objects.get(pk=alert.pk).acknowledged_by == ""


class TestWanted:
    def intent(self, session: SwapSession, step: str) -> Intent:
        chain = "near" if step.startswith("source") else "base"
        return Intent.objects.create(
            chain_id=chain, subject_type="session", subject_id=session.pk, step=step, call={"method": "x"}
        )

    @pytest.mark.parametrize("step", ["source_refund", "source_claim", "destination_claim"])
    def test_what_brings_money_home_is_wanted(self, locked: SwapSession, step: str) -> None:
        assert "could lose the money" in still_wanted(self.intent(locked, step))
        with pytest.raises(ActionRefused, match="could lose the money"):
            propose("intent.cancel", Intent.objects.get().pk)

    def test_a_lock_is_wanted_until_its_swap_is_given_up(self, locked: SwapSession) -> None:
        lock = self.intent(locked, "destination_lock")
        assert locked.status == "refunding"
        assert still_wanted(lock) == ""
        SwapSession.objects.update(status="source_locked")
        assert "the swap still wants it" in still_wanted(lock)
        SwapSession.objects.update(cancel_requested_at=timezone.now())
        assert propose("intent.cancel", lock.pk).state == "executed"
        lock.refresh_from_db()
        assert lock.state == "withdrawn"

    def test_a_session_has_its_failed_action_looked_at(self, locked: SwapSession, chains: dict[str, Chain]) -> None:
        move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
        session_advance(session_id=locked.pk)
        intent = Intent.objects.get(step="source_refund")
        Intent.objects.update(state="reverted", not_before=timezone.now() + timedelta(hours=1))
        assert propose("intent.retry", intent.pk).state == "executed"
        session_advance(session_id=locked.pk)
        intent.refresh_from_db()
        assert intent.state == "pending"


def test_worth_is_exact_and_unknown_without_a_price(chains: dict[str, Chain]) -> None:
    assert dollars("USDC", 1_500_000, 6) == 1.5
    assert dollars("NOTHING", 1, 6) is None
