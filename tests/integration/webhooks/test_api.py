"""`/api/v1/webhooks`: endpoints of one's own key, secrets shown once, the log, pings and replays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.models import AuditEntry, IdempotencyRecord
from access.webhooks import dialing
from access.webhooks.models import Attempt, Delivery, Endpoint, Message, SigningSecret
from access.webhooks.services.purging import webhooks_purge
from tests.integration.webhooks.conftest import OTHER, TESTED, Owner, pass_time, send_all
from tests.integration.webhooks.receiver import Answer, Receiver

pytestmark = pytest.mark.django_db
URL = "/api/v1/webhooks"
NewOwner = Callable[..., Owner]


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


def create(owner: Owner, url: str, key: str = "", **more: Any) -> Any:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return owner.api.post(URL, {"url": url, **more}, format="json", **headers)


def test_an_endpoint_from_its_beginning_to_its_end(owner: Owner, receiver: Receiver) -> None:
    made = create(owner, receiver.url, events=[TESTED.name], description="mine")
    assert made.status_code == 201, made.json()
    assert made["Cache-Control"] == "no-store"
    body = made.json()
    secret, one = body.pop("secret"), f"{URL}/{body['id']}"
    assert secret.startswith("whsec_")
    body.pop("secretId")
    assert owner.api.get(one).json() == body
    assert owner.api.get(URL).json() == {"webhooks": [body]}
    changed = owner.api.patch(one, {"events": [], "enabled": False}, format="json").json()
    assert (changed["events"], changed["enabled"], changed["disabledReason"]) == ([], False, "its owner disabled it")
    assert owner.api.post(f"{one}/ping").json()["code"] == "webhook_disabled"
    assert owner.api.patch(one, {"enabled": True}, format="json").json()["disabledReason"] is None
    assert owner.api.delete(one).status_code == 204
    assert owner.api.get(one).json()["code"] == "webhook_not_found"
    actions = AuditEntry.objects.filter(target=body["id"]).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["webhook_created", "webhook_changed", "webhook_changed", "webhook_deleted"]


def test_the_secret_is_shown_once_and_kept_sealed(owner: Owner, receiver: Receiver) -> None:
    body = create(owner, receiver.url).json()
    one = f"{URL}/{body['id']}"
    for answer in (owner.api.get(URL), owner.api.get(one), owner.api.patch(one, {}, format="json")):
        assert "secret" not in answer.content.decode()
    row = SigningSecret.objects.get()
    assert body["secret"].removeprefix("whsec_").encode() not in bytes(row.ciphertext)
    assert body["secret"][6:] not in str(list(AuditEntry.objects.values()))


def test_a_repeated_request_is_shown_the_same_secret_which_is_kept_nowhere(owner: Owner, receiver: Receiver) -> None:
    first, second = (create(owner, receiver.url, key="k1") for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Endpoint.objects.count() == 1
    kept = IdempotencyRecord.objects.get().answer
    assert first.json()["id"] in kept
    assert first.json()["secret"][6:] not in kept
    rotate = f"{URL}/{first.json()['id']}/rotate-secret"
    rotated = owner.api.post(rotate, {}, format="json", HTTP_IDEMPOTENCY_KEY="k2").json()
    assert owner.api.post(rotate, {}, format="json", HTTP_IDEMPOTENCY_KEY="k2").json() == rotated
    assert create(owner, receiver.url, key="k1").json()["secret"] is None


def test_one_key_cannot_touch_anothers(new_owner: NewOwner, receiver: Receiver) -> None:
    mine, yours = new_owner(), new_owner()
    endpoint, _ = yours.endpoint(receiver.url)
    yours.publish("sess_1", 1)
    one, delivery = f"{URL}/{endpoint.pk}", Delivery.objects.get()
    calls = [
        mine.api.get(one),
        mine.api.patch(one, {"enabled": False}, format="json"),
        mine.api.delete(one),
        mine.api.post(f"{one}/ping"),
        mine.api.post(f"{one}/rotate-secret"),
        mine.api.post(f"{one}/replay", {"sessionId": "sess_1"}, format="json"),
        mine.api.get(f"{one}/deliveries"),
        mine.api.get(f"{one}/deliveries/{delivery.pk}"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in calls} == {(404, "webhook_not_found")}
    assert mine.api.get(URL).json() == {"webhooks": []}
    mine_too, _ = mine.endpoint(receiver.url)
    assert mine.api.get(f"{URL}/{mine_too.pk}/deliveries/{delivery.pk}").status_code == 404
    endpoint.refresh_from_db()
    assert endpoint.enabled


def test_a_scope_is_needed_for_all_of_it(new_owner: NewOwner) -> None:
    answer = new_owner("swaps:read", "swaps:write").api.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


def test_one_subscribes_to_what_one_may_read(new_owner: NewOwner, receiver: Receiver) -> None:
    answer = create(new_owner("webhooks:write"), receiver.url, events=[TESTED.name])
    assert answer.json()["errors"][0]["field"] == "events"
    assert "swaps:read" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": 5}, "url"),
        ({"url": None}, "url"),
        ({"url": "https://x.example/" + "a" * 500}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://[::1]/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://example.com/", "events": "session.completed"}, "events"),
        ({"url": "https://example.com/", "events": [5]}, "events"),
        ({"url": "https://example.com/", "events": ["nothing.there"]}, "events"),
        ({"url": "https://example.com/", "events": ["webhook.ping"]}, "events"),
        ({"url": "https://example.com/", "events": ["tested.updated"] * 51}, "events"),
        ({"url": "https://example.com/", "description": "x" * 201}, "description"),
        ({"url": "https://example.com/", "owner": "key:other"}, "owner"),
        ({"url": "https://example.com/", "secret": "whsec_mine"}, "secret"),
        ([], ""),
        ("text", ""),
    ],
)
def test_faults_name_their_field(owner: Owner, monkeypatch: pytest.MonkeyPatch, body: Any, field: str) -> None:
    monkeypatch.setattr(dialing, "system_resolve", lambda host, port: ["93.184.215.14"])
    answer = owner.api.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), answer.json()
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert not Endpoint.objects.exists()


def test_a_host_that_resolves_to_a_private_address_is_refused_at_once(
    owner: Owner, rules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules["allowed_networks"] = []
    monkeypatch.setattr(dialing, "system_resolve", lambda host, port: ["93.184.215.14", "10.0.0.1"])
    answer = create(owner, "https://hooks.example.com/")
    assert "10.0.0.1 is private" in answer.json()["errors"][0]["message"]


def test_a_host_that_does_not_resolve_yet_is_taken(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    monkeypatch.setattr(dialing, "system_resolve", unknown)
    assert create(owner, "https://hooks.example.com/").status_code == 201


def test_a_key_has_so_many(owner: Owner, receiver: Receiver, rules: dict[str, Any]) -> None:
    rules["max_per_key"] = 2
    codes = [create(owner, receiver.url).status_code for _ in range(3)]
    assert codes == [201, 201, 409]


def test_a_ping_goes_to_one_endpoint_past_its_filter(owner: Owner, receiver: Receiver) -> None:
    one, secret = owner.endpoint(receiver.url, OTHER.name)
    owner.endpoint(receiver.url + "/other")
    first, second = (owner.api.post(f"{URL}/{one.pk}/ping").json() for _ in range(2))
    send_all()
    assert [got.id for got in receiver.received] == [first["messageId"], second["messageId"]]
    assert receiver.payloads(secret)[0]["data"] == {"webhookId": one.pk, "seq": 1}
    assert receiver.payloads(secret)[1]["type"] == "webhook.ping"


def test_the_log_tells_of_every_attempt(owner: Owner, receiver: Receiver) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    receiver.answer = lambda got: Answer(500, body=b"sorry")
    owner.publish("sess_1", 1)
    send_all()
    receiver.answer = lambda got: Answer(200, body=b"thanks")
    pass_time(seconds=10)
    send_all()
    page = owner.api.get(f"{URL}/{endpoint.pk}/deliveries").json()
    (delivery,) = page["deliveries"]
    assert (delivery["state"], delivery["attempts"], delivery["subject"]) == ("delivered", 2, "sess_1")
    detail = owner.api.get(f"{URL}/{endpoint.pk}/deliveries/{delivery['id']}").json()
    assert [(one["status"], one["answer"]) for one in detail["tries"]] == [(200, "thanks"), (500, "sorry")]
    assert detail["body"]["data"] == {"seq": 1}


def test_the_log_is_filtered_and_paged(owner: Owner, receiver: Receiver) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    owner.publish("sess_1", *range(1, 6))
    owner.publish("sess_2", 1)
    log = f"{URL}/{endpoint.pk}/deliveries"
    assert [row["seq"] for row in owner.api.get(f"{log}?sessionId=sess_1&limit=2").json()["deliveries"]] == [5, 4]
    following = owner.api.get(f"{log}?sessionId=sess_1&limit=2").json()["next"]
    assert [row["seq"] for row in owner.api.get(following).json()["deliveries"]] == [3, 2]
    assert owner.api.get(f"{log}?state=failed").json()["deliveries"] == []
    assert owner.api.get(f"{log}?state=lost").status_code == 400
    assert owner.api.get(f"{log}/{2**70}").status_code == 404
    assert owner.api.get(f"{log}?sessionId=%00").status_code == 400


@pytest.mark.parametrize(
    ("body", "seqs"),
    [
        ({"sessionId": "sess_1"}, [1, 2, 3]),
        ({"sessionId": "sess_1", "since": 1}, [2, 3]),
        ({"sessionId": "sess_1", "seq": 2}, [2]),
        ({"sessionId": "sess_9"}, []),
    ],
)
def test_a_session_is_replayed_by_seq_under_the_same_ids(
    owner: Owner, receiver: Receiver, body: dict[str, Any], seqs: list[int]
) -> None:
    endpoint, secret = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1, 2, 3)
    owner.publish("sess_2", 1)
    send_all()
    ids = {got.verified(secret)["data"]["seq"]: got.id for got in receiver.received}
    ids |= dict(Message.objects.filter(subject="sess_1").values_list("seq", "pk"))
    receiver.received.clear()
    answer = owner.api.post(f"{URL}/{endpoint.pk}/replay", body, format="json")
    assert (answer.status_code, answer.json()) == (202, {"messages": len(seqs), "more": False})
    send_all()
    assert [got.verified(secret)["data"]["seq"] for got in receiver.received] == seqs
    assert [got.id for got in receiver.received] == [ids[seq] for seq in seqs]


def test_everything_since_a_moment_is_replayed_to_a_new_endpoint_too(owner: Owner, receiver: Receiver) -> None:
    owner.endpoint(receiver.url + "/old")
    owner.publish("sess_1", 1)
    pass_time(hours=2)
    moment = timezone.now().isoformat()
    owner.publish("sess_1", 2)
    new, _ = owner.endpoint(receiver.url + "/new")
    answer = owner.api.post(f"{URL}/{new.pk}/replay", {"since": moment}, format="json").json()
    assert answer == {"messages": 1, "more": False}
    send_all()
    assert [got.path for got in receiver.received if got.path == "/hook/new"] == ["/hook/new"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "since"),
        ({"seq": 1}, "sessionId"),
        ({"since": 1}, "sessionId"),
        ({"sessionId": "s", "since": 1, "seq": 1}, "seq"),
        ({"sessionId": "s", "since": -1}, "since"),
        ({"sessionId": "s", "seq": True}, "seq"),
        ({"sessionId": "s", "seq": 1.5}, "seq"),
        ({"sessionId": "s", "seq": 2**63}, "seq"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"since": "9999-12-31T23:59:59-14:00"}, "since"),
        ({"sessionId": "x" * 81}, "sessionId"),
    ],
)
def test_a_replay_that_says_not_what(owner: Owner, receiver: Receiver, body: dict[str, Any], field: str) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    answer = owner.api.post(f"{URL}/{endpoint.pk}/replay", body, format="json")
    assert answer.status_code == 400, answer.json()
    assert field in [fault["field"] for fault in answer.json()["errors"]]


def test_what_failed_for_good_is_replayed(owner: Owner, receiver: Receiver) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    Delivery.objects.update(state="failed", attempts=8)
    owner.api.post(f"{URL}/{endpoint.pk}/replay", {"sessionId": "sess_1"}, format="json")
    send_all()
    assert len(receiver.received) == 1
    assert Delivery.objects.get().attempts == 1


def test_the_types_are_a_table(owner: Owner) -> None:
    found = {row["type"]: row for row in owner.api.get(f"{URL}/events").json()["events"]}
    assert {"session.created", "session.updated", "session.completed", "session.refunded"} <= found.keys()
    assert found["session.completed"]["scope"] == "swaps:read"
    assert "webhook.ping" not in found


def test_what_is_old_goes_and_what_is_on_its_way_stays(owner: Owner, receiver: Receiver) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    pass_time(days=31)
    owner.publish("sess_2", 1)
    Message.objects.filter(subject="sess_2").update(created_at=timezone.now() - timedelta(days=31))
    SigningSecret.objects.create(endpoint=endpoint, ciphertext=b"x", nonce=b"x", key_id="k", retires_at=timezone.now())
    assert webhooks_purge() == 1
    assert [message.subject for message in Message.objects.all()] == ["sess_2"]
    assert Attempt.objects.count() == 0
    assert SigningSecret.objects.count() == 1
