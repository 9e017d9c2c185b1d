"""Limits over HTTP: whose bucket a request counts in, what he is told, and what operators see of it."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from access.keys import key_prefix, key_text
from access.limits.limiter import limiter
from access.limits.shared import SharedCount
from access.limits.violations import refusals
from access.models import ActorKind, RateViolation
from access.services import api_key_rotate
from access.violations import violations_purge, violations_write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits")]
VERSION, TOKEN = "/api/v1/version", "/api/v1/token"
HOME, NEIGHBOUR = "203.0.113.7", "203.0.113.8"
NewKey = Callable[..., str]


@pytest.fixture
def ask() -> Callable[..., Any]:
    def send(key: str = "", address: str = HOME, path: str = VERSION) -> Any:
        client = APIClient(raise_request_exception=False, REMOTE_ADDR=address)
        return client.get(path, **({"HTTP_X_API_KEY": key} if key else {}))

    return send


def forged(number: int) -> str:
    return key_text(number.to_bytes(38, "big"))


def test_a_stranger_has_seed_001s_hundred_in_a_quarter_of_an_hour(ask: Any) -> None:
    began, first = monotonic(), ask()
    assert (first["RateLimit"], first["RateLimit-Policy"]) == ('"anonymous";r=99;t=900', '"anonymous";q=100;w=900')
    assert {ask().status_code for _ in range(99)} == {401}
    refused = ask()
    body = refused.json()
    assert (refused.status_code, body["code"], body["violated-policies"]) == (429, "rate_limited", ["anonymous"])
    assert refused["Content-Type"] == "application/problem+json"
    assert began - monotonic() + 898 <= int(refused["Retry-After"]) <= 900
    assert refused["RateLimit"].startswith('"anonymous";r=0;t=')
    assert ask(address=NEIGHBOUR).status_code == 401


def test_a_forged_key_has_no_bucket_of_its_own_and_wrong_keys_a_stricter_one(ask: Any, limits: dict[str, int]) -> None:
    answers = [ask(forged(number)) for number in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert answers[0]["RateLimit-Policy"] == '"anonymous";q=100;w=900, "wrong-key";q=20;w=900'
    assert answers[-1].json()["violated-policies"] == ["wrong-key"]
    assert ask()["RateLimit"].startswith('"anonymous";r=78;')  # they counted as a stranger's too


def test_a_good_key_goes_on_beside_a_neighbour_who_tries_wrong_ones(ask: Any, new_key: NewKey) -> None:
    good = new_key("swaps:read")
    for number in range(25):
        ask(forged(number))
    for _ in range(100):
        ask()
    assert (ask().status_code, ask(forged(1)).status_code, ask(good).status_code) == (429, 429, 200)


def test_a_key_is_counted_by_its_owner_wherever_he_is_and_whatever_he_shows(ask: Any, new_key: NewKey) -> None:
    plain = new_key("*", requests_per_minute=4)
    token = APIClient(HTTP_X_API_KEY=plain).post(TOKEN).json()["accessToken"]
    prefix = str(key_prefix(plain))
    _, successor = api_key_rotate(prefix=prefix, actor_kind=ActorKind.SYSTEM, actor_id="test")
    answers = [ask(plain), ask(token, NEIGHBOUR), ask(successor), ask(plain)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"key";q=4;w=60'
    assert ask(new_key("*")).status_code == 200


def test_health_and_metrics_are_not_limited_and_the_apis_description_is(ask: Any, limits: dict[str, int]) -> None:
    limits["anonymous"] = 1
    assert ask(path="/api/schema").status_code == 200
    assert ask(path="/api/schema").status_code == 429
    for path, address in 2 * (("/health/live", HOME), ("/metrics", "127.0.0.1")):
        answer = ask(path=path, address=address)
        assert answer.status_code == 200 and "RateLimit" not in answer.headers


def test_a_refused_request_reaches_no_view_and_no_row(ask: Any, new_key: NewKey) -> None:
    plain = new_key("*", requests_per_minute=1)
    ask(plain)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert ask(plain).status_code == 429
    assert len(queries) == 0


def test_an_authenticated_request_costs_a_round_trip_in_hundreds(
    ask: Any, new_key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease, trips = SharedCount.lease, []

    def counted(self: SharedCount, wanted: Any) -> Any:
        trips.append(wanted)
        return lease(self, wanted)

    monkeypatch.setattr(SharedCount, "lease", counted)
    plain = new_key("*")
    with CaptureQueriesContext(connection) as queries:
        assert {ask(plain).status_code for _ in range(50)} == {200}
    # the key's row and the note of its use; all of it twice where a window or the key's moment in memory ends meanwhile
    assert 1 <= len(trips) <= 2 and len(queries) <= 4


def test_without_valkey_nobody_is_refused(
    ask: Any, new_key: NewKey, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(limiter, "_shared", SharedCount())
    plain = new_key("*")
    assert {ask(plain).status_code for _ in range(5)} == {200}
    assert [ask().status_code for _ in range(101)][-2:] == [401, 429]  # and the limit stands
    monkeypatch.undo()
    limiter.forget()
    refusals.add(kind="rate_limited:key", principal="key:0", address=HOME, endpoint="version")
    assert violations_write() == 2  # what was refused meanwhile was kept


# What operators see


def test_refusals_are_rows_by_hour_and_no_insert_each(ask: Any, new_key: NewKey, admin_client: Client) -> None:
    plain, listed = new_key("*", requests_per_minute=1), new_key("*", allowed_addresses=["192.0.2.0/24"])
    owner = f"key:{key_prefix(plain)}"
    for _ in range(31):
        ask(plain)
    ask(listed)
    assert not RateViolation.objects.exists()
    wrote = violations_write()
    assert wrote == 2, list(RateViolation.objects.values())
    told = set(RateViolation.objects.values_list("kind", "principal", "address", "endpoint", "count"))
    assert told == {
        ("rate_limited:key", owner, HOME, "version", 30),
        ("address_not_allowed", f"key:{key_prefix(listed)}", HOME, "version", 1),
    }
    ask(plain)
    assert violations_write() == 1 and violations_write() == 0
    assert RateViolation.objects.get(principal=owner).count == 31
    page = admin_client.get("/admin/access/rateviolation/").content.decode()
    assert owner in page and "rate_limited:key" in page
    assert admin_client.get("/admin/access/rateviolation/add/").status_code == 403


def test_a_minute_that_failed_to_be_written_is_written_with_the_next(ask: Any, new_key: NewKey) -> None:
    plain = new_key("*", requests_per_minute=1)
    for _ in range(3):
        ask(plain)
    with pytest.raises(RuntimeError), refusals.taken():
        raise RuntimeError("the database went away")
    assert violations_write() == 1
    assert RateViolation.objects.get().count == 2


def test_many_strangers_are_counted_without_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access.limits.violations.MOST_KINDS", 2)
    for number in range(6):
        refusals.add(kind="rate_limited:anonymous", principal="", address=f"192.0.2.{number}", endpoint="version")
    violations_write()
    assert sorted(RateViolation.objects.values_list("address", "count")) == [
        ("", 4),
        ("192.0.2.0", 1),
        ("192.0.2.1", 1),
    ]


def test_old_refusals_go(ask: Any) -> None:
    for days in (29, 31):
        hour = timezone.now() - timedelta(days=days)
        RateViolation.objects.create(hour=hour, kind="rate_limited:key", count=1, last_at=hour)
    assert violations_purge() == 1


def test_the_defaults_are_the_seeds(settings: Any) -> None:
    import environ

    from balancer.settings.access import limits as load

    class Empty(environ.Env):
        ENVIRON: dict[str, str] = {}

    found = load(Empty())
    assert (found["anonymous"], found["window_ms"]) == (100, 15 * 60 * 1000)
    assert found["wrong_keys"] < found["anonymous"] < found["key"]
    call_command("check", verbosity=0)
