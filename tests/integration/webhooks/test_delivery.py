"""Messages reach a real receiver: signed, in order, again until they are taken, and no receiver holds up another."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from access.models import ActorKind, AuditEntry
from access.services import api_key_revoke
from access.webhooks.metrics import WebhookCollector
from access.webhooks.models import Attempt, Delivery, Endpoint, Message
from access.webhooks.schedule import DELAYS, MAX_ATTEMPTS
from access.webhooks.services.deliveries import deliveries_take, endpoints_due
from access.webhooks.services.endpoints import secret_rotate
from access.webhooks.services.publishing import events_publish
from access.webhooks.services.pump import pump, take
from tests.integration.webhooks.conftest import OTHER, TESTED, Owner, pass_time, send_all
from tests.integration.webhooks.receiver import Answer, Received, Receiver, receiving

pytestmark = pytest.mark.django_db
NewOwner = Callable[..., Owner]


def test_a_message_is_signed_as_the_specification_says(owner: Owner, receiver: Receiver) -> None:
    _, secret = owner.endpoint(receiver.url + "?a=b%20c")
    assert owner.publish("sess_1", 1) == 1
    send_all()
    (got,) = receiver.received
    assert got.verified(secret)["type"] == TESTED.name
    assert got.verified(secret)["data"] == {"seq": 1}
    assert got.path == "/hook?a=b%20c"
    assert got.headers["content-type"] == "application/json"
    assert got.id == Message.objects.get().pk
    with pytest.raises(WebhookVerificationError):
        got.verified("whsec_" + "A" * 43 + "=")
    tampered = Received(got.path, got.headers, got.body.replace(b"sess", b"xxxx").replace(b'"seq":1', b'"seq":2'))
    with pytest.raises(WebhookVerificationError):
        tampered.verified(secret)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_status, delivery.attempts) == ("delivered", 204, 1)
    assert Attempt.objects.get().address == "127.0.0.1"


def test_rotation_signs_with_both_secrets_until_the_overlap_ends(owner: Owner, receiver: Receiver) -> None:
    endpoint, old = owner.endpoint(receiver.url)
    api = owner.api
    new = api.post(f"/api/v1/webhooks/{endpoint.pk}/rotate-secret", {"overlapSeconds": 60}, format="json").json()[
        "secret"
    ]
    assert new != old
    owner.publish("sess_1", 1)
    send_all()
    assert receiver.received[0].verified(old) == receiver.received[0].verified(new)
    assert receiver.received[0].headers["webhook-signature"].count("v1,") == 2
    pass_time(seconds=61)
    owner.publish("sess_1", 2)
    send_all()
    assert receiver.received[1].verified(new)["data"] == {"seq": 2}
    with pytest.raises(WebhookVerificationError):
        receiver.received[1].verified(old)


def test_a_third_secret_ends_the_first(owner: Owner, receiver: Receiver) -> None:
    endpoint, first = owner.endpoint(receiver.url)
    for _ in range(2):
        secret_rotate(endpoint_id=endpoint.pk, owner=owner.id, actor_kind=ActorKind.API_KEY, overlap_seconds=60)
    owner.publish("sess_1", 1)
    send_all()
    assert receiver.received[0].headers["webhook-signature"].count("v1,") == 2
    with pytest.raises(WebhookVerificationError):
        receiver.received[0].verified(first)


def test_it_is_tried_again_for_a_day_and_then_given_up(owner: Owner, receiver: Receiver) -> None:
    """Each attempt comes at its time and not before, bears the same id, and is signed with its own time."""
    receiver.answer = lambda got: Answer(500, body=b"out of order\0")
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    total = 0.0
    for number, delay in enumerate(DELAYS, 1):
        if delay:
            pass_time(seconds=delay * 0.99)
            send_all()
            assert len(receiver.received) == number - 1, f"attempt {number} came early"
            pass_time(seconds=delay * 0.12 + 300)
        total += delay
        send_all()
        assert len(receiver.received) == number
    assert total > timedelta(days=1).total_seconds()
    pass_time(days=2)
    send_all()
    assert len(receiver.received) == MAX_ATTEMPTS
    assert {got.id for got in receiver.received} == {Message.objects.get().pk}
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_status, delivery.last_error) == ("failed", 500, "HTTP 500")
    assert Attempt.objects.filter(answer="out of order\N{REPLACEMENT CHARACTER}").count() == MAX_ATTEMPTS


def test_updates_of_one_session_come_in_order_and_wait_for_each_other(owner: Owner, receiver: Receiver) -> None:
    """The second is not sent before the first arrived, though another session's is."""
    seen: list[tuple[str, int]] = []

    def answer(got: Received) -> Answer:
        payload = got.verified(secret)
        seen.append((subjects[got.id], payload["data"]["seq"]))
        first_of_a = seen[-1] == ("sess_a", 1)
        return Answer(503 if first_of_a and seen.count(("sess_a", 1)) == 1 else 204)

    _, secret = owner.endpoint(receiver.url)
    owner.publish("sess_a", 3, 1, 2)
    owner.publish("sess_b", 1, 2)
    subjects = dict(Message.objects.values_list("pk", "subject"))
    receiver.answer = answer
    send_all()
    for _ in range(6):
        pass_time(seconds=8)
        send_all()
    assert [seq for subject, seq in seen if subject == "sess_a"] == [1, 1, 2, 3]
    assert [seq for subject, seq in seen if subject == "sess_b"] == [1, 2]
    assert not Delivery.objects.exclude(state="delivered").exists()


