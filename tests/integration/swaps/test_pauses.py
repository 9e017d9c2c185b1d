"""Pausing new swaps: by setting, by command, in the admin; what is under way goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from constance.test import override_config
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from access.actions.forms import ask_url
from access.models import AuditEntry
from chains.models import Chain
from swaps.errors import PauseRefused
from swaps.machine import Step
from swaps.models import Pause, SwapSession
from swaps.services.advance import session_advance
from swaps.services.facts import intents_of
from swaps.services.pauses import pause_lift, pause_start
from tests.integration.swaps.conftest import move_time
from tests.integration.swaps.operators import shown_at

PostSession = Callable[..., Any]


@pytest.mark.parametrize("target", ["all", "base", "near", "base>near"])
def test_a_pause_refuses_new_sessions_and_its_end_takes_them(post_session: PostSession, target: str) -> None:
    pause_start(target=target, reason="maintenance", actor="ann")
    refused = post_session()
    assert (refused.status_code, refused.json()["code"]) == (503, "swaps_paused")
    assert refused.json()["paused"] == [target]
    assert "maintenance" not in refused.content.decode()
    assert pause_lift(target=target, actor="ann")
    assert post_session().status_code == 201


@pytest.mark.parametrize("target", ["ethereum", "near>base"])
def test_a_pause_elsewhere_changes_nothing(post_session: PostSession, target: str) -> None:
    pause_start(target=target, reason="maintenance", actor="ann")
    assert post_session().status_code == 201


def test_a_pause_by_setting(post_session: PostSession, settings: Any) -> None:
    settings.PAUSED = ["base>near"]
    assert post_session().status_code == 503


def test_execute_is_refused_too(post_session: PostSession, api: APIClient) -> None:
    session_id = post_session().json()["sessionId"]
    pause_start(target="all", reason="maintenance", actor="ann")
    refused = api.post(f"/api/v1/sessions/{session_id}/execute", {"sourceLock": "self"}, format="json")
    assert refused.json()["code"] == "swaps_paused"


def test_a_chain_whose_money_is_halted_takes_no_new_swaps(post_session: PostSession, chains: dict[str, Chain]) -> None:
    Chain.objects.filter(name="near").update(halted_reason="finality was broken")
    refused = post_session()
    assert (refused.status_code, refused.json()["code"]) == (503, "swaps_paused")


def test_a_makers_order_is_not_filled_while_paused_and_is_afterwards(post_session: PostSession) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    SwapSession.objects.filter(pk=session.pk).update(
        executed_at=timezone.now(), source_lock="order", order={"fill": {"method": "deploy_src"}}
    )
    pause_start(target="base", reason="maintenance", actor="ann")
    session_advance(session_id=session.pk)
    assert not intents_of(session).exists()
    pause_lift(target="base", actor="ann")
    session_advance(session_id=session.pk)
    assert [intent.step for intent in intents_of(session)] == [Step.SOURCE_LOCK]


def test_what_is_locked_goes_on_to_its_refund(locked: SwapSession, chains: dict[str, Chain]) -> None:
    pause_start(target="all", reason="maintenance", actor="ann")
    move_time(chains["near"], (locked.legs.get(side="source").refund_from or 0) + 1)
    session_advance(session_id=locked.pk)
    assert [intent.step for intent in intents_of(locked)] == [Step.SOURCE_REFUND]


def test_two_pauses_of_one_target_are_one(chains: dict[str, Chain]) -> None:
    first = pause_start(target="base", reason="one", actor="ann")
    assert pause_start(target=" BASE ", reason="two", actor="bob").pk == first.pk
    assert Pause.objects.get().reason == "one"
    assert pause_lift(target="base", actor="bob")
    assert not pause_lift(target="base", actor="bob")
    said = list(AuditEntry.objects.order_by("pk").values_list("action", "actor_id", "target"))
    assert said == [("swaps_paused", "ann", "base"), ("swaps_resumed", "bob", "base")]


@pytest.mark.parametrize("target", ["", "moon", "base>moon", "base>base", "base>near>base", ">"])
def test_an_unknown_target_is_refused(chains: dict[str, Chain], target: str) -> None:
    with pytest.raises(PauseRefused, match="cannot be paused"):
        pause_start(target=target, reason="x", actor="ann")
    with pytest.raises(PauseRefused, match="reason"):
        pause_start(target="all", reason=" ", actor="ann")


def test_the_command(chains: dict[str, Chain], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("pause")
    call_command("pause", "base>near", reason="maintenance")
    call_command("pause")
    call_command("pause", "base>near", lift=True)
    assert capsys.readouterr().out.splitlines() == [
        "nothing is paused",
        "base>near is paused: new swaps are refused, those under way go on",
        "base>near",
        "base>near: lifted",
    ]
    with pytest.raises(CommandError, match="is not paused"):
        call_command("pause", "base>near", lift=True)


class TestAdmin:
    @pytest.fixture
    def operator(self, chains: dict[str, Chain]) -> Client:
        user = User.objects.create_user("ann", password="secret-of-ann", is_staff=True)
        wanted = ("pause_swaps", "view_pause", "view_proposal", "propose_actions", "execute_actions")
        user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
        client = Client()
        client.force_login(user)
        return client

    def test_pause_and_lift(self, operator: Client) -> None:
        led = operator.get("/admin/swaps/pause/add/")
        assert b"swaps from base to near" in operator.get(led.url).content
        pause = ask_url("swaps.pause", "base>near")
        assert b"No new swaps from base to near begin" in operator.get(pause).content
        done = operator.post(pause, {"reason": "node upgrade"})
        assert b"are refused from now on" in operator.get(done.url).content
        row = Pause.objects.get()
        assert (row.target, row.reason, row.actor) == ("base>near", "node upgrade", "ann")
        again = operator.post(pause, {"reason": "node upgrade"})
        assert again.status_code == 409
        assert b"paused already, by ann: node upgrade" in again.content
        lift = operator.post("/admin/swaps/pause/", {"action": "lift", "_selected_action": [row.pk]})
        form = {"subject": ["base>near"], "reason": "upgraded", **shown_at(operator, lift.url)}
        operator.post(lift.url, form)
        row.refresh_from_db()
        assert row.lifted_by == "ann"
        told = AuditEntry.objects.filter(action="action_executed").order_by("pk").values_list("detail__kind", flat=True)
        assert list(told) == ["swaps.pause", "swaps.resume"]

    def test_a_pause_needs_no_second_person_whatever_is_configured(self, operator: Client) -> None:
        with override_config(FOUR_EYES_ABOVE_USD=0):
            operator.post(ask_url("swaps.pause", "all"), {"reason": "something is odd"})
        assert Pause.objects.get().target == "all"

    def test_what_is_paused_by_setting_cannot_be_lifted(self, operator: Client, settings: Any) -> None:
        settings.PAUSED = ["all"]
        refused = operator.post(ask_url("swaps.resume", "all"), {"reason": "x"})
        assert refused.status_code == 409
        assert b"by the setting PAUSED" in refused.content

    def test_without_the_permission(self, operator: Client) -> None:
        User.objects.get().user_permissions.remove(Permission.objects.get(codename="pause_swaps"))
        assert operator.get("/admin/swaps/pause/add/").status_code == 403
        assert operator.post(ask_url("swaps.pause", "all"), {"reason": "x"}).status_code == 403
        assert not Pause.objects.exists()
