"""Whether money is at risk, in one sentence, and what an operator must look at."""

from dataclasses import dataclass
from typing import Literal

from swaps.evidence import Facts, LegFacts, Payout, Presence, Sending, Step
from swaps.page.picture import Picture
from swaps.page.words import told
from swaps.statuses import TERMINAL, Status

Tone = Literal["calm", "watch", "risk", "danger", "done"]
TONE_WORDS: dict[Tone, str] = {
    "calm": "No risk",
    "watch": "Our money is locked",
    "risk": "Money at risk",
    "danger": "Act now",
    "done": "Over",
}
LOSSES = {
    "source_refunded_after_destination_claim": "The taker was paid {ours}, and {theirs} went back to its maker: our loss.",
    "destination_unpaid_after_source_claim": "We hold {theirs}, and the taker was not paid: we owe him {ours}.",
}
ENDS = {
    Status.COMPLETED: "Both sides are paid, finally: {theirs} to us, {ours} to the taker.",
    Status.REFUNDED: "Every lock went back to whoever made it, finally.",
    Status.CANCELLED: "It was called off before anything was locked.",
    Status.FAILED: "Nothing is locked, and nothing is on its way.",
}


@dataclass(frozen=True)
class Verdict:
    """`until` is when it may change for the worse by itself, unix seconds."""

    tone: Tone
    title: str
    detail: str
    until: int | None = None

    @property
    def word(self) -> str:
        return TONE_WORDS[self.tone]


@dataclass(frozen=True)
class Callout:
    """Something that needs a person."""

    tone: Tone
    title: str
    text: str


def is_open(leg: LegFacts) -> bool:
    """It is locked, and nobody has claimed or refunded it."""
    return bool(leg.lock) and not (leg.claim or leg.refund)


def verdict(picture: Picture) -> Verdict:
    """What is true of the money, worst first."""
    facts, ours, theirs = picture.facts, picture.destination_text, picture.source_text
    source, destination = facts.source, facts.destination
    if facts.status in TERMINAL and not (is_open(source) or is_open(destination)):
        return _end(picture, ours, theirs)
    unpaid = [leg for leg in (source, destination) if leg.payout is Payout.FAILED]
    if unpaid:
        return Verdict(
            "risk", "A payout failed", "A lock is settled, and its contract still holds the money: we try again."
        )
    if destination.claim and source.claim is not Presence.FINAL:
        return _paid_first(facts, ours, theirs)
    if source.claim and destination.claim is not Presence.FINAL:
        text = f"We claimed {theirs}. The taker's {ours} must be claimed for him before its lock expires."
        return Verdict(_pressed(facts, destination), f"{ours} owed to the taker", text, destination.expires_at)
    if facts.revealed and is_open(source) and is_open(destination):
        text = f"The secret is out. The destination's claim must land before its lock expires, then we claim {theirs}."
        return Verdict(_pressed(facts, destination), f"{ours} against {theirs}", text, destination.expires_at)
    return _before(picture, ours, theirs)


def _paid_first(facts: Facts, ours: str, theirs: str) -> Verdict:
    if facts.source.claim:
        text = f"The taker was paid {ours}. Our claim of {theirs} is in a block, and waits to be final."
        return Verdict("watch", f"{theirs} on its way to us", text, facts.source.expires_at)
    if not is_open(facts.source):
        return Verdict("danger", f"We paid {ours} for nothing", "The source lock is gone, and was not claimed by us.")
    text = f"The taker was paid. Until our claim of {theirs} is in a block, we can lose it: its lock expires then."
    return Verdict(_pressed(facts, facts.source), f"{theirs} to be claimed", text, facts.source.expires_at)


def _pressed(facts: Facts, leg: LegFacts) -> Tone:
    """Danger once less is left than a claim may take until it is final."""
    latest = max(facts.source_now.latest, facts.destination_now.latest)
    return "danger" if leg.expires_at - latest < facts.margins.tail else "risk"


def _before(picture: Picture, ours: str, theirs: str) -> Verdict:
    facts = picture.facts
    source, destination = facts.source, facts.destination
    if is_open(destination):
        other = f"The maker's {theirs} is locked too." if is_open(source) else "The maker's side is not locked."
        text = f"{other} While the secret is kept, each lock goes back to whoever made it: ours from then on."
        return Verdict("watch", f"{ours} of ours is locked", text, destination.refund_from)
    if facts.state(Step.DESTINATION_LOCK) is Sending.IN_FLIGHT:
        return Verdict("watch", f"{ours} of ours is on its way into the lock", "It is not in a block yet.")
    if is_open(source):
        return Verdict("calm", "Nothing of ours is locked", f"Only the maker's {theirs} is. It is his until we answer.")
    return Verdict("calm", "No money is locked", f"Neither the maker's {theirs} nor our {ours}.")


def _end(picture: Picture, ours: str, theirs: str) -> Verdict:
    session = picture.session
    if session.reason in LOSSES:
        return Verdict("danger", "It ended with a loss", LOSSES[session.reason].format(ours=ours, theirs=theirs))
    return Verdict("done", "No money is locked", ENDS[picture.facts.status].format(ours=ours, theirs=theirs))


def callouts(picture: Picture) -> tuple[Callout, ...]:
    """Everything that waits for a person, worst first."""
    session, found = picture.session, []
    if session.attention:
        found.append(Callout("danger", "An operator should look", told(session.attention)))
    for name, chain in picture.chains.items():
        if chain.halted_reason:
            found.append(Callout("danger", f"{name} is halted: no money moves there", told(chain.halted_reason)))
    for view in (picture.source, picture.destination):
        if view.leg.verified is False:
            problems = "; ".join(view.leg.verification.get("problems", [])) or "it is not what was agreed"
            found.append(Callout("danger", f"The {view.leg.side} lock was re-read and is wrong", told(problems)))
    found += [
        Callout("risk", f"{one.step} needs a look", told(one.attention)) for one in picture.intents if one.attention
    ]
    standing = [stray for stray in picture.strays if stray.state == stray.State.STANDING]
    if standing:
        text = "Shown below. They are never answered and never claimed, and go back at their own timelock."
        found.append(Callout("risk", f"{len(standing)} locks are not what was agreed", text))
    if picture.decision is None:
        text = "The rows contradict the table of transitions: nothing is done. This is a fault of ours."
        found.append(Callout("danger", "The engine cannot go on", text))
    return tuple(found)
