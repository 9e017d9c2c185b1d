"""The parts of a session's page from rows that no database holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from access.webhooks.models import Delivery, Endpoint, Message
from chains.config import ChainConfig
from chains.explorers import address_url, block_url, event_url, transaction_url
from chains.models import Chain, ChainEvent, ChainTransaction, Intent
from swaps.evidence import ChainNow, Facts, LegFacts, Margins, Payout, Presence, Sending, Step
from swaps.machine import decide
from swaps.models import LedgerEntry, Leg, SessionTransition, SwapSession
from swaps.page.books import books
from swaps.page.diagram import PLACES, diagram
from swaps.page.following import following
from swaps.page.history import history
from swaps.page.parts import Part, parts_changed
from swaps.page.picture import Picture
from swaps.page.timelocks import timelocks
from swaps.page.told import deliveries
from swaps.page.verdict import callouts, verdict
from swaps.page.words import span, told, whole
from swaps.services.facts import LegView
from swaps.services.legs import Recognised
from swaps.statuses import TERMINAL, TRANSITIONS, Status
from swaps.templatetags.session_page import relative

NOW = 1_800_000_000
FINAL, SEEN = Presence.FINAL, Presence.SEEN
MARGINS = Margins(reveal=14, source_tail=20, destination_needs=40)
SOURCE = LegFacts(lock=FINAL, claim_from=NOW - 50, expires_at=NOW + 300, refund_from=NOW + 300)
DESTINATION = LegFacts(lock=FINAL, claim_from=NOW - 10, expires_at=NOW + 120, refund_from=NOW + 120)
AT = ChainNow(final=NOW - 3, seen=NOW - 1, wall=NOW)


@pytest.fixture(autouse=True)
def near_only(settings: Any) -> None:
    """Two chains of the NEAR family: their windows need no escrow's terms."""
    near = settings.CHAINS["near"]
    settings.CHAINS = {
        **settings.CHAINS,
        "far": {**near, "explorer_tx": "", "explorer_address": "", "explorer_block": ""},
    }


def picture(status: Status, source: LegFacts, destination: LegFacts, **changes: Any) -> Picture:
    more = changes.pop("facts", {})
    session = SwapSession(
        id="sess_x", status=status, source_chain_id="near", destination_chain_id="far", source_token="near",
        destination_token="usdt.near", source_amount=2 * 10**24, destination_amount=5_000_000, custody="maker",
        expires_at=datetime.fromtimestamp(NOW + 7200, tz=UTC), reason=changes.pop("reason", ""),
        attention=changes.pop("attention", ""),
        plan={"source_cancellation": 400, "destination_cancellation": 150},
    )  # fmt: skip
    found = Facts(
        status=status, source=source, destination=destination, source_now=AT, destination_now=AT, margins=MARGINS,
        expires_at=NOW + 7200, executed=True, **more,
    )  # fmt: skip
    chains = {name: Chain(name=name, family="near", seen_height=110, final_height=100) for name in ("near", "far")}
    return Picture(
        session=session, facts=found, decision=decide(found), asked=changes.pop("asked", "wait"),
        source=view(session, "source", chains["near"], source), destination=view(session, "destination", chains["far"], destination),
        now=NOW, chains=chains, **changes,
    )  # fmt: skip


def view(session: SwapSession, side: str, chain: Chain, facts: LegFacts) -> LegView:
    leg = Leg(session=session, side=side, chain=chain, token="near", amount=5, lock_id="aa")
    if not facts.lock:
        return LegView(leg, None, (), facts)
    made = ChainEvent(
        chain=chain, kind="lock_created", lock_id="aa", block_height=90, block_time_ns=(NOW - 60) * 10**9, tx_hash="r1"
    )
    recognised = Recognised("aa", {}, facts.claim_from, facts.expires_at, facts.refund_from)
    return LegView(leg, recognised, (made,), facts)


def claimed(leg: LegFacts) -> LegFacts:
    return replace(leg, claim=FINAL, payout=Payout.PAID)


# Money


