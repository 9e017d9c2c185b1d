"""The operator's refund: why not yet and from when, a reason, once whatever is clicked, by two people above a value."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from access.actions.forms import ask_url
from access.actions.models import Proposal
from access.actions.registry import registry
from access.models import AuditEntry
from chains.models import Chain, ChainEvent, Intent
from swaps.models import Refund, SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.operators import TWO, ask, at_once, person


def page(client: Client, session: SwapSession) -> str:
    return client.get(ask_url("session.refund", session.pk)).content.decode()


def decide(client: Client, proposal: Proposal, decision: str = "approve", **fields: str) -> Any:
    url = reverse("admin:access_proposal_change", args=[proposal.pk])
    return client.post(url, {"decision": decision, "confirmed": "yes", **fields})


def test_too_early_says_why_not_and_from_when(locked: SwapSession, operator: Client) -> None:
    assert locked.status == "refunding"
    shown = page(operator, locked)
    assert "Not yet" in shown
    assert "data-from=" in shown
    assert "Order the refund" not in shown
    refused = ask(operator, locked)
    assert refused.status_code == 409
    assert "its timelock has not run out" in refused.content.decode()
    assert not Refund.objects.exists()
    assert not Proposal.objects.exists()


def test_what_is_called_and_what_it_costs_is_said(in_time: SwapSession, operator: Client) -> None:
    shown = page(operator, in_time)
    leg = in_time.legs.get(side="source")
    for words in ("htlc.near", leg.lock_id, "0.4 NEAR on near", "alice.near", "Costs us", "Your word is enough"):
        assert words in shown, words


def test_double_click_admin_refund__ordered_once_however_often_it_is_clicked(
    in_time: SwapSession, operator: Client
) -> None:
    """DOUBLE-CLICK ADMIN REFUND."""
    answers = [ask(operator, in_time, token="a" * 32) for _ in range(2)]
    proposal = Proposal.objects.get()
    assert [answer.url for answer in answers] == [reverse("admin:access_proposal_change", args=[proposal.pk])] * 2
    assert (proposal.state, proposal.proposed_by, proposal.approved_by) == ("executed", "olga", "")
    row = Refund.objects.get()
    assert (row.source, row.actor, row.reason, row.state) == ("operator", "olga", "the maker asked", "requested")
    session_advance(session_id=in_time.pk)
    session_advance(session_id=in_time.pk)
    intent = Intent.objects.get(subject_id=in_time.pk)
    assert (intent.step, intent.call) == (
        "source_refund",
        {"method": "refund", "id": in_time.legs.get(side="source").lock_id},
    )
    assert AuditEntry.objects.filter(action="refund_requested", actor_id="olga").count() == 1
    assert AuditEntry.objects.filter(action="action_executed", actor_id="olga", target=in_time.pk).count() == 1
    assert "under way already" in page(operator, in_time)
    again = ask(operator, in_time, token="b" * 32)
    assert again.status_code == 409
    assert Refund.objects.count() == 1


def test_whoever_has_the_longest_name_refunds_too(in_time: SwapSession, db: None) -> None:
    ask(person("o" * 150), in_time)
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.proposed_by) == ("executed", "o" * 150)
    assert Refund.objects.get().actor == "o" * 80
    assert AuditEntry.objects.filter(action="refund_requested", actor_id="o" * 80).exists()


@pytest.mark.parametrize("missing", [{"reason": "  "}, {"confirmed": ""}])
def test_a_reason_and_a_tick_are_needed(in_time: SwapSession, operator: Client, missing: dict[str, str]) -> None:
    assert ask(operator, in_time, **missing).status_code == 409
    assert not Refund.objects.exists()


def test_a_plan_that_changed_meanwhile_is_shown_anew(in_time: SwapSession, operator: Client) -> None:
    refused = ask(operator, in_time, seen="0" * 64)
    assert refused.status_code == 409
    assert "It changed while you looked" in refused.content.decode()
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("permission", ["refund_session", "propose_actions"])
def test_without_the_permission_there_is_no_refund(in_time: SwapSession, operator: Client, permission: str) -> None:
    User.objects.get(username="olga").user_permissions.remove(Permission.objects.get(codename=permission))
    assert operator.get(ask_url("session.refund", in_time.pk)).status_code == 403
    assert ask(operator, in_time).status_code == 403
    assert not Refund.objects.exists()


def test_who_may_only_propose_waits_for_another(in_time: SwapSession, operator: Client, approver: Client) -> None:
    User.objects.get(username="olga").user_permissions.remove(Permission.objects.get(codename="execute_actions"))
    ask(operator, in_time)
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.why_two) == (
        "proposed",
        "You may propose actions; carrying them out is for others.",
    )
    assert decide(approver, proposal).status_code == 302
    assert Refund.objects.count() == 1


def test_nothing_locked_nothing_to_refund(post_session: Callable[..., Any], operator: Client) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    refused = ask(operator, session)
    assert refused.status_code == 409
    assert "nothing is locked" in refused.content.decode()


def test_an_unknown_swap_is_not_found(operator: Client, chains: dict[str, Chain]) -> None:
    assert operator.get(ask_url("session.refund", "sess_nothing")).status_code == 404
    assert operator.get(ask_url("session.nothing", "x")).status_code == 404


class TestFourEyes:
    def test_above_the_value_a_second_person_decides(
        self, in_time: SwapSession, operator: Client, approver: Client
    ) -> None:
        with TWO:
            assert "A second person must approve this" in page(operator, in_time)
            ask(operator, in_time)
            proposal = Proposal.objects.get()
            assert (proposal.state, proposal.needs_approval) == ("proposed", True)
            assert proposal.value_usd
            assert not Refund.objects.exists()
            own = decide(operator, proposal)
            assert own.status_code == 403
            assert decide(approver, proposal).status_code == 302
        proposal.refresh_from_db()
        assert (proposal.state, proposal.approved_by) == ("executed", "ada")
        assert Refund.objects.get().actor == "ada"
        said = list(
            AuditEntry.objects.filter(action__startswith="action_").order_by("pk").values_list("action", "actor_id")
        )
        assert said == [("action_proposed", "olga"), ("action_approved", "ada"), ("action_executed", "ada")]

    def test_an_approver_cannot_approve_what_he_proposed(self, in_time: SwapSession, approver: Client) -> None:
        with TWO:
            ask(approver, in_time)
            refused = decide(approver, Proposal.objects.get())
        assert refused.status_code == 409
        assert "it needs the eyes of another person" in refused.content.decode()
        assert not Refund.objects.exists()

    def test_a_missing_price_is_not_nothing(
        self, in_time: SwapSession, operator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("access.actions.registry.registry.worth", lambda *_: None)
        ask(operator, in_time)
        proposal = Proposal.objects.get()
        assert (proposal.state, proposal.value_usd) == ("proposed", None)
        assert "a price is missing" in proposal.why_two

    def test_a_rejected_one_does_nothing_and_can_be_asked_for_again(
        self, in_time: SwapSession, operator: Client, approver: Client
    ) -> None:
        with TWO:
            ask(operator, in_time)
            first = Proposal.objects.get()
            assert decide(approver, first, "reject").status_code == 409, "a rejection says why"
            assert decide(approver, first, "reject", remark="wrong swap").status_code == 302
            ask(operator, in_time)
        states = list(Proposal.objects.order_by("pk").values_list("state", "closed_by", "remark"))
        assert states == [("rejected", "ada", "wrong swap"), ("proposed", "", "")]
        assert not Refund.objects.exists()

    def test_what_was_done_meanwhile_is_not_done_again(
        self, in_time: SwapSession, operator: Client, approver: Client
    ) -> None:
        with TWO:
            ask(operator, in_time)
            session_advance(session_id=in_time.pk)  # the engine refunds by itself
            assert Refund.objects.get().source == "expiry"
            decide(approver, Proposal.objects.get())
        proposal = Proposal.objects.get()
        assert proposal.state == "failed"
        assert "a refund is under way already" in proposal.outcome
        assert Refund.objects.count() == 1

    def test_its_own_proposer_takes_it_back(self, in_time: SwapSession, operator: Client, approver: Client) -> None:
        with TWO:
            ask(operator, in_time)
            proposal = Proposal.objects.get()
            assert decide(approver, proposal, "withdraw").status_code == 403
            assert decide(operator, proposal, "withdraw").status_code == 302
            assert decide(approver, proposal).status_code == 409
        assert Proposal.objects.get().state == "withdrawn"
        assert not Refund.objects.exists()

    def test_asked_for_twice_it_is_one_proposal(self, in_time: SwapSession, operator: Client, approver: Client) -> None:
        with TWO:
            first, second = ask(operator, in_time, token="a" * 32), ask(approver, in_time, token="b" * 32)
        assert first.url == second.url
        assert Proposal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_double_click_admin_refund__two_operators_at_once_make_one(
        self, in_time: SwapSession, operator: Client
    ) -> None:
        oscar = person("oscar")
        answers = at_once(lambda: ask(operator, in_time), lambda: ask(oscar, in_time))
        assert {answer.status_code for answer in answers} <= {302, 409}
        assert 302 in {answer.status_code for answer in answers}
        assert Refund.objects.count() == 1
        assert AuditEntry.objects.filter(action="refund_requested").count() == 1
        assert Proposal.objects.filter(state="executed").count() == 1

    def test_double_click_admin_refund__one_form_sent_twice_at_once(
        self, in_time: SwapSession, operator: Client
    ) -> None:
        again = Client()
        again.force_login(User.objects.get(username="olga"))
        answers = at_once(lambda: ask(operator, in_time, token="d" * 32), lambda: ask(again, in_time, token="d" * 32))
        assert [answer.status_code for answer in answers] == [302, 302]
        assert Proposal.objects.get().state == "executed"
        assert Refund.objects.count() == 1

    def test_two_approvers_at_once_run_it_once(self, in_time: SwapSession, operator: Client, approver: Client) -> None:
        other = person("anton", "approve_actions")
        with TWO:
            ask(operator, in_time)
            proposal = Proposal.objects.get()
            answers = at_once(lambda: decide(approver, proposal), lambda: decide(other, proposal))
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        proposal.refresh_from_db()
        assert (proposal.state, proposal.approved_by in ("ada", "anton")) == ("executed", True)
        assert AuditEntry.objects.filter(action="refund_requested").count() == 1

    @pytest.mark.parametrize("moment", ["before it is sent", "while it is run"])
    def test_refund_against_claim(
        self,
        in_time: SwapSession,
        operator: Client,
        chains: dict[str, Chain],
        monkeypatch: pytest.MonkeyPatch,
        moment: str,
    ) -> None:
        """A claim that becomes final after the look: nothing is refunded, and the operator is told why."""
        seen = page(operator, in_time).split('name="seen" value="')[1][:64]
        if moment == "before it is sent":
            claim(in_time, chains["near"])
            refused = ask(operator, in_time, seen=seen)
            assert refused.status_code == 409
            assert "it was claimed" in refused.content.decode()
        else:
            kind = registry.kind("session.refund")
            monkeypatch.setattr(kind, "lock", lambda _: claim(in_time, chains["near"]), raising=False)
            assert ask(operator, in_time, seen=seen).status_code == 302
            proposal = Proposal.objects.get()
            assert proposal.state == "failed"
            assert "it was claimed" in proposal.outcome
        assert not Refund.objects.exists()


def claim(session: SwapSession, near: Chain) -> None:
    ChainEvent.objects.create(
        chain=near,
        kind="lock_claimed",
        lock_id=session.legs.get(side="source").lock_id,
        contract="htlc.near",
        block_height=100,
        block_hash="b100",
        block_time_ns=1,
        tx_hash="claim",
        index=0,
        payload={"secret": "00" * 32},
    )


@pytest.mark.parametrize(
    "path",
    ["swaps/swapsession", "swaps/refund", "chains/chain", "chains/chainevent", "chains/intent", "access/proposal"],
)
def test_every_list_opens(locked: SwapSession, path: str) -> None:
    User.objects.create_superuser("root", password="x")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    assert client.get(f"/admin/{path}/").status_code == 200


def test_a_sessions_page_opens_and_shows_no_secret(locked: SwapSession, chains: dict[str, Chain]) -> None:
    User.objects.create_superuser("root", password="x")
    client = Client()
    client.force_login(User.objects.get(username="root"))
    shown = client.get(reverse("admin:swaps_swapsession_change", args=[locked.pk]))
    assert shown.status_code == 200
    assert "refunding" in shown.content.decode()
