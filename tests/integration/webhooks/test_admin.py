"""Webhooks in the admin: a log to read, and three things to do, each asked first."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from access.models import AuditEntry
from access.webhooks.models import Delivery, Endpoint
from tests.integration.webhooks.conftest import Owner, send_all
from tests.integration.webhooks.receiver import Answer, Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def test_the_log_shows_what_was_sent_and_answered(owner: Owner, receiver: Receiver, admin_client: Client) -> None:
    receiver.answer = lambda got: Answer(500, body=b"<script>alert(1)</script>")
    endpoint, secret = owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    delivery = Delivery.objects.get()
    pages = [
        text(admin_client, path)
        for path in (
            "/admin/webhooks/endpoint/",
            f"/admin/webhooks/endpoint/{endpoint.pk}/change/",
            "/admin/webhooks/delivery/",
            f"/admin/webhooks/delivery/{delivery.pk}/change/",
        )
    ]
    assert "failing" in pages[0]
    assert "HTTP 500" in pages[2]
    assert "&lt;script&gt;alert(1)" in pages[3]
    assert "<script>alert(1)" not in pages[3]
    assert secret[6:20] not in "".join(pages)


def test_a_message_is_sent_again_once_one_has_said_so(owner: Owner, receiver: Receiver, admin_client: Client) -> None:
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    again = f"/admin/webhooks/delivery/{Delivery.objects.get().pk}/redeliver/"
    assert admin_client.get(again, follow=True).status_code == 200
    assert Delivery.objects.get().state == "delivered"
    admin_client.post(again, follow=True)
    assert Delivery.objects.get().state == "pending"
    send_all()
    assert len({got.id for got in receiver.received}) == 1
    assert len(receiver.received) == 2
    assert AuditEntry.objects.filter(action="webhook_redelivered", actor_kind="operator").exists()


def test_an_operator_disables_and_enables(owner: Owner, receiver: Receiver, admin_client: Client) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    page = f"/admin/webhooks/endpoint/{endpoint.pk}"
    admin_client.get(f"{page}/disable/", follow=True)
    endpoint.refresh_from_db()
    assert endpoint.enabled
    admin_client.post(f"{page}/disable/", follow=True)
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "the operator admin disabled it")
    admin_client.post(f"{page}/enable/", follow=True)
    endpoint.refresh_from_db()
    assert endpoint.enabled


def test_an_endpoint_that_was_disabled_for_failing_is_announced(
    owner: Owner, receiver: Receiver, admin_client: Client
) -> None:
    owner.endpoint(receiver.url)
    assert "because they failed" not in text(admin_client, "/admin/webhooks/endpoint/")
    now = Endpoint.objects.get().created_at
    Endpoint.objects.update(
        enabled=False, disabled_at=now, failing_since=now, disabled_reason="it has failed since May"
    )
    page = text(admin_client, "/admin/webhooks/endpoint/")
    assert "1 endpoints were disabled because they failed" in page
    assert "it has failed since May" in page


def test_who_may_only_look_may_not_send(owner: Owner, receiver: Receiver, client: Client) -> None:
    owner.endpoint(receiver.url)
    owner.publish("sess_1", 1)
    send_all()
    viewer = get_user_model().objects.create_user("vera", password="x", is_staff=True)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=("view_delivery", "view_endpoint")))
    client.force_login(viewer)
    delivery = Delivery.objects.get()
    assert client.get(f"/admin/webhooks/delivery/{delivery.pk}/change/").status_code == 200
    client.post(f"/admin/webhooks/delivery/{delivery.pk}/redeliver/")
    assert Delivery.objects.get().state == "delivered"


def test_nothing_of_it_is_edited_in_the_admin(owner: Owner, receiver: Receiver, admin_client: Client) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    assert admin_client.get("/admin/webhooks/endpoint/add/").status_code == 403
    admin_client.post(f"/admin/webhooks/endpoint/{endpoint.pk}/change/", {"url": "https://evil.example/"})
    admin_client.post(f"/admin/webhooks/endpoint/{endpoint.pk}/delete/", {"post": "yes"})
    assert Endpoint.objects.get().url == receiver.url
