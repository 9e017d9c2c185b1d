"""A canary secret through a whole swap: it is in no log, page, metric, answer, row or exception before it is public."""

import base64
import hashlib
import logging
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.core import serializers
from django.test import Client
from rest_framework.test import APIClient

from chains.models import Chain, Intent
from swaps import vault
from swaps.errors import SecretRefused
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.chain_world import source_locked
from tests.integration.swaps.conftest import NEAR_BODY
from tests.integration.swaps.test_races import finalise, send_and_land

CANARY = hashlib.sha256(b"canary").digest()
FORMS = (CANARY.hex(), CANARY.hex().upper(), base64.b64encode(CANARY).decode(), repr(CANARY)[2:-1], str(list(CANARY)))
PAGES = (
    "/admin/swaps/swapsession/{id}/change/",
    "/admin/swaps/swapsession/",
    "/admin/chains/intent/",
    "/metrics",
    "/health",
)
CALLS = ("", "/events", "/receipt", "/rescue")


@pytest.fixture
def session(post_session: Callable[..., Any], chains: dict[str, Chain]) -> SwapSession:
    with patch("swaps.vault.new_secret", return_value=CANARY):
        return SwapSession.objects.get(pk=post_session(**{**NEAR_BODY, "hashlock": ""}).json()["sessionId"])


def test_secret_leak_canary_through_a_whole_swap(
    session: SwapSession,
    chains: dict[str, Chain],
    api: APIClient,
    admin_client: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    def look() -> None:
        told.extend(admin_client.get(page.format(id=session.pk)).content.decode() for page in PAGES)
        told.extend(api.get(f"/api/v1/sessions/{session.pk}{call}").content.decode() for call in CALLS)
        told.extend(
            serializers.serialize("json", model.objects.all()) for model in apps.get_app_config("swaps").get_models()
        )
        told.append(serializers.serialize("json", apps.get_model("chains", "Intent").objects.all()))

    with source_locked(session, CANARY, chains) as world:
        for _ in range(3):
            finalise(world)
            session_advance(session_id=session.pk)
            look()
            if SwapSession.objects.get(pk=session.pk).status == "revealing_secret":
                break
            send_and_land(world)
    assert SwapSession.objects.get(pk=session.pk).status == "revealing_secret"
    told.append(caplog.text)
    everything = "\n".join(told)
    assert session.hashlock in everything
    assert not [form for form in FORMS if form in everything]


@pytest.mark.parametrize("claims", ["destination_first", "source_first"])
def test_the_claim_that_comes_first_may_carry_the_secret_and_no_other(
    claims: str, post_session: Callable[..., Any], chains: dict[str, Chain], settings: Any
) -> None:
    """On a route that claims the source first it is our own claim that makes the secret public; then the taker is paid."""
    settings.ROUTES = {**settings.ROUTES, "near>base": {**settings.ROUTE_DEFAULTS, "claims": claims}}
    with patch("swaps.vault.new_secret", return_value=CANARY):
        session = SwapSession.objects.get(pk=post_session(**{**NEAR_BODY, "hashlock": ""}).json()["sessionId"])
    opened: list[str] = []
    with source_locked(session, CANARY, chains) as world:
        for _ in range(5):
            finalise(world)
            status = session_advance(session_id=session.pk)
            for intent in Intent.objects.filter(state=Intent.State.PENDING, carries_secret=True):
                assert vault.secret_open_for(intent) == CANARY
                opened.append(intent.step)
            send_and_land(world)
    first = claims.partition("_")[0]
    assert opened == [f"{first}_claim", "source_claim" if first == "destination" else "destination_claim"]
    assert status == "completed"


def test_secret_leak_an_exception_names_no_secret(session: SwapSession) -> None:
    with pytest.raises(SecretRefused) as refused:
        vault.secret_open_for(session_intent(session))
    assert not [form for form in FORMS if form in repr(refused.value) + str(refused.value)]
    assert not [form for form in FORMS if form in repr(session.secret) + str(session.secret)]


def session_intent(session: SwapSession) -> Any:
    return type("Intent", (), {"subject_id": session.pk})()
