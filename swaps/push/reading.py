"""What following reads of the database, as JSON text. Synchronous, for the hub's few threads; each call is one short look."""

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, ParamSpec, TypeVar

import msgspec
from django.db import connections
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from swaps import selectors
from swaps.documents import rfc3339, session_documents, update_document
from swaps.models import Alert, SessionTransition, SwapSession
from swaps.models.session import ACTIVE
from swaps.progress import PROGRESS
from swaps.push.tail import Numbered
from swaps.services.feed import positions_assign
from swaps.statuses import Status

P = ParamSpec("P")
T = TypeVar("T")
PAGE = 500
THREADS = 4
NEWER = """
SELECT newer.*, wanted.after FROM unnest(%s::text[], %s::int[]) AS wanted (id, after) CROSS JOIN LATERAL (
    SELECT * FROM swaps_sessiontransition WHERE session_id = wanted.id AND seq > wanted.after ORDER BY seq LIMIT %s
) AS newer ORDER BY newer.session_id, newer.seq
"""


@cache
def threads() -> ThreadPoolExecutor:
    """The threads in which this process reads for its followers, however many those are."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="push-read")


def giving_back(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it, and give its connection back to the pool: a thread of ours belongs to no request that would."""
    try:
        return function(*args, **kwargs)
    finally:
        connections.close_all()


def encode(document: Any) -> str:
    """A message as it goes out."""
    return msgspec.json.encode(document).decode()


# One session


@dataclass(frozen=True)
class Snapshot:
    """A session as it is now: whose it is, up to which `seq`, whether it has ended, and the document's text."""

    owner: str
    seq: int
    text: str


def snapshots_read(session_ids: Collection[str]) -> dict[str, Snapshot | None]:
    """Several sessions by a handful of queries; None for one that does not exist."""
    wanted = [session_id for session_id in session_ids if "\0" not in session_id]
    sessions = list(selectors.sessions_visible(principal=None, only=Q(pk__in=wanted)))
    documents = session_documents(sessions)
    found: dict[str, Snapshot | None] = dict.fromkeys(session_ids)
    for session, document in zip(sessions, documents, strict=True):
        text = encode({"type": "session_snapshot", **document})
        found[session.pk] = Snapshot(session.principal, document["seq"], text)
    return found


def updates_read(wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], list[Numbered]]:
    """For each (session id, seq) what came after it, at most `PAGE` updates; one query in all."""
    ids, seqs = [session_id for session_id, _ in wanted], [seq for _, seq in wanted]
    found: dict[tuple[str, int], list[Numbered]] = {key: [] for key in wanted}
    rows: Iterable[Any] = SessionTransition.objects.raw(NEWER, [ids, seqs, PAGE])  # with one column more
    for row in rows:
        found[row.session_id, row.after].append((row.seq, encode(_update(row))))
    return found


def _update(row: SessionTransition) -> dict[str, Any]:
    return update_document(SwapSession(pk=row.session_id), row)


# All sessions of one principal


def feed_read(principal: str, after: int) -> list[Numbered]:
    """The principal's updates after a position, numbered first where they have none yet; at most `PAGE`."""
    positions_assign(principal=principal)
    rows = SessionTransition.objects.filter(principal=principal, position__gt=after).order_by("position")[:PAGE]
    return [(row.position or 0, _in_feed(row)) for row in rows]


def _in_feed(row: SessionTransition) -> str:
    return encode({**_update(row), "channel": "sessions", "position": row.position})


def feed_snapshot(principal: str) -> tuple[int, str]:
    """The newest position, and a message with the active sessions as they were exactly then."""
    positions_assign(principal=principal)
    numbered = SessionTransition.objects.filter(principal=principal, position__isnull=False)
    newest = numbered.order_by("-position").values_list("position", flat=True).first() or 0
    return newest, encode({"type": "sessions_snapshot", "position": newest, "sessions": _active_at(principal, newest)})


def _active_at(principal: str, position: int) -> list[dict[str, Any]]:
    """The last update up to a position of each session that has not ended, newest session first."""
    latest = Window(RowNumber(), partition_by=F("session_id"), order_by=F("seq").desc())
    rows = (
        SessionTransition.objects.filter(
            principal=principal, position__lte=position, session__principal=principal, session__status__in=ACTIVE
        )
        .annotate(back=latest)
        .filter(back=1)
        .order_by("-session__created_at", "session_id")
    )
    return [_brief(row) for row in rows]


def _brief(row: SessionTransition) -> dict[str, Any]:
    progress = PROGRESS[Status(row.to_status)]
    return {
        "sessionId": row.session_id,
        "status": row.to_status,
        "seq": row.seq,
        "phase": progress.phase,
        "progress": progress.percent,
    }


# Alerts


def alerts_read(after: int) -> list[Numbered]:
    """The alerts after a number, at most `PAGE`."""
    rows = Alert.objects.filter(seq__gt=after).order_by("seq")[:PAGE]
    return [(row.seq, encode({"type": "alert", **alert_document(row)})) for row in rows]


def alerts_snapshot() -> tuple[int, str]:
    """The newest alert's number, and a message with those that stand."""
    newest = Alert.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    standing = Alert.objects.filter(seq__lte=newest, state=Alert.State.RAISED, cleared_at=None).order_by("seq")
    return newest, encode(
        {"type": "alerts_snapshot", "seq": newest, "alerts": [alert_document(row) for row in standing]}
    )


def alert_document(row: Alert) -> dict[str, Any]:
    """The original's `alert`, with its number and whether it begins or ends something."""
    return {
        "seq": row.seq,
        "severity": row.severity,
        "state": row.state,
        "key": row.key,
        "message": row.message,
        "sessionId": row.session_id or None,
        "action": row.action or None,
        "timestamp": rfc3339(row.at),
    }
