"""Whole processes: one that is killed while it sends, and one that sends what a commit ordered."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from access.webhooks.models import Delivery
from tests.integration.webhooks.conftest import Owner, pass_time, send_all
from tests.integration.webhooks.receiver import Answer, Received, Receiver

PUMP = "import django; django.setup(); from access.webhooks.services.pump import pump; pump(); print('pumped')"
LOOSE = {
    "WEBHOOK_ALLOW_HTTP": "true",
    "WEBHOOK_PORTS": "*",
    "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "WEBHOOK_TIMEOUT_SECONDS": "20",
}
Spawn = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def spawn(root: Path) -> Iterator[Spawn]:
    """A process that pumps, on this test's database."""
    running: list[subprocess.Popen[str]] = []
    database = connection.settings_dict
    url = (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "DJANGO_SETTINGS_MODULE": "balancer.settings",
        "DATABASE_URL": url,
        "REDIS_URL": django_settings.REDIS_URL,
        "API_KEY_SECRET": "x",
        **LOOSE,
    }

    def start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", PUMP], cwd=root, env=environment, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait(10)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_delivery(owner: Owner, receiver: Receiver, spawn: Spawn) -> None:
    """The receiver had it, our word of that died with the process: it comes again, once, with the same id."""
    arrived, let_go = threading.Event(), threading.Event()

    def hold(got: Received) -> Answer:
        arrived.set()
        let_go.wait(30)
        return Answer()

    receiver.answer = hold
    _, secret = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1, 2)
    victim = spawn()
    assert arrived.wait(60)
    victim.kill()
    victim.wait(10)
    let_go.set()
    receiver.answer = lambda got: Answer()
    send_all()
    assert len(receiver.received) == 1, "its lease still stands: nobody else sends it, nor what comes after it"
    pass_time(seconds=60)
    send_all()
    assert [got.verified(secret)["data"]["seq"] for got in receiver.received] == [1, 1, 2]
    assert receiver.received[0].id == receiver.received[1].id
    assert sorted(Delivery.objects.values_list("seq", "state", "attempts")) == [
        (1, "delivered", 2),
        (2, "delivered", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_message_once_and_in_order(owner: Owner, receiver: Receiver, spawn: Spawn) -> None:
    _, secret = owner.endpoint(receiver.url)
    for number in range(20):
        owner.publish(f"sess_{number}", *range(1, 6))
    workers = [spawn(), spawn()]
    for worker in workers:
        assert worker.communicate(timeout=90)[0].endswith("pumped\n")
    send_all()
    told = [(got.id, got.verified(secret)["data"]["seq"]) for got in receiver.received]
    assert len(told) == len({message for message, _ in told}) == 100
    subjects = dict(Delivery.objects.values_list("message_id", "subject"))
    for number in range(20):
        assert [seq for message, seq in told if subjects[message] == f"sess_{number}"] == [1, 2, 3, 4, 5]
    assert receiver.most_at_once <= 4
