"""What operators do about alerts and processes: by the registry of actions, which asks first; and the runbook in the console."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.actions.errors import ActionRefused
from access.actions.forms import ask_url
from access.actions.kinds import Order
from access.actions.registry import registry
from balancer.models import Notice
from balancer.operations.kinds import EVERYBODY
from balancer.settings.alerts import RULES
from swaps.models import AlertMute
from swaps.services.alerts import Trouble, alert_publish
from tests.integration.balancer.test_processes import enter, silence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


def run(kind: str, subject: str, **parameters: Any) -> str:
    return registry.kind(kind).run(Order(subject, parameters, "op", "maintenance"))


@pytest.mark.parametrize("subject", ["chain_halted:base", "chain_halted"], ids=["an alert", "a rule"])
def test_muting_and_lifting_it(subject: str) -> None:
    alert_publish(Trouble("chain_halted:base", "base: halted", rule="chain_halted"))
    mute = registry.kind("alert.mute")
    assert subject in dict(mute.subjects()) and mute.about(subject).title
    parameters = mute.clean({"hours": "4"})
    assert mute.plan(subject, parameters).sentence == "No message about it leaves the console for four hours."
    assert run("alert.mute", subject, **parameters).startswith(f"Messages about {subject} are kept back until")
    row = AlertMute.objects.get()
    assert row.target == subject and 3.9 < (row.until - timezone.now()).total_seconds() / 3600 <= 4
    lift = registry.kind("alert.unmute")
    assert not lift.plan(subject, {}).why_not
    run("alert.unmute", subject)
    assert not AlertMute.objects.exists() and lift.plan(subject, {}).why_not == "it is not muted"


def test_only_what_there_is_can_be_muted_and_only_for_a_time_of_the_list() -> None:
    mute = registry.kind("alert.mute")
    with pytest.raises(ActionRefused):
        mute.about("nothing")
    with pytest.raises(ActionRefused):
        mute.clean({"hours": "100000"})


def test_a_test_message_needs_an_address(settings: Any) -> None:
    kind = registry.kind("notices.test")
    settings.ALERTS = {**settings.ALERTS, "urls": []}
    assert "ALERT_URLS" in kind.plan(EVERYBODY, {}).why_not
    settings.ALERTS = {**settings.ALERTS, "urls": ["json://127.0.0.1:1/"]}
    assert not kind.plan(EVERYBODY, {}).why_not
    run("notices.test", EVERYBODY)
    assert Notice.objects.get().deliveries.count() == 1


def test_only_a_lost_process_is_forgotten() -> None:
    kind, key = registry.kind("process.forget"), str(enter("worker"))
    assert kind.plan(key, {}).why_not == "it lives"
    silence(int(key))
    assert not kind.plan(key, {}).why_not and key in dict(kind.subjects())
    run("process.forget", key)
    with pytest.raises(ActionRefused):
        kind.about(key)


@pytest.mark.parametrize("subject", ["²", "٣", "9" * 5000, "-1", "\0", "x"])
def test_what_is_no_number_is_no_process(subject: str, admin_client: Client) -> None:
    kind = registry.kind("process.forget")
    with pytest.raises(ActionRefused, match="there is no process"):
        kind.about(subject)
    for name in ("process.forget", "alert.mute"):
        assert admin_client.get(ask_url(name, subject)).status_code == 404


def test_the_pages_ask_first(admin_client: Client, settings: Any) -> None:
    settings.ALERTS = {**settings.ALERTS, "urls": ["json://127.0.0.1:1/"]}
    for path, words in (
        ("/admin/balancer/notice/test/", "Send to JSON (1)"),
        ("/admin/swaps/alertmute/mute/", "All alerts of redis_down"),
        ("/admin/swaps/alertmute/unmute/", ""),
    ):
        page = admin_client.get(path, follow=True)
        assert page.status_code == 200 and words in page.content.decode(), path
    assert not Notice.objects.exists() and not AlertMute.objects.exists()
    for path in ("/admin/balancer/notice/", "/admin/swaps/alertmute/", "/admin/balancer/process/"):
        assert admin_client.get(path).status_code == 200, path


def test_the_runbook_has_an_anchor_for_each_alert(admin_client: Client, client: Client) -> None:
    page = admin_client.get("/admin/runbook/")
    text = page.content.decode()
    assert page.status_code == 200 and "<style" not in text.split('class="runbook"')[1]
    for name in RULES:
        assert f'id="{name}"' in text, name
        assert f'href="#{name}"' in text, name
    assert Client().get("/admin/runbook/").status_code == 302, "for operators"
