"""The session document at every turn of a swap: what it says is what the chains show, and what to do next is what works."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chains.models import Chain
from swaps.models import SwapSession
from swaps.progress import PROGRESS
from tests.integration.api.play import Play
from tests.integration.swaps.conftest import NEAR_BODY

Post = Callable[..., Any]


@pytest.fixture
def play(api: Any, chains: dict[str, Chain], post_session: Post) -> Play:
    return Play(api, chains, post_session)


def steps(document: dict[str, Any]) -> list[str]:
    return [step["status"] for step in document["steps"]]


def test_a_swap_from_its_beginning_to_our_lock(play: Play) -> None:
    """Progress, steps, next action and both legs, told at each of its turns."""
    told = play.read()
    assert (told["status"], told["progress"], told["nextAction"]) == ("initialized", 0, "execute")
    assert steps(told) == ["completed", "waiting", "waiting", "waiting", "waiting"]
    assert told["next"]["calls"] == play.created["next"]["calls"]
    assert told["next"]["url"] == f"{play.path}/execute"
    assert told["legs"]["source"]["state"] == "absent"

    play.admit()
    told = play.read()
    assert (told["status"], told["progress"], told["nextAction"]) == ("executing", 10, "send_calls")
    assert [call["purpose"] for call in told["next"]["calls"]] == ["approve", "lock"]
    assert told["next"]["until"] == told["expiresAt"]

    play.world.lock("source")
    play.advance()
    told = play.read()
    source = told["legs"]["source"]
    assert (told["status"], told["nextAction"], source["state"]) == ("source_locking", "wait", "seen")
    assert source["confirmations"] == {"seen": 0, "needed": 750, "final": False, "rule": "finalized"}
    assert told["steps"][1]["txHash"] == source["locked"]["hash"] == source["lockTransaction"]
    assert told["srcEscrowAddress"] == source["lockId"] == told["steps"][1]["escrowAddress"]

    play.finalise()
    told = play.read()
    assert (told["status"], told["progress"]) == ("destination_locking", 50)
    assert told["legs"]["source"]["confirmations"] == {"seen": 750, "needed": 750, "final": True, "rule": "finalized"}
    assert steps(told) == ["completed", "completed", "pending", "waiting", "waiting"]


def test_a_swap_from_both_locks_to_its_end(play: Play) -> None:
    """When the secret is asked for, and until when; then nothing but the claims."""
    play.to_both_locked()
    told = play.read()
    assert (told["status"], told["progress"], told["nextAction"]) == ("both_locked", 70, "hand_over_secret")
    assert told["next"]["url"] == f"{play.path}/secret"
    assert told["next"]["until"] < told["legs"]["destination"]["expiresAt"]
    assert told["clock"]["destination"]["secondsToExpiry"] > 0
    assert told["margins"]["reveal"] is not None
    assert [sent["step"] for sent in told["transactions"]] == ["destination_lock"]

    play.verify()
    play.hand_over()
    assert play.read()["nextAction"] == "wait"
    assert play.advance() == "revealing_secret"
    told = play.read()
    assert (told["progress"], told["secretState"]) == (90, "revealed")

    play.land("destination_claim")
    assert steps(play.read())[3] == "completed"
    play.finalise()
    play.land("source_claim")
    assert play.finalise() == "completed"
    told = play.read()
    assert (told["progress"], told["nextAction"], told["reason"]) == (100, "none", None)
    assert steps(told) == ["completed"] * 5
    assert all(step["timestamp"] for step in told["steps"])
    assert {leg["state"] for leg in told["legs"].values()} == {"claimed"}
    assert all(leg["claimed"]["final"] for leg in told["legs"].values())


def test_a_swap_that_goes_back(play: Play) -> None:
    """The reason in words; when the lock is refundable; that the maker may act by himself; and which steps were done."""
    play.to_both_locked()
    leg = play.read()["legs"]["source"]
    play.api.post(f"{play.path}/cancel")
    assert play.advance() == "cancelling"
    told = play.read()
    assert (told["reason"], told["nextAction"]) == ("cancel_requested", "wait")
    assert told["explanation"]["todo"]
    assert told["clock"]["source"]["secondsToRefund"] > 0
    assert leg["refundableAt"] == told["legs"]["source"]["refundableAt"]

    ends = {side: play.world.truth(side).expires_at for side in ("source", "destination")}  # type: ignore[union-attr]
    for chain in play.world.chains.values():
        chain.now = max(ends.values()) + 10_000
    play.finalise()
    told = play.read()
    assert (told["status"], told["nextAction"]) == ("refunding", "rescue")
    assert told["clock"]["source"]["secondsToRefund"] == 0
    play.land("destination_refund")
    play.finalise()
    play.land("source_refund")
    assert play.finalise() == "refunded"
    told = play.read()
    assert steps(told) == ["completed", "completed", "completed", "failed", "failed"]
    assert told["steps"][4]["error"] == "cancel_requested"
    assert {leg["state"] for leg in told["legs"].values()} == {"refunded"}


def test_a_lock_that_a_reorg_took_back_is_not_shown(play: Play) -> None:
    play.admit()
    play.world.lock("source")
    play.advance()
    assert play.read()["legs"]["source"]["lockId"]
    play.world.reorg("base")
    told = play.read()
    assert (told["legs"]["source"]["state"], told["legs"]["source"]["lockId"], told["srcEscrowAddress"]) == (
        "absent",
        None,
        None,
    )


def test_from_near_the_calls_that_execute_gave_are_given_again(
    api: Any, chains: dict[str, Chain], post_session: Post
) -> None:
    """They rest on a node's answer: it is asked once, and not at every look."""
    play = Play(api, chains, post_session, **{name: NEAR_BODY[name] for name in NEAR_BODY if name != "hashlock"})
    assert "calls" not in play.read()["next"]
    call = {
        "chain": "near", "purpose": "lock", "receiverId": "htlc.near", "methodName": "lock", "args": {}, "deposit": "1", "gas": "1",
    }  # fmt: skip
    play.created["next"]["calls"] = [call]
    play.admit()
    assert play.read()["next"]["calls"] == [call]


