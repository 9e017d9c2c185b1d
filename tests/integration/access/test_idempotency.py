"""`Idempotency-Key`: the work is done once, whatever comes between."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from rest_framework.test import APIClient

from access.idempotency import idempotency_purge
from access.models import IdempotencyRecord
from tests.integration.access.desk import Gate, work_done

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.access.desk")]
WORK = "/api/work"
Post = Callable[..., Any]


@pytest.fixture
def post(caller: Callable[..., APIClient], bootstrap_key: str) -> Post:
    """One request with this body and key, with a connection of its own thread."""

    def send(body: Any, key: str | None = "k1", credential: str = bootstrap_key, path: str = WORK) -> Any:
        headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
        return caller(credential).post(path, body, format="json", **headers)

    return send


def test_without_the_header_every_request_works(post: Post) -> None:
    assert [post({}, key=None).json()["done"] for _ in range(2)] == [1, 2]
    assert not IdempotencyRecord.objects.exists()


def test_the_same_key_and_body_get_the_same_bytes_and_the_work_is_done_once(post: Post) -> None:
    first, second = post({"n": 1, "m": 2}), post({"m": 2, "n": 1})
    assert (first.status_code, second.status_code, work_done()) == (201, 201, 1)
    assert first.content == second.content and b'"zebra"' in first.content
    assert second["Location"] == first["Location"] == "/done/1"
    assert (first.has_header("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (False, "true")


def test_another_body_or_path_is_refused(post: Post) -> None:
    post({"n": 1})
    for answer in (post({"n": 2}), post({"n": 1}, path=f"{WORK}?x=1")):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert work_done() == 1


def test_another_caller_has_keys_of_his_own(post: Post, new_key: Callable[..., str]) -> None:
    post({"n": 1})
    assert post({"n": 2}, credential=new_key("swaps:write")).status_code == 201
    assert work_done() == 2


def test_a_refusal_leaves_nothing_and_the_key_is_still_good(post: Post) -> None:
    refused = post({"refuse": True})
    assert (refused.status_code, refused.json()["code"], work_done()) == (409, "refused", 0)
    assert post({"refuse": False}).status_code == 201


def test_a_fault_of_ours_leaves_nothing_and_the_key_is_still_good(post: Post) -> None:
    assert (post({"break": True}).status_code, work_done()) == (500, 0)
    assert post({}).status_code == 201


def test_an_answer_of_5xx_is_not_kept(post: Post) -> None:
    assert post({"status": 503}).status_code == 503
    assert not IdempotencyRecord.objects.exists()


def test_a_definite_answer_of_4xx_is_kept(post: Post) -> None:
    assert [post({"status": 404}).status_code for _ in range(2)] == [404, 404]
    assert work_done() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
def test_a_key_that_is_no_key_is_refused(post: Post, key: str) -> None:
    answer = post({}, key=key)
    assert (answer.status_code, answer.json()["code"], work_done()) == (400, "idempotency_key_invalid", 0)


def test_after_a_day_the_key_is_new_again(post: Post) -> None:
    post({"n": 1})
    _age(timedelta(hours=23, minutes=59))
    assert post({"n": 1})["Idempotent-Replayed"] == "true"
    _age(timedelta(hours=24, seconds=1))
    again = post({"n": 2})
    assert (again.status_code, again.has_header("Idempotent-Replayed"), work_done()) == (201, False, 2)
    assert IdempotencyRecord.objects.count() == 1


def test_old_answers_are_purged_and_young_ones_stay(post: Post) -> None:
    post({}, key="old")
    _age(timedelta(hours=25))
    post({}, key="young")
    assert idempotency_purge() == 1
    assert IdempotencyRecord.objects.get().key == "young"


def _age(age: timedelta) -> None:
    IdempotencyRecord.objects.update(created_at=timezone.now() - age)


# Races, on connections of their own


@pytest.fixture
def in_thread() -> Any:
    """Run a call in a thread whose database connections are given back."""
    with ThreadPoolExecutor(8) as pool:

        def run(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
            def inside() -> Any:
                try:
                    return call(*args, **kwargs)
                finally:
                    connections.close_all()

            return pool.submit(inside)

        yield run


@pytest.mark.django_db(transaction=True)
def test_a_second_request_is_told_to_wait_while_the_first_works(post: Post, gate: Gate, in_thread: Any) -> None:
    gate.close()
    first = in_thread(post, {"n": 1})
    assert gate.reached.wait(30)
    second = post({"n": 1})
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
    assert second["Retry-After"] == "1"
    assert post({"n": 1}, key="k2").status_code == 201
    gate.opened.set()
    assert first.result(30).status_code == 201
    assert post({"n": 1})["Idempotent-Replayed"] == "true"
    assert work_done() == 2


@pytest.mark.django_db(transaction=True)
def test_a_first_request_that_dies_on_the_way_leaves_the_key_free(post: Post, gate: Gate, in_thread: Any) -> None:
    gate.close()
    first = in_thread(post, {"n": 1})
    assert gate.reached.wait(30)
    with connection.cursor() as cursor:  # what kill -9 of the process is for the database
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall() == [(True,)]
    retried = post({"n": 1})
    assert (retried.status_code, retried.has_header("Idempotent-Replayed"), work_done()) == (201, False, 1)
    gate.opened.set()
    assert first.result(30).status_code == 503
    assert work_done() == 1


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_requests_one_does_the_work(post: Post, in_thread: Any) -> None:
    together = threading.Barrier(6)

    def race(key: str) -> Any:
        together.wait(30)
        return post({"n": 1}, key=key)

    for key in ("a", "b", "c"):
        before = work_done()
        answers = [future.result(30) for future in [in_thread(race, key) for _ in range(6)]]
        firsts = [a for a in answers if a.status_code == 201 and not a.has_header("Idempotent-Replayed")]
        assert Counter(a.status_code for a in answers).keys() <= {201, 409}
        assert len(firsts) == 1 and work_done() == before + 1
