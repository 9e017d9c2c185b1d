"""The timelock bar: what can be done with each lock and when, the margins in front of it, and which gates are open now."""

from dataclasses import dataclass
from typing import Literal

from swaps.evidence import ClaimOrder, Facts, LegFacts, Presence
from swaps.page.picture import Picture
from swaps.services.windows import claim_window, refund_window

Kind = Literal["young", "claim", "margin", "refund"]
GateState = Literal["open", "closed", "not yet", "passed", "not needed"]
UNITS = 1000  # of the bar's width


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar; `x` and `width` in thousandths of its width, `start` and `end` unix seconds."""

    kind: Kind
    start: int
    end: int
    x: int
    width: int


@dataclass(frozen=True)
class Moment:
    """An instant of a lock; `planned` where there is no lock yet to tell it by."""

    name: str
    at: int
    who: str = ""


@dataclass(frozen=True)
class Lane:
    """One lock's life. Without a lock `segments` is empty, and `plan` says how long it will last in seconds."""

    side: str
    chain: str
    segments: tuple[Segment, ...]
    moments: tuple[Moment, ...]
    plan: int
    settled: str = ""


@dataclass(frozen=True)
class Gate:
    """Something that may be done for a while: from `opens` until `closes`, where it has either."""

    name: str
    state: GateState
    opens: int | None
    closes: int | None
    note: str = ""


@dataclass(frozen=True)
class Timelocks:
    """`start` and `end` are the bar's ends; None while nothing is locked."""

    lanes: tuple[Lane, ...]
    gates: tuple[Gate, ...]
    margins: tuple[tuple[str, int], ...]
    start: int | None = None
    end: int | None = None

    def x(self, at: int) -> int:
        """Where a moment stands, thousandths, within the bar."""
        if self.start is None or self.end is None:
            return 0
        return _x(at, self.start, self.end)


def timelocks(picture: Picture) -> Timelocks:
    """Both lanes on one scale, and the gates in the order in which a swap passes them."""
    facts = picture.facts
    ends = [moment.at for view in (picture.source, picture.destination) for moment in _moments(picture, view.leg.side)]
    start, end = (min(ends), max(ends)) if ends else (None, None)
    if start is not None and end is not None:
        room = max(1, (end - start) // 12)
        end += room
    lanes = tuple(_lane(picture, side, start, end) for side in ("source", "destination"))
    margins = (
        ("a reveal needs this long before the first expiry", facts.margins.reveal),
        ("the second lock must outlive the first by", facts.margins.tail),
        ("a destination lock needs at least", facts.margins.destination_needs),
    )
    return Timelocks(lanes, tuple(_gates(facts)), margins, start, end)


def _leg(facts: Facts, side: str) -> LegFacts:
    return facts.source if side == "source" else facts.destination


def _moments(picture: Picture, side: str) -> tuple[Moment, ...]:
    """The instants of a lock that stands or stood, as its contract has them."""
    view = picture.source if side == "source" else picture.destination
    if not view.facts.lock or view.recognised is None:
        return ()
    locked_at = view.events[0].block_time_ns // 10**9 if view.events else view.facts.claim_from
    found = [
        Moment("locked", locked_at),
        Moment("claim opens", view.facts.claim_from, "whoever has the secret, for the payee"),
    ]
    public = claim_window(view)
    if public.start > view.facts.claim_from:
        found.append(Moment("anyone may claim", public.start, public.who))
    found.append(Moment("expires: a claim fails, a refund opens", view.facts.expires_at))
    back = refund_window(view)
    if back.start > view.facts.refund_from:
        found.append(Moment("anyone may refund", back.start, back.who))
    return tuple(found)


def _lane(picture: Picture, side: str, start: int | None, end: int | None) -> Lane:
    leg, moments = _leg(picture.facts, side), _moments(picture, side)
    view = picture.source if side == "source" else picture.destination
    life = int(picture.plan[f"{side}_cancellation"])
    settled = "claimed" if leg.claim else "refunded" if leg.refund else ""
    if not moments or start is None or end is None:
        return Lane(side, view.leg.chain_id, (), (), life)
    margin = _margin(picture.facts, side)
    stretches: list[tuple[Kind, int, int]] = [
        ("young", moments[0].at, leg.claim_from),
        ("claim", leg.claim_from, leg.expires_at - margin),
        ("margin", max(leg.claim_from, leg.expires_at - margin), leg.expires_at),
        ("refund", leg.expires_at, end),
    ]
    segments = tuple(_segment(kind, a, b, start, end) for kind, a, b in stretches if b > a)
    return Lane(side, view.leg.chain_id, segments, moments, life, settled)


def _margin(facts: Facts, side: str) -> int:
    """What must be left of a lock: of the first one for a safe reveal, of the second one for everything after it."""
    first = "destination" if facts.claims is ClaimOrder.DESTINATION_FIRST else "source"
    return facts.margins.reveal if side == first else facts.margins.tail


def _segment(kind: Kind, a: int, b: int, start: int, end: int) -> Segment:
    x = _x(a, start, end)
    return Segment(kind, a, b, x, max(2, _x(b, start, end) - x))


def _x(at: int, start: int, end: int) -> int:
    return min(UNITS, max(0, (at - start) * UNITS // max(1, end - start)))


# Gates


def _gates(facts: Facts) -> list[Gate]:
    first, second = facts.destination, facts.source
    if facts.claims is not ClaimOrder.DESTINATION_FIRST:
        first, second = second, first
    latest = max(facts.source_now.latest, facts.destination_now.latest)
    tail = facts.margins.tail if facts.claims is ClaimOrder.DESTINATION_FIRST else 0
    lock_by = facts.source.expires_at - tail - facts.margins.destination_needs if facts.source.lock else None
    both = bool(facts.source.lock and facts.destination.lock)
    reveal_from = max(first.claim_from, second.claim_from) if both else None
    reveal_by = first.expires_at - facts.margins.reveal if both else None
    revealed = facts.revealed or bool(first.claim)
    return [
        _gate("Lock the destination", bool(facts.destination.lock), None, lock_by, latest, facts.source.lock),
        _gate("Reveal the secret", revealed, reveal_from, reveal_by, latest, both),
        *(_claim_gate(side, leg, latest) for side, leg in _sides(facts)),
        *(_refund_gate(side, leg, latest) for side, leg in _sides(facts)),
    ]


def _sides(facts: Facts) -> tuple[tuple[str, LegFacts], tuple[str, LegFacts]]:
    return ("destination", facts.destination), ("source", facts.source)


def _gate(
    name: str, passed: bool, opens: int | None, closes: int | None, now: int, applies: Presence | bool, note: str = ""
) -> Gate:
    if passed:
        return Gate(name, "passed", None, None, note)
    if not applies:
        return Gate(name, "not yet", None, None, note or "nothing is locked to tell it by")
    if opens is not None and now < opens:
        return Gate(name, "not yet", opens, closes, note)
    return Gate(name, "closed" if closes is not None and now >= closes else "open", opens, closes, note)


def _claim_gate(side: str, leg: LegFacts, now: int) -> Gate:
    name = f"Claim the {side}"
    if leg.refund:
        return Gate(name, "not needed", None, None, "it was refunded")
    return _gate(name, bool(leg.claim), leg.claim_from, leg.expires_at, now, leg.lock)


def _refund_gate(side: str, leg: LegFacts, now: int) -> Gate:
    name = f"Refund the {side}"
    if leg.claim:
        return Gate(name, "not needed", None, None, "it was claimed")
    return _gate(name, bool(leg.refund), leg.refund_from, None, now, leg.lock)
