"""Two things at once on one swap: the row lock decides, and each call is ordered once."""

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connections
from django.utils import timezone

from chains.events import EventKind
from chains.models import Chain, Intent
from swaps.errors import IllegalState
from swaps.machine import TERMINAL, Status
from swaps.models import Refund, Reservation, Secret, SessionTransition, SwapSession
from swaps.services import sessions
from swaps.services.advance import session_advance
from swaps.services.effects import EFFECT_BLOCKS
from swaps.services.legs import Verification
from tests.integration.swaps.chain_world import World
from tests.integration.swaps.conftest import NEAR_BODY

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = hashlib.sha256(b"a secret of the races").digest()
WAIT = 30.0


@pytest.fixture
def world(transactional_db: None, post_session: Callable[..., Any], chains: dict[str, Chain]) -> World:
    body = {**NEAR_BODY, "hashlock": "0x" + hashlib.sha256(SECRET).hexdigest()}
    session = SwapSession.objects.get(pk=post_session(**body).json()["sessionId"])
    SwapSession.objects.filter(pk=session.pk).update(executed_at=timezone.now(), source_lock="self")
    Reservation.objects.create(session=session, chain_id="base", token=session.destination_token, amount=1)
    return World(session, SECRET, chains, int(time.time()))


def advance(world: World) -> str:
    truthful = Verification()
    with (
        patch("swaps.services.legs.evm.EvmLegs.verify", return_value=truthful),
        patch("swaps.services.legs.near.NearLegs.verify", return_value=truthful),
    ):
        return str(session_advance(session_id=world.session.pk))


def send_and_land(world: World) -> None:
    """Everything that is ordered is sent and reaches a block, which becomes final."""
    for intent in Intent.objects.filter(state=Intent.State.PENDING).order_by("pk"):
        world.send(intent)
        world.land(intent)
    finalise(world)


def finalise(world: World) -> None:
    for name, chain in world.chains.items():
        chain.block()
        world.finalise(name)


def both_locked(world: World) -> None:
    world.lock("source")
    finalise(world)
    advance(world)
    send_and_land(world)
    assert advance(world) == Status.BOTH_LOCKED


def at_once(*calls: Callable[[], Any]) -> list[BaseException]:
    """Run the calls in threads that start together; what they raised."""
    barrier, raised = threading.Barrier(len(calls)), []

    def run(call: Callable[[], Any]) -> None:
        try:
            barrier.wait(WAIT)
            call()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive(), "the calls wait for each other"
    return raised


def steps() -> list[str]:
    return list(Intent.objects.order_by("pk").values_list("step", flat=True))


class TestRefundRacesClaim:
    """Our refund is on its way when the counterparty claims, or the other way round: the first one in a block counts."""

    def test_refund_races_claim__the_claim_is_first(self, world: World) -> None:
        both_locked(world)
        destination = world.truth("destination")
        assert destination is not None
        sessions.session_cancel(session_id=world.session.pk, actor="client")
        advance(world)
        world.of("destination").now = destination.expires_at - 5
        assert world.settle("destination", EventKind.LOCK_CLAIMED)  # unseen by us, with the maker's own secret
        world.of("destination").row.refresh_from_db()
        world.of("destination").now = destination.expires_at + 5
        with patch("swaps.services.facts.CLAIMS", ()):  # our view of the chain lags behind the claim
            finalise(world)
            advance(world)
        assert steps()[-1] == "destination_refund"
        send_and_land(world)
        for _ in range(4):
            advance(world)
            send_and_land(world)
        session = SwapSession.objects.get()
        assert session.status == Status.COMPLETED
        assert steps().count("source_claim") == 1
        assert [refund.state for refund in Refund.objects.filter(leg__side="destination")] == ["overtaken"]

    def test_refund_races_claim__the_refund_is_first(self, world: World) -> None:
        both_locked(world)
        destination = world.truth("destination")
        assert destination is not None
        sessions.session_cancel(session_id=world.session.pk, actor="client")
        advance(world)
        world.of("destination").now = destination.expires_at
        finalise(world)
        advance(world)
        send_and_land(world)
        assert not world.settle("destination", EventKind.LOCK_CLAIMED)
        advance(world)
        source = world.truth("source")
        assert source is not None
        world.of("source").now = source.expires_at
        finalise(world)
        advance(world)
        send_and_land(world)
        for chain in world.chains.values():
            chain.block(skipped=EFFECT_BLOCKS)
        assert advance(world) == Status.REFUNDED
        assert "source_claim" not in steps()


@pytest.mark.parametrize("attempt", range(5))
def test_cancel_against_lock(world: World, attempt: int) -> None:
    """Whoever comes first: there is no cancelled swap with money in it that will not go back."""
    world.lock("source")
    finalise(world)
    raised = at_once(
        lambda: sessions.session_cancel(session_id=world.session.pk, actor="client"),
        lambda: session_advance(session_id=world.session.pk),
    )
    assert all(isinstance(error, IllegalState) for error in raised), raised
    assert advance(world) in (Status.CANCELLING, Status.REFUNDING)


def test_celery_runs_twice__each_job_at_once_and_again(world: World) -> None:
    """Every step of a whole swap is looked at by four workers at the same time."""
    world.lock("source")

    def everybody() -> None:
        assert at_once(*[lambda: session_advance(session_id=world.session.pk)] * 4) == []

    truthful = Verification()
    with (
        patch("swaps.services.legs.evm.EvmLegs.verify", return_value=truthful),
        patch("swaps.services.legs.near.NearLegs.verify", return_value=truthful),
    ):
        for turn in range(6):
            finalise(world)
            everybody()
            if turn == 2:
                sessions.session_secret(session_id=world.session.pk, actor="client", secret=SECRET.hex())
                everybody()
            send_and_land(world)
        everybody()
    session = SwapSession.objects.get()
    assert session.status == Status.COMPLETED
    assert sorted(steps()) == ["destination_claim", "destination_lock", "source_claim"]
    assert all(intent.attempts == 1 for intent in Intent.objects.all())
    numbers = list(SessionTransition.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert Secret.objects.get().ciphertext is None


def test_two_clients_hand_over_secrets_at_once(world: World) -> None:
    both_locked(world)
    hand_over = [
        lambda: sessions.session_secret(session_id=world.session.pk, actor="client", secret=SECRET.hex()) for _ in "ab"
    ]
    assert at_once(*hand_over) == []
    assert Secret.objects.count() == 1
    assert SwapSession.objects.get().status not in TERMINAL
