"""What happens next, who does it, and when: the machine's own decision in words."""

from dataclasses import dataclass
from typing import Literal

from chains.config import ChainConfig, chain_config
from chains.events import EventKind
from chains.models import ChainTransaction, Intent
from swaps.evidence import Presence
from swaps.page.picture import Picture
from swaps.page.verdict import is_open
from swaps.page.words import plain, seconds_of, step_text, told
from swaps.services.facts import LegView
from swaps.statuses import GIVEN_UP, TERMINAL, Status

When = Literal["due", "by", "about"]
Who = Literal["we", "the maker", "the chain", "nobody"]
ASKED = {
    "sign_order": "The maker signs the order, or locks by himself",
    "execute": "The maker asks us to execute",
    "send_calls": "The maker sends his lock",
    "hand_over_secret": "The maker hands over the secret",
}


@dataclass(frozen=True)
class Next:
    """`when` says what `at` is: when it is `due`, `by` when it must have happened, `about` when it usually has."""

    title: str
    who: Who
    detail: str = ""
    at: int | None = None
    when: When = "due"


def following(picture: Picture) -> tuple[Next, ...]:
    """What comes next, soonest first; one at least."""
    if picture.facts.status in TERMINAL and _stays(picture):
        return (Next("Nothing: the swap is at its end", "nobody"),)
    found = [_asked(picture)] if picture.asked in ASKED else []
    found += [_sending(picture, intent) for intent in picture.intents if intent.state in ("pending", "sent")]
    if picture.decision is not None:
        found += [Next(step_text(step), "we", "at the engine's next look") for step in picture.decision.steps]
    found += _becoming_final(picture)
    if not found:
        found = [_waiting(picture)]
    return tuple(found)


def _asked(picture: Picture) -> Next:
    return Next(ASKED[picture.asked], "the maker", "we wait for him", _client_until(picture), "by")


def _stays(picture: Picture) -> bool:
    return picture.decision is None or picture.decision.status is picture.facts.status


def _sending(picture: Picture, intent: Intent) -> Next:
    title, config = step_text(intent.step), chain_config(intent.chain_id)
    sent = picture.sent_for.get(intent.pk, [])
    live = next((one for one in sent if one.is_open), None)
    if live is None:
        why = f"attempt {intent.attempts + 1}" + (
            f", after: {told(intent.last_error, 160)}" if intent.last_error else ""
        )
        return Next(title, "we", f"to be signed and sent on {intent.chain_id}: {why}", seconds_of(intent.not_before))
    return _on_its_way(title, live, config, picture.now)


def _on_its_way(title: str, sent: ChainTransaction, config: ChainConfig, now: int) -> Next:
    begun = seconds_of(sent.first_broadcast_at) or seconds_of(sent.created_at) or now
    if sent.state == ChainTransaction.State.INCLUDED:
        text = f"in block {sent.block_height} of {config.name}, waits to be final"
        return Next(title, "the chain", text, begun + config.inclusion_seconds + config.finality_seconds, "by")
    text = f"sent to {config.name}, waits for a block; nonce {sent.nonce}"
    return Next(title, "the chain", text, begun + config.inclusion_seconds, "by")


def _becoming_final(picture: Picture) -> list[Next]:
    """Locks and claims that are seen and that no transaction of ours stands for."""
    found = []
    for view in (picture.source, picture.destination):
        kinds = ((view.facts.lock, EventKind.LOCK_CREATED), (view.facts.claim, EventKind.LOCK_CLAIMED))
        for presence, kind in (*kinds, (view.facts.refund, EventKind.LOCK_REFUNDED)):
            if presence is Presence.SEEN and not _ours(picture, view, kind):
                found.append(_final_soon(view, kind))
    return found


def _ours(picture: Picture, view: LegView, kind: EventKind) -> bool:
    event = _event(view, kind)
    return event is not None and any(event == sent.hash for sent in picture.transactions if sent.is_open)


def _event(view: LegView, kind: EventKind) -> str | None:
    return next((event.tx_hash for event in view.events if event.kind == kind), None)


def _final_soon(view: LegView, kind: EventKind) -> Next:
    config, event = chain_config(view.leg.chain_id), next(one for one in view.events if one.kind == kind)
    word = {EventKind.LOCK_CREATED: "lock", EventKind.LOCK_CLAIMED: "claim"}.get(kind, "refund")
    at = event.block_time_ns // 10**9 + config.finality_seconds
    text = f"in block {event.block_height} of {config.name}"
    return Next(f"The {view.leg.side} {word} becomes final", "the chain", text, at, "by")


def _waiting(picture: Picture) -> Next:
    facts, decision = picture.facts, picture.decision
    if facts.status in GIVEN_UP or facts.status in TERMINAL:
        return _refund_wait(picture)
    if decision is not None and decision.status is not facts.status:
        return Next(f"On to {plain(decision.status)}", "we", "at the engine's next look")
    if decision is not None and decision.verify:
        return Next("Re-read both locks from their chains", "we", "then the secret may leave")
    wake = seconds_of(picture.session.wake_at)
    if facts.status is Status.BOTH_LOCKED:
        return Next("Claim the destination for the taker", "we", "once both locks can be claimed", wake)
    return Next("Look again", "we", "nothing to do before, unless a chain tells of something", wake)


def _refund_wait(picture: Picture) -> Next:
    sides = (("destination", picture.facts.destination, "us"), ("source", picture.facts.source, "the maker"))
    standing = [(side, leg, whom) for side, leg, whom in sides if is_open(leg)]
    if not standing:
        return Next("Look again", "we", "nothing is locked any more", seconds_of(picture.session.wake_at))
    side, leg, whom = min(standing, key=lambda one: one[1].refund_from)
    return Next(f"Refund the {side} lock to {whom}", "we", "as soon as its contract allows it", leg.refund_from)


def _client_until(picture: Picture) -> int | None:
    if picture.asked != "hand_over_secret":
        return seconds_of(picture.session.expires_at)
    first = picture.facts.destination if picture.facts.claims == "destination_first" else picture.facts.source
    return first.expires_at - picture.facts.margins.reveal
