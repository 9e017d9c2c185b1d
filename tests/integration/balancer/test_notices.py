"""Messages to operators: which, when, to whom, how often; over a real HTTP sink and a real SMTP sink, without a word of an address."""

import json
import logging
import socketserver
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.models import ActorKind, AuditEntry
from access.operating import operating_change
from balancer.models import Delivery, Notice
from balancer.notices.sending import PAUSES_SECONDS, deliver_due
from balancer.notices.targets import targets, unreadable
from balancer.notices.writing import notice_test, notices_purge, notices_write
from swaps.models import Alert, AlertMute
from swaps.services.alert_care import AlertRefused, alert_mute, alert_unmute
from swaps.services.alerts import Trouble, alert_clear, alert_publish

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "xoxb-very-secret-word"


class Sink(ThreadingHTTPServer):
    """Takes what is posted; answers `status`."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if sink.status == 200:
                    sink.got.append(body)
                self.send_response(sink.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Not to the tests' output."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Post(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client that sends a mail needs."""

    allow_reuse_address = True

    def __init__(self) -> None:
        self.mails: list[str] = []
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 here")
                while line := self.rfile.readline().decode().strip():
                    word = line.upper().split(" ")[0]
                    if word == "QUIT":
                        self._say("221 bye")
                        return
                    if word == "DATA":
                        self._say("354 go on")
                        post.mails.append(self._mail())
                    self._say("250 well")

            def _mail(self) -> str:
                lines = []
                while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
                    lines.append(line)
                return "".join(lines)

            def _say(self, words: str) -> None:
                self.wfile.write(f"{words}\r\n".encode())

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def addressed(sink: Sink, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
    settings.ALERTS = {
        "urls": [f"json://127.0.0.1:{sink.server_port}/hooks/{SECRET}"],
        "runbook": "https://c.example.org/admin/runbook/",
        "console": "https://c.example.org",
    }


def raise_alert(key: str, *, rule: str = "redis_down", severity: Any = Alert.Severity.ERROR, session: str = "") -> None:
    action = f"https://c.example.org/admin/runbook/#{rule}"
    alert_publish(Trouble(key, f"{key} is wrong", severity, action=action, rule=rule, session_id=session))


def later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def test_a_beginning_and_an_end_are_told_with_the_page_of_the_runbook(sink: Sink) -> None:
    raise_alert("redis", session="sess_a")
    assert notices_write() is not None and deliver_due() == 1
    [first] = sink.got
    assert first["title"] == "1Balancer: redis is wrong" and first["type"] == "failure"
    for part in (
        "ERROR since",
        "redis is wrong",
        "/admin/runbook/#redis_down",
        "/admin/swaps/swapsession/sess_a/change/",
    ):
        assert part in first["message"], part
    assert notices_write() is None, "told once"
    alert_clear("redis")
    notices_write(later(11))
    deliver_due()
    assert sink.got[1]["message"].startswith("OVER at") and sink.got[1]["type"] == "info"


def test_a_storm_of_a_thousand_alerts_is_two_messages(sink: Sink) -> None:
    raise_alert("first")
    notices_write()
    soon = timezone.now()
    for number in range(1000):
        raise_alert(f"session {number}", severity=Alert.Severity.WARNING)
        if number % 250 == 0:
            assert notices_write(soon) is None, "too soon after the last one"
    notice = notices_write(later(11))
    assert notice is not None and notice.alerts == 1000 and notice.severity == "warning"
    assert notice.title == "1Balancer: 1000 alarms" and "and 980 more: https://c.example.org" in notice.body
    assert notice.body.count("WARNING since") == 20
    assert Notice.objects.count() == 2 and notices_write(later(30)) is None


def test_an_hour_has_so_many_messages_and_no_more() -> None:
    operating_change({"ALERTS_PER_HOUR": 2, "ALERTS_GROUP_SECONDS": 1}, actor_kind=ActorKind.OPERATOR, actor_id="op")
    for number in range(3):
        raise_alert(f"a{number}", severity=Alert.Severity.WARNING)
        notices_write(later(number * 5))
    assert Notice.objects.count() == 2
    assert notices_write(later(3700)) is not None, "what was kept back comes when the hour is over"


def test_flapping_warnings_keep_no_new_error_back() -> None:
    """It goes at once, with what was kept back; errors have as many messages an hour again, and no more."""
    operating_change({"ALERTS_PER_HOUR": 2, "ALERTS_GROUP_SECONDS": 1}, actor_kind=ActorKind.OPERATOR, actor_id="op")
    for number in range(3):
        raise_alert(f"w{number}", severity=Alert.Severity.WARNING, rule="price_source")
        notices_write(later(number * 5))
    assert Notice.objects.count() == 2
    alert_mute(target="redis_down", until=later(3600), reason="maintenance", actor="op")
    raise_alert("muted")
    assert notices_write(later(20)) is None, "a muted error is none that anybody waits for"
    alert_unmute(target="redis_down", actor="op")
    raise_alert("e0", rule="audit_broken")
    first = notices_write(later(25))
    assert first is not None and "e0 is wrong" in first.body and "w2 is wrong" in first.body
    for number in (1, 2):
        raise_alert(f"e{number}", rule="audit_broken")
        notices_write(later(25 + number * 5))
    assert Notice.objects.count() == 4


def test_what_nobody_acknowledges_is_told_again_and_what_somebody_does_is_not() -> None:
    raise_alert("a")
    raise_alert("b")
    notices_write()
    assert notices_write(later(14_300)) is None
    Alert.objects.filter(key="b").update(acknowledged_at=timezone.now(), acknowledged_by="op")
    again = notices_write(later(14_500))
    assert again is not None and again.alerts == 1 and "a is wrong" in again.body


@pytest.mark.parametrize("target", ["a", "redis_down"], ids=["the alert", "its rule"])
def test_what_is_muted_is_told_to_nobody_until_the_mute_is_over(target: str) -> None:
    alert_mute(target=target, until=later(3600), reason="maintenance", actor="op")
    raise_alert("a")
    assert notices_write() is None and Alert.objects.get().quiet
    alert_unmute(target=target, actor="op")
    assert notices_write() is not None, "it stands, and nobody has heard of it"
    assert [row.action for row in AuditEntry.objects.order_by("pk")] == ["alert_muted", "alert_unmuted"]


def test_what_began_unheard_ends_unheard() -> None:
    alert_mute(target="a", until=later(3600), reason="maintenance", actor="op")
    raise_alert("a")
    notices_write()
    AlertMute.objects.all().delete()
    Alert.objects.filter(state="raised").update(acknowledged_at=timezone.now())
    alert_clear("a")
    assert notices_write() is None


def test_a_mute_says_why_and_ends() -> None:
    for wrong in ({"reason": " "}, {"until": later(-1)}, {"until": later(90 * 86_400)}, {"target": ""}):
        with pytest.raises(AlertRefused):
            alert_mute(**{"target": "a", "until": later(60), "reason": "why", "actor": "op", **wrong})
    assert not AlertMute.objects.exists() and not AuditEntry.objects.exists()


def test_an_address_that_refuses_is_tried_again_ever_later_and_given_up(sink: Sink) -> None:
    sink.status = 500
    raise_alert("a")
    notices_write()
    for attempt, pause in enumerate(PAUSES_SECONDS, 1):
        assert deliver_due() == 1
        row = Delivery.objects.get()
        assert row.attempts == attempt and row.sent_at is None
        assert pause - 3 < (row.due_at - timezone.now()).total_seconds() <= pause
        assert deliver_due() == 0, "not before its time"
        Delivery.objects.update(due_at=timezone.now())
    deliver_due()
    assert Delivery.objects.get().given_up_at is not None
    sink.status = 200
    Delivery.objects.update(due_at=timezone.now())
    assert deliver_due() == 0 and sink.got == []


def test_who_dies_while_sending_leaves_it_to_the_next_one(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_alert("a")
    notices_write()

    def die(_delivery: Delivery) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("balancer.notices.sending._deliver", die)
        with pytest.raises(SystemExit):
            deliver_due()
    assert deliver_due() == 0, "it is another's for a minute"
    Delivery.objects.update(due_at=timezone.now())
    assert deliver_due() == 1 and len(sink.got) == 1


def test_nothing_of_an_address_is_logged_or_kept(
    sink: Sink, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], admin_client: Client
) -> None:
    sink.status = 500
    with caplog.at_level(logging.DEBUG):
        raise_alert("a")
        notices_write()
        deliver_due()
        sink.status = 200
        Delivery.objects.update(due_at=timezone.now())
        deliver_due()
    assert len(sink.got) == 1
    out, err = capfd.readouterr()
    rows = str(list(Delivery.objects.values())) + str(list(Notice.objects.values())) + repr(targets())
    page = admin_client.get(f"/admin/balancer/notice/{Notice.objects.get().pk}/change/").content.decode()
    assert SECRET not in caplog.text + out + err + rows + page
    assert "JSON (1)" in rows and "JSON (1)" in page


def test_an_address_taken_out_of_the_settings_is_given_up(settings: Any) -> None:
    raise_alert("a")
    notices_write()
    settings.ALERTS = {**settings.ALERTS, "urls": []}
    deliver_due()
    assert Delivery.objects.get().error == "the address is no longer in ALERT_URLS"


def test_who_names_an_address_tomorrow_is_not_told_of_yesterday(settings: Any) -> None:
    urls = settings.ALERTS["urls"]
    settings.ALERTS = {**settings.ALERTS, "urls": []}
    raise_alert("a")
    assert notices_write() is None
    settings.ALERTS = {**settings.ALERTS, "urls": urls}
    assert notices_write() is None


def test_a_mail(settings: Any) -> None:
    with Post() as post:
        port = post.server_address[1]
        address = f"mailto://127.0.0.1:{port}?from=1balancer@example.org&to=op@example.org&mode=insecure"
        settings.ALERTS = {**settings.ALERTS, "urls": [address]}
        assert unreadable() == []
        raise_alert("a")
        notices_write()
        deliver_due()
        post.shutdown()
    assert Delivery.objects.get().sent_at is not None
    [mail] = post.mails
    assert "op@example.org" in mail and "Subject: " in mail


def test_an_address_that_apprise_does_not_know_is_named_by_its_place(settings: Any) -> None:
    settings.ALERTS = {**settings.ALERTS, "urls": ["json://127.0.0.1:1/", "nonsense"]}
    assert unreadable() == [2] and len(targets()) == 1


def test_a_test_message_goes_the_way_of_all_and_is_audited(sink: Sink) -> None:
    notice_test(actor="op")
    deliver_due()
    assert "op asked for this message" in sink.got[0]["message"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("alert_test_sent", {"addresses": ["JSON (1)"]})


def test_the_buttons_ask_first_and_then_do(sink: Sink, admin_client: Client) -> None:
    asked = admin_client.get("/admin/balancer/notice/test/")
    assert asked.status_code == 302 and not Notice.objects.exists(), "nothing leaves by a link"
    page = admin_client.get(asked["Location"])
    assert page.status_code == 200 and "Send to JSON (1)" in page.content.decode()


def test_old_messages_are_forgotten() -> None:
    notice_test(actor="op")
    Notice.objects.update(created_at=timezone.now() - timedelta(days=91))
    notice_test(actor="op")
    assert notices_purge() == 2 and Notice.objects.count() == 1