def test_filters_choose_what_an_endpoint_is_told(owner: Owner, receiver: Receiver) -> None:
    owner.endpoint(receiver.url, OTHER.name)
    owner.endpoint(receiver.url + "/all", "tested.*")
    owner.publish("sess_1", 1)
    owner.publish("sess_1", 2, kind=OTHER.name)
    send_all()
    chosen = [got.path for got in receiver.received]
    assert sorted(chosen) == ["/hook", "/hook/all", "/hook/all"]


def test_an_event_is_published_once_however_often_it_is_told(owner: Owner, receiver: Receiver) -> None:
    owner.endpoint(receiver.url)
    assert [owner.publish("sess_1", 1) for _ in range(3)] == [1, 0, 0]
    send_all()
    assert len(receiver.received) == 1


def test_an_owner_is_told_of_his_own_alone(new_owner: NewOwner, receiver: Receiver) -> None:
    mine, yours = new_owner(), new_owner()
    mine.endpoint(receiver.url)
    assert yours.publish("sess_1", 1) == 0
    send_all()
    assert receiver.received == []


def test_a_key_without_the_scope_is_not_told(new_owner: NewOwner, receiver: Receiver) -> None:
    blind = new_owner("webhooks:write")
    blind.endpoint(receiver.url)
    assert blind.publish("sess_1", 1) == 0


def test_a_revoked_key_is_told_nothing_more(
    owner: Owner, receiver: Receiver, django_capture_on_commit_callbacks: Any
) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    with django_capture_on_commit_callbacks(execute=True):
        api_key_revoke(prefix=owner.id.removeprefix("key:"), actor_kind=ActorKind.OPERATOR, actor_id="ada")
    send_all()
    assert receiver.received == []
    endpoint.refresh_from_db()
    assert not endpoint.enabled
    assert "revoked" in endpoint.disabled_reason
    assert owner.publish("sess_1", 2) == 0


def test_gone_disables_and_is_told_in_the_audit(owner: Owner, receiver: Receiver) -> None:
    receiver.answer = lambda got: Answer(410)
    endpoint, _ = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    owner.publish("sess_2", 1)
    send_all()
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "its receiver answered 410 Gone")
    assert AuditEntry.objects.filter(action="webhook_disabled", target=endpoint.pk).exists()
    count = len(receiver.received)
    pass_time(days=1)
    send_all()
    assert len(receiver.received) == count


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_for_the_whole_endpoint(owner: Owner, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda got: Answer(status, {"Retry-After": "3600"})
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    owner.publish("sess_2", 1)
    pass_time(seconds=3500)
    send_all()
    assert len(receiver.received) == 1
    receiver.answer = lambda got: Answer()
    pass_time(seconds=101)
    send_all()
    assert len(receiver.received) == 3


def test_an_endpoint_that_fails_for_days_is_disabled(owner: Owner, receiver: Receiver, rules: dict[str, Any]) -> None:
    receiver.answer = lambda got: Answer(500)
    endpoint, _ = owner.endpoint(receiver.url)
    for day in range(7):
        owner.publish("sess_1", day + 1)
        send_all()
        endpoint.refresh_from_db()
        assert endpoint.enabled == (day < 5), f"day {day}"
        pass_time(days=1)
    assert endpoint.disabled_reason.startswith("it has failed since ")
    assert owner.publish("sess_1", 99) == 0
    assert Message.objects.filter(seq=99).exists()


def test_a_success_ends_a_failure(owner: Owner, receiver: Receiver) -> None:
    receiver.answer = lambda got: Answer(500)
    endpoint, _ = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    endpoint.refresh_from_db()
    assert endpoint.failures == 1
    receiver.answer = lambda got: Answer()
    pass_time(seconds=10)
    send_all()
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.quiet_until) == (0, None, None)


def test_a_failing_endpoint_is_asked_by_one_delivery_at_a_time(owner: Owner, receiver: Receiver) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    Endpoint.objects.update(failing_since=timezone.now(), failures=1)
    for number in range(10):
        owner.publish(f"sess_{number}", 1)
    assert len(deliveries_take(endpoint.pk, 10)) == 1
    assert deliveries_take(endpoint.pk, 10) == []