@pytest.mark.parametrize(
    ("status", "source", "destination", "more", "tone", "words"),
    [
        (Status.EXECUTING, LegFacts(), LegFacts(), {}, "calm", "No money is locked"),
        (Status.SOURCE_LOCKED, SOURCE, LegFacts(), {}, "calm", "Nothing of ours is locked"),
        (Status.DESTINATION_LOCKING, SOURCE, LegFacts(), {"sending": {Step.DESTINATION_LOCK: Sending.IN_FLIGHT}}, "watch", "on its way"),
        (Status.BOTH_LOCKED, SOURCE, DESTINATION, {}, "watch", "5 USDT of ours is locked"),
        (Status.REVEALING_SECRET, SOURCE, DESTINATION, {"revealed": True}, "risk", "5 USDT against 2 NEAR"),
        (Status.REVEALING_SECRET, SOURCE, claimed(DESTINATION), {"revealed": True}, "risk", "2 NEAR to be claimed"),
        (Status.REVEALING_SECRET, replace(SOURCE, expires_at=NOW + 19), claimed(DESTINATION), {}, "danger", "to be claimed"),
        (Status.REVEALING_SECRET, replace(SOURCE, claim=SEEN), claimed(DESTINATION), {}, "watch", "on its way to us"),
        (Status.REVEALING_SECRET, replace(SOURCE, refund=FINAL), claimed(DESTINATION), {}, "danger", "for nothing"),
        (Status.REVEALING_SECRET, claimed(SOURCE), DESTINATION, {}, "risk", "owed to the taker"),
        (Status.REFUNDING, replace(SOURCE, refund=FINAL, payout=Payout.FAILED), LegFacts(), {}, "risk", "A payout failed"),
        (Status.COMPLETED, claimed(SOURCE), claimed(DESTINATION), {}, "done", "No money is locked"),
    ],
)  # fmt: skip
def test_the_verdict_on_the_money(
    status: Status, source: LegFacts, destination: LegFacts, more: dict[str, Any], tone: str, words: str
) -> None:
    found = verdict(picture(status, source, destination, facts=more))
    assert (found.tone, words in found.title) == (tone, True), found


def test_a_loss_is_said_to_be_one() -> None:
    ended = picture(
        Status.FAILED, replace(SOURCE, refund=FINAL, payout=Payout.PAID), claimed(DESTINATION),
        reason="source_refunded_after_destination_claim",
    )  # fmt: skip
    found = verdict(ended)
    assert found.tone == "danger" and "our loss" in found.detail


def test_what_needs_a_person_is_called_out() -> None:
    found = picture(Status.SOURCE_LOCKED, SOURCE, LegFacts(), attention="look: 0x" + "ab" * 32)
    found.chains["far"].halted_reason = "no quorum"
    assert [one.title for one in callouts(found)] == [
        "An operator should look",
        "far is halted: no money moves there",
    ]
    assert "abab" not in callouts(found)[0].text
    contradicting = replace(found, decision=None)
    assert "The engine cannot go on" in [one.title for one in callouts(contradicting)]


# Next


def test_next_is_what_the_machine_decides() -> None:
    asking = picture(Status.EXECUTING, LegFacts(), LegFacts(), asked="send_calls")
    assert following(asking)[0].title == "The maker sends his lock"
    assert (following(asking)[0].at, following(asking)[0].when) == (NOW + 7200, "by")
    reveal = picture(Status.BOTH_LOCKED, SOURCE, DESTINATION, asked="hand_over_secret")
    assert following(reveal)[0].at == DESTINATION.expires_at - MARGINS.reveal
    locking = picture(Status.DESTINATION_LOCKING, SOURCE, LegFacts())
    late = picture(Status.REFUNDING, SOURCE, LegFacts())
    assert following(late)[0] == replace(following(late)[0], title="Refund the source lock to the maker", at=NOW + 300)
    assert following(locking)[0].who == "we"
    ended = picture(Status.COMPLETED, claimed(SOURCE), claimed(DESTINATION))
    assert following(ended)[0].who == "nobody"


def test_next_waits_for_what_is_out() -> None:
    intent = Intent(pk=3, chain_id="far", step="destination_claim", state="sent")
    sent = ChainTransaction(
        intent=intent,
        chain_id="far",
        state="broadcast",
        nonce=4,
        hash="h",
        created_at=datetime.fromtimestamp(NOW - 5, tz=UTC),
    )
    found = picture(Status.REVEALING_SECRET, SOURCE, DESTINATION, intents=(intent,), transactions=(sent,))
    assert following(found)[0].title == "Claim the destination for the taker"
    assert "waits for a block" in following(found)[0].detail
    sent.state, sent.block_height = "included", 9
    assert "in block 9 of far, waits to be final" in following(found)[0].detail
    seen = picture(Status.SOURCE_LOCKING, replace(SOURCE, lock=SEEN), LegFacts())
    assert following(seen)[0].title == "The source lock becomes final"


