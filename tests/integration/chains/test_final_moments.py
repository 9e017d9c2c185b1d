"""An event remembers when we saw it final: what our reaction is counted from."""

import pytest
from django.utils import timezone

from chains.events import EventKind
from chains.models import Chain, ChainEvent
from tests.integration.swaps.chain_world import ChainWorld, Truth, ingest_start

pytestmark = pytest.mark.django_db


def moments() -> dict[str, bool]:
    """By lock: whether it was seen final by now."""
    return {event.lock_id: event.final_at is not None for event in ChainEvent.objects.order_by("pk")}


def test_an_event_remembers_when_it_was_seen_final() -> None:
    world = ChainWorld(Chain.objects.create(name="base", family="evm", network_id="1", contract="c"), 1_000)
    ingest_start(world)
    world.emit(EventKind.LOCK_CREATED, Truth("source", "undone", "locked", 0, 0), {})
    world.reorg()
    world.emit(EventKind.LOCK_CREATED, Truth("source", "first", "locked", 0, 0), {})
    assert moments() == {"undone": False, "first": False}
    before = timezone.now()
    world.finalise()
    assert moments() == {"undone": False, "first": True}
    seen = ChainEvent.objects.get(lock_id="first").final_at
    assert seen is not None and before <= seen <= timezone.now()
    world.emit(EventKind.LOCK_CREATED, Truth("source", "second", "locked", 0, 0), {})
    assert moments()["second"] is False
    world.finalise()
    assert moments()["second"] is True and ChainEvent.objects.get(lock_id="first").final_at == seen