def test_what_nobody_could_be_told_in_its_life_is_given_up(owner: Owner, receiver: Receiver) -> None:
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    pass_time(hours=73)
    send_all()
    assert receiver.received == []
    assert Delivery.objects.get().state == "failed"


def test_a_lease_that_its_process_left_behind_runs_out(owner: Owner, receiver: Receiver) -> None:
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    assert len(take(8)) == 1  # and this process "dies" here
    send_all()
    assert receiver.received == []
    assert endpoints_due(8) == []
    pass_time(seconds=30)
    send_all()
    assert len(receiver.received) == 1
    assert Delivery.objects.get().attempts == 2


# WEBHOOK SSRF / BLOCKING


def test_webhook_ssrf_blocking__slow_receivers_hold_up_nobody(owner: Owner, rules: dict[str, Any]) -> None:
    """Six receivers that never answer, with all of their bounds used, and one that does: it has its message first."""
    rules["concurrency"], rules["concurrency_per_endpoint"] = 8, 1
    forever = threading.Event()
    stuck = Receiver(answer=lambda got: Answer(200 if forever.wait(20) else 500))
    with receiving(stuck), receiving() as quick:
        for _ in range(6):
            owner.endpoint(stuck.url)
        endpoint, _ = owner.endpoint(quick.url)
        for number in range(20):
            owner.publish(f"sess_{number}", 1)
        assert pump() is False
        forever.set()
        assert len(quick.received) == 20
        assert Delivery.objects.filter(endpoint=endpoint, state="delivered").count() == 20
        failed = Delivery.objects.exclude(endpoint=endpoint).exclude(last_error="")
        assert set(failed.values_list("last_error", flat=True)) == {"no whole answer within 1 s"}


def test_webhook_ssrf_blocking__a_receiver_that_drips_is_cut_off(owner: Owner, rules: dict[str, Any]) -> None:
    """A byte now and then is no whole answer: the limit is for the attempt, and not for each byte."""
    import socket

    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        connection.sendall(b"HTTP/1.1 2")
        while not stop.wait(0.2):
            try:
                connection.sendall(b"0")
            except OSError:
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    owner.endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/")
    owner.publish("sess_1", 1)
    send_all()
    stop.set()
    thread.join(5)
    server.close()
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.error) == (0, "no whole answer within 1 s")
    assert attempt.milliseconds < 3000


def test_only_the_beginning_of_an_answer_is_kept(owner: Owner, receiver: Receiver) -> None:
    receiver.answer = lambda got: Answer(200, body=b"x" * 5_000_000)
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    assert Attempt.objects.get().answer == "x" * 1024
    assert Delivery.objects.get().state == "delivered"


def test_an_endpoint_has_so_many_at_once(owner: Owner, receiver: Receiver, rules: dict[str, Any]) -> None:
    rules["concurrency_per_endpoint"] = 3
    meeting = threading.Barrier(3)

    def answer(got: Received) -> Answer:
        meeting.wait(0.9)
        return Answer()

    receiver.answer = answer
    owner.endpoint(receiver.url)
    for number in range(9):
        owner.publish(f"sess_{number}", 1)
    send_all()
    assert receiver.most_at_once == 3
    assert Delivery.objects.filter(state="delivered").count() == 9


@pytest.mark.slow
def test_a_thousand_updates_each_once_and_in_order(owner: Owner, receiver: Receiver) -> None:
    _, secret = owner.endpoint(receiver.url)
    for seq in range(1, 21):
        events_publish([owner.event(f"sess_{number}", seq) for number in range(50)])
    send_all()
    subjects = dict(Message.objects.values_list("pk", "subject"))
    seen: dict[str, list[int]] = {}
    for got in receiver.received:
        seen.setdefault(subjects[got.id], []).append(got.verified(secret)["data"]["seq"])
    assert seen == {f"sess_{number}": list(range(1, 21)) for number in range(50)}


def test_the_metrics_tell_of_endpoints_and_of_what_waits(owner: Owner, receiver: Receiver) -> None:
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1, 2)
    Delivery.objects.filter(seq=2).update(state="failed")
    pass_time(seconds=90)
    families = {family.name: family for family in WebhookCollector().collect()}
    deliveries = {
        sample.labels["state"]: sample.value for sample in families["orchestrator_webhook_deliveries"].samples
    }
    endpoints = {sample.labels["state"]: sample.value for sample in families["orchestrator_webhook_endpoints"].samples}
    (waited,) = families["orchestrator_webhook_waited_seconds"].samples
    assert deliveries == {"pending": 1, "failed": 1}
    assert endpoints == {"disabled": 0, "failing": 0, "working": 1}
    assert 90 <= waited.value < 100