# Diagram


def test_the_diagram_has_every_status_and_every_move() -> None:
    found = diagram(Status.EXECUTING, ())
    assert {node.status for node in found.nodes} == set(Status) == set(PLACES)
    assert {(edge.old, edge.new) for edge in found.edges} == {(a, b) for a, moves in TRANSITIONS.items() for b in moves}
    boxes = [(node.left, node.top) for node in found.nodes]
    assert len(set(boxes)) == len(boxes)
    assert all(0 <= x <= 420 - 138 and 0 <= y <= 520 - 34 for x, y in boxes)


def test_the_diagram_shows_the_way_and_says_it() -> None:
    moves = [("initialized", "executing"), ("executing", "executing"), ("executing", "source_locking")]
    rows = [SessionTransition(from_status=a, to_status=b) for a, b in moves]
    found = diagram(Status.SOURCE_LOCKING, rows)
    marks = {node.status: node.mark for node in found.nodes}
    assert marks[Status.SOURCE_LOCKING] == "now" and marks[Status.INITIALIZED] == "passed"
    assert marks[Status.SOURCE_LOCKED] == "possible" and marks[Status.REFUNDED] == "other"
    assert {(edge.old, edge.new) for edge in found.edges if edge.taken} == {moves[0], moves[2]}
    assert "initialized, then executing, then source locking" in found.text
    assert "source locked (source lock final)" in found.text
    assert not diagram(Status.COMPLETED, rows).ahead and Status.COMPLETED in TERMINAL


# Timelocks


def test_gates_open_and_close_with_the_time() -> None:
    def states(**changes: Any) -> dict[str, str]:
        return {
            gate.name: gate.state
            for gate in timelocks(picture(Status.BOTH_LOCKED, SOURCE, DESTINATION, **changes)).gates
        }

    found = states()
    assert found["Reveal the secret"] == "open" and found["Lock the destination"] == "passed"
    assert found["Claim the source"] == "open" and found["Refund the source"] == "not yet"
    late = ChainNow(final=NOW + 130, seen=NOW + 130, wall=NOW + 130)
    facts = replace(picture(Status.BOTH_LOCKED, SOURCE, DESTINATION).facts, destination_now=late)
    gates = {
        gate.name: gate
        for gate in timelocks(replace(picture(Status.BOTH_LOCKED, SOURCE, DESTINATION), facts=facts)).gates
    }
    assert gates["Reveal the secret"].state == "closed"
    assert gates["Reveal the secret"].closes == DESTINATION.expires_at - MARGINS.reveal
    assert gates["Claim the destination"].state == "closed" and gates["Refund the destination"].state == "open"


def test_the_bar_covers_a_locks_life_without_a_hole() -> None:
    bar = timelocks(picture(Status.BOTH_LOCKED, SOURCE, DESTINATION))
    source, destination = bar.lanes
    assert bar.start == NOW - 60 and bar.end is not None and bar.end > SOURCE.expires_at
    for lane in (source, destination):
        ends = [(one.start, one.end) for one in lane.segments]
        assert all(a[1] == b[0] for a, b in pairwise(ends))
        assert lane.segments[0].x >= 0 and lane.segments[-1].x + lane.segments[-1].width <= 1001
    margin = next(one for one in destination.segments if one.kind == "margin")
    assert margin.end - margin.start == MARGINS.reveal
    assert next(one for one in source.segments if one.kind == "margin").start == SOURCE.expires_at - MARGINS.tail
    assert 0 < bar.x(NOW) < 1000


def test_without_a_lock_there_is_a_plan() -> None:
    bar = timelocks(picture(Status.EXECUTING, LegFacts(), LegFacts()))
    assert bar.start is None and [lane.plan for lane in bar.lanes] == [400, 150]
    assert {gate.state for gate in bar.gates} == {"not yet"}


# History, books, webhooks