def test_an_order_is_offered_where_the_chain_has_the_protocol(orderable: dict[str, Any], api: Any) -> None:
    told = api.get(f"/api/v1/sessions/{orderable['sessionId']}").json()["next"]
    assert (told["action"], told["sourceLocks"]) == ("sign_order", ["self", "order"])
    assert told["limitOrder"]["typedData"]["message"] == told["limitOrder"]["order"]
    assert told["limitOrder"]["order"]["makingAmount"] == orderable["sourceAmount"]


def test_every_status_has_its_own_progress_and_those_of_a_good_swap_rise() -> None:
    good = [
        "initialized",
        "executing",
        "source_locked",
        "destination_locking",
        "both_locked",
        "revealing_secret",
        "completed",
    ]
    by_name = {status.value: progress.percent for status, progress in PROGRESS.items()}
    assert [by_name[name] for name in good] == [0, 10, 30, 50, 70, 90, 100]


class TestTag:
    def test_an_unchanged_session_is_told_in_no_words(self, play: Play) -> None:
        first = play.api.get(play.path)
        again = play.api.get(play.path, HTTP_IF_NONE_MATCH=first["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])

    def test_what_merely_ticks_is_no_change(self, play: Play) -> None:
        play.to_both_locked()
        first = play.api.get(play.path)
        Chain.objects.filter(name="base").update(head_time_ns=int(timezone.now().timestamp() + 60) * 10**9)
        second = play.api.get(play.path)
        assert first.json()["clock"]["source"] != second.json()["clock"]["source"]
        assert first["ETag"] == second["ETag"]

    def test_a_confirmation_of_a_lock_that_is_not_final_is_a_change(self, play: Play) -> None:
        play.admit()
        play.world.lock("source")
        play.advance()
        tag = play.api.get(play.path)["ETag"]
        play.world.of("source").block()
        later = play.api.get(play.path, HTTP_IF_NONE_MATCH=tag)
        assert (later.status_code, later.json()["legs"]["source"]["confirmations"]["seen"]) == (200, 1)

    def test_every_move_is_a_change(self, play: Play) -> None:
        tags = [play.api.get(play.path)["ETag"]]
        play.admit()
        tags.append(play.api.get(play.path)["ETag"])
        play.world.lock("source")
        play.advance()
        tags.append(play.api.get(play.path)["ETag"])
        play.finalise()
        tags.append(play.api.get(play.path)["ETag"])
        assert len(set(tags)) == len(tags)

    @pytest.mark.parametrize("known", ["*", '"x", {tag}', "{strong}"])
    def test_other_ways_to_name_a_tag(self, play: Play, known: str) -> None:
        tag = play.api.get(play.path)["ETag"]
        known = known.format(tag=tag, strong=tag.removeprefix("W/")) if "{" in known else known
        assert play.api.get(play.path, HTTP_IF_NONE_MATCH=known).status_code == 304


class TestQueries:
    """The number of questions to the database; one more is a decision."""

    def test_reading_a_new_session(self, play: Play) -> None:
        play.read()
        with CaptureQueriesContext(connection) as asked:
            play.read()
        assert len(asked) == 2, [query["sql"][:120] for query in asked]  # session with chains and secret; legs

    def test_reading_one_on_its_way(self, play: Play) -> None:
        play.to_both_locked()
        play.read()
        with CaptureQueriesContext(connection) as asked:
            play.read()
        assert len(asked) == 4, [query["sql"][:120] for query in asked]  # and events of both locks; transactions

    def test_a_page_asks_no_more_than_one_session(self, post_session: Post, api: Any) -> None:
        counts = []
        for _ in range(2):
            for _ in range(3):
                post_session()
            with CaptureQueriesContext(connection) as asked:
                assert api.get("/api/v1/sessions?limit=200").status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1] == 2

    def test_making_a_session(self, post_session: Post) -> None:
        post_session()
        with CaptureQueriesContext(connection) as asked:
            assert post_session(hashlock="0x" + "cd" * 32).status_code == 201
        told = [query["sql"][:40] for query in asked if "SAVEPOINT" not in query["sql"]]
        assert len(told) <= CREATE_QUERIES, told


# Chains, pauses; the lock of the count, and the count; session, event, legs; audit
CREATE_QUERIES = 8


def test_secret_leak__no_document_shows_the_secret(play: Play) -> None:
    from tests.integration.api.play import SECRET

    play.to_both_locked()
    play.verify()
    play.hand_over()
    play.advance()
    for path in ("", "/events", "/receipt"):
        assert SECRET.hex() not in play.api.get(play.path + path).content.decode()
    assert SwapSession.objects.get(pk=play.session.pk).secret.state == "revealed"
