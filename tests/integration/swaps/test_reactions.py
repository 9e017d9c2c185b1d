"""How quickly we reacted in a whole swap, as /metrics tells it: by the rows that the engine itself has written."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from django.utils import timezone

from balancer.metrics.reactions import Reaction, reactions
from balancer.metrics.tallies import REACTION, REVEALED, SEEN, histograms, tallies_advance, totals
from chains.models import Chain
from swaps.models import SessionTransition, SwapSession
from swaps.services.advance import session_advance
from swaps.services.transitions import session_note
from tests.integration.swaps.chain_world import source_locked
from tests.integration.swaps.conftest import NEAR_BODY
from tests.integration.swaps.test_races import finalise, send_and_land
from tests.integration.swaps.test_secret_leak import CANARY


def play(session: SwapSession, chains: dict[str, Chain]) -> None:
    """A swap to its end."""
    with source_locked(session, CANARY, chains) as world:
        for _ in range(6):
            finalise(world)
            session_advance(session_id=session.pk)
            send_and_land(world)
    session.refresh_from_db()


def test_a_whole_swap_has_one_reaction_of_each_kind(post_session: Callable[..., Any], chains: dict[str, Chain]) -> None:
    began = timezone.now()
    with patch("swaps.vault.new_secret", return_value=CANARY):
        session = SwapSession.objects.get(pk=post_session(**{**NEAR_BODY, "hashlock": ""}).json()["sessionId"])
    play(session, chains)
    assert session.status == "completed", session.reason
    session_note(session, cause="source_claim:succeeded")
    moves = SessionTransition.objects.filter(session=session)
    route, took = "near-base", (timezone.now() - began).total_seconds()
    found = reactions(moves.values_list("pk", flat=True))
    assert [(one.step, one.route) for one in found] == [("destination_lock", route), ("destination_claim", route)]
    assert all(isinstance(one, Reaction) and 0 < one.seconds < took for one in found), found
    assert tallies_advance(settled_seconds=-60) == 7, "the database's clock stands still in a test's own transaction"
    assert tallies_advance(settled_seconds=-60) == 0
    counted = {labels: buckets[-1][1] for labels, (buckets, _) in histograms(REACTION).items()}
    assert counted == {("destination_lock", route): 1, ("destination_claim", route): 1}
    assert totals(REVEALED) == {(route,): 1}
    assert set(totals(SEEN).values()) == {1} and ("completed", route, "service") in totals(SEEN)