def test_history_is_newest_first_with_what_each_took() -> None:
    begun = datetime.fromtimestamp(NOW, tz=UTC)
    rows = tuple(
        SessionTransition(seq=seq, from_status=a, to_status=b, cause=cause, actor="engine", at=begun + timedelta(seconds=at), data={"secret": "s3cret", "problems": ["x"]})
        for seq, a, b, cause, at in ((1, "initialized", "initialized", "created", 0), (2, "initialized", "executing", "execute", 7))
    )  # fmt: skip
    found = history(rows, earlier=4)
    assert [one.seq for one in found.happened] == [2, 1] and found.earlier == 4
    assert found.happened[0].took == 7 and found.happened[1].took is None
    assert found.spent == (("initialized", 7),)
    assert "s3cret" not in repr(found) and found.happened[0].details == (("problems", "x"),)


def test_books_keep_what_is_ours_and_what_is_locked() -> None:
    at = datetime.fromtimestamp(NOW, tz=UTC)
    rows = [
        LedgerEntry(chain_id="far", token="usdt.near", kind="locked", debit="destination_escrow", credit="inventory", amount=5_000_000, height=1, at=at),
        LedgerEntry(chain_id="far", token="usdt.near", kind="claimed", debit="taker", credit="destination_escrow", amount=5_000_000, height=2, at=at),
        LedgerEntry(chain_id="near", token="near", kind="claimed", debit="inventory", credit="source_escrow", amount=10**24, height=2, at=at),
    ]  # fmt: skip
    paid, got = books(rows)
    assert (paid.ours, paid.locked, paid.ours_down) == ("-5 USDT", "0 USDT", True)
    assert [one.balance for one in paid.entries] == ["-5 USDT", "-5 USDT"]
    assert got.ours == "1 NEAR"


def test_a_receivers_address_is_shown_without_its_keys() -> None:
    row = Delivery(
        seq=1, state="pending", message=Message(type="session.updated"),
        endpoint=Endpoint(id="we_1", url="https://ann:pass@user.example:444/hook?key=abc#x"),
    )  # fmt: skip
    (found,) = deliveries([row])
    assert found.address == "user.example/hook"


# Words and links


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (12, "12 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (86400 * 3 + 3600 * 4, "3 d 4 h"),
    ],
)
def test_spans(seconds: int, words: str) -> None:
    assert span(seconds) == span(-seconds) == words


def test_a_moment_as_seen_from_now() -> None:
    assert relative(NOW + 12, NOW, "due") == "in 12 s"
    assert relative(NOW - 12, NOW, "due") == "due for 12 s"
    assert relative(NOW + 12, NOW, "by") == "12 s left"
    assert relative(NOW - 12, NOW, "by") == "over for 12 s"
    assert relative(NOW - 12, NOW) == "12 s ago"


def test_amounts_are_exact() -> None:
    assert whole(10**24 + 1, 24) == "1.000000000000000000000001"
    assert whole(1000, 0) == "1000" and whole(0, 6) == "0"


def test_told_hides_what_may_be_a_secret() -> None:
    assert "ab" * 32 not in told("reverted: 0x" + "ab" * 32)
    assert len(told("x" * 999)) == 401


def config(**templates: Any) -> ChainConfig:
    return ChainConfig(
        name="base", family="evm", network_id="1", rpc_urls=(), finality="finalized", block_seconds=1, finality_seconds=1,
        inclusion_seconds=1, watcher_lag_seconds=1, poll_ms=1, tokens=(), **templates,
    )  # fmt: skip


def test_explorer_links() -> None:
    base = config(
        explorer_tx="https://x.example/tx/{hash}", explorer_address="https://x.example/a/{address}", explorer_block="https://x.example/b/{height}"
    )  # fmt: skip
    assert transaction_url(base, "0xab") == event_url(base, "0xab") == "https://x.example/tx/0xab"
    assert address_url(base, "alice.near") == "https://x.example/a/alice.near"
    assert block_url(base, height=7, block_hash="0xcd") == "https://x.example/b/7"
    assert event_url(replace(base, family="near"), "receipt") == ""
    for hostile in ("../../evil", "a b", 'x"onclick="y', "<b>", "a%2fb", "javascript:alert(1)//", "", "a?b", "a#b"):
        assert transaction_url(base, hostile) == "", hostile
    assert transaction_url(config(), "0xab") == ""
    assert transaction_url(config(explorer_tx="javascript:alert('{hash}')"), "0xab") == ""


def test_only_parts_that_differ_are_sent() -> None:
    one, other = Part("summary", (1,)), Part("legs", (2,))
    parts = {"summary": one, "legs": other}
    assert parts_changed(parts, {"summary": one.digest, "legs": "old"}) == [other]
    assert Part("legs", (3,)).digest != other.digest == Part("legs", (2,)).digest
