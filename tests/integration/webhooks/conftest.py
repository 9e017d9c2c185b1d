"""Owners with endpoints, receivers, and time that moves when it is told to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from access.models import ActorKind
from access.services import api_key_create
from access.webhooks.events import TYPES, Event, EventType
from access.webhooks.models import Delivery, Endpoint, Message, SigningSecret
from access.webhooks.services.endpoints import endpoint_create
from access.webhooks.services.publishing import events_publish
from access.webhooks.services.pump import pump
from access.webhooks.signatures import secret_text
from tests.integration.webhooks.receiver import Receiver, receiving

BOOTSTRAP_KEY = "a-bootstrap-key-of-the-tests"
TESTED = EventType("tested.updated", "something was tested", scope="swaps:read")
OTHER = EventType("tested.ended", "a test ended", scope="swaps:read")


@pytest.fixture(autouse=True)
def rules(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """This machine may be sent to, without TLS, for a second at most; two types to tell of."""
    settings.API_KEY_SECRET = BOOTSTRAP_KEY
    settings.WEBHOOKS = {
        **settings.WEBHOOKS,
        "allow_http": True,
        "ports": ["*"],
        "allowed_networks": ["127.0.0.0/8"],
        "timeout_seconds": 1.0,
    }
    for one in (TESTED, OTHER):
        monkeypatch.setitem(TYPES, one.name, one)
    found: dict[str, Any] = settings.WEBHOOKS
    return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@dataclass
class Owner:
    """A key, and what its owner does with webhooks."""

    id: str
    key: str
    scopes: frozenset[str] = frozenset({"*"})

    def endpoint(self, url: str, *events: str) -> tuple[Endpoint, str]:
        """A new endpoint and its secret."""
        endpoint, row = endpoint_create(
            owner=self.id, actor_kind=ActorKind.API_KEY, scopes=self.scopes, url=url, events=events
        )
        return endpoint, secret_text(row)

    def publish(self, subject: str, *seqs: int, kind: str = TESTED.name) -> int:
        return events_publish([self.event(subject, seq, kind) for seq in seqs])

    def event(self, subject: str, seq: int, kind: str = TESTED.name) -> Event:
        return Event(self.id, kind, subject, seq, timezone.now(), {"seq": seq})

    @property
    def api(self) -> APIClient:
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.key}")
        return client


@pytest.fixture
def new_owner(db: None) -> Callable[..., Owner]:
    def make(*scopes: str) -> Owner:
        chosen = scopes or ("*",)
        key, plain = api_key_create(name="wallet", scopes=chosen, actor_kind=ActorKind.SYSTEM, actor_id="test")
        return Owner(f"key:{key.prefix}", plain, frozenset(chosen))

    return make


@pytest.fixture
def owner(new_owner: Callable[..., Owner]) -> Owner:
    return new_owner()


def pass_time(**by: float) -> None:
    """Everything that is written down moves into the past."""
    delta = timedelta(**by)
    for model, names in (
        (Endpoint, ("failing_since", "quiet_until")),
        (Delivery, ("next_attempt_at", "leased_until", "give_up_at", "created_at")),
        (Message, ("created_at",)),
        (SigningSecret, ("created_at", "retires_at")),
    ):
        model._default_manager.update(**{name: F(name) - delta for name in names})


def send_all() -> None:
    """Pump until nothing is left that is due."""
    while pump():
        pass
