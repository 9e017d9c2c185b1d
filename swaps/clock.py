"""What ticks in a session: seconds to its locks' ends, and until each gate closes. Drawn from a standing, without a query."""

from datetime import datetime

from swaps.evidence import ChainNow, Facts, Margins
from swaps.services.facts import LegView
from swaps.shapes.session import Clock, LegClock, MarginsDocument
from swaps.standing import Standing
from swaps.timelocks import margin_left
from swaps.times import rfc3339, rfc3339_of


def clock_document(standing: Standing, now: datetime) -> Clock:
    """Seconds as of `now`, by the chains' own time."""
    return {
        "at": rfc3339(now),
        "source": _leg_clock(standing.source),
        "destination": _leg_clock(standing.destination),
    }


def margins_of(standing: Standing, now: datetime) -> MarginsDocument:
    """Seconds until each gate closes; see `swaps.timelocks.MarginLeft`."""
    left = margin_left(_facts(standing, now))
    return {
        "destinationLock": left.destination_lock,
        "reveal": left.reveal,
        "destinationClaim": left.destination_claim,
        "sourceClaim": left.source_claim,
        "claims": standing.claims.value,
    }


def _leg_clock(view: LegView) -> LegClock:
    latest = _latest(view)
    found = view.recognised
    return {
        "chainTime": rfc3339_of(latest) if latest else None,
        "secondsToExpiry": max(0, found.expires_at - latest) if found else None,
        "secondsToRefund": max(0, found.refund_from - latest) if found else None,
    }


def _latest(view: LegView) -> int:
    return max(view.leg.chain.seen_time_ns, view.leg.chain.head_time_ns) // 10**9


def _facts(standing: Standing, now: datetime) -> Facts:
    """As much of a session's facts as its margins rest on."""
    session, secret = standing.session, getattr(standing.session, "secret", None)
    return Facts(
        status=standing.status,
        source=standing.source.facts,
        destination=standing.destination.facts,
        source_now=_now(standing.source, now),
        destination_now=_now(standing.destination, now),
        margins=Margins(**session.plan["margins"]),
        expires_at=int(session.expires_at.timestamp()),
        revealed=secret is not None and secret.revealed_at is not None,
        claims=standing.claims,
    )


def _now(view: LegView, wall: datetime) -> ChainNow:
    final = view.leg.chain.final_time_ns // 10**9
    return ChainNow(final=final, seen=_latest(view), wall=int(wall.timestamp()))
