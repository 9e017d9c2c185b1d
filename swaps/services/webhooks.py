"""Swaps' updates on their way to webhooks.

Nothing is written while a swap moves. A job reads the committed transitions of each owner who has an endpoint, in the order of
their positions (`services.feed`), past the position that was read last, and hands them over; the new position is
committed with the messages. So an update is told of exactly when it is committed, late commits are passed over by nobody,
a crash repeats a whole step or nothing, and a fault of webhooks' cannot reach a swap. A job that is lost is made up for by
the next sweep.
"""

from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef

from access.webhooks.events import Event, EventType
from access.webhooks.models import Endpoint, Reading
from access.webhooks.selectors import is_listening
from access.webhooks.services.publishing import events_publish
from swaps.documents import update_document
from swaps.models import SessionTransition
from swaps.services.feed import positions_assign
from swaps.statuses import Status

log = structlog.get_logger(__name__)
FEED = "swaps"
BATCH = 500
SCOPE = "swaps:read"
CREATED, UPDATED = "session.created", "session.updated"

MEANINGS: dict[Status, str] = {
    Status.EXECUTING: "The swap was started: we wait for the maker's lock.",
    Status.SOURCE_LOCKING: "The source lock was seen, or sent.",
    Status.SOURCE_LOCKED: "The source lock is final and right.",
    Status.DESTINATION_LOCKING: "Our lock was ordered, or seen.",
    Status.BOTH_LOCKED: "Both locks are final: a maker who holds the secret hands it over now.",
    Status.REVEALING_SECRET: "The secret is out, or may be: we claim.",
    Status.COMPLETED: "Both locks are claimed and paid, finally.",
    Status.CANCELLED: "Called off before anything was locked.",
    Status.CANCELLING: "Called off with a lock standing.",
    Status.TIMEOUT: "It is too late to go on safely.",
    Status.REFUNDING: "Every lock that stands goes back as soon as its contract allows it.",
    Status.REFUNDED: "Every lock went back, finally.",
    Status.FAILED: "Nothing is locked and nothing is on its way; `reason` says why.",
}
TYPES = (
    EventType(CREATED, "A session was created.", SCOPE),
    EventType(UPDATED, "Something happened to a session that did not change its status.", SCOPE),
    *(EventType(f"session.{status}", meaning, SCOPE) for status, meaning in MEANINGS.items()),
)


def webhooks_wake(principal: str) -> None:
    """After the commit, have the principal's news read soon. Costs nothing where he has no endpoint."""
    transaction.on_commit(partial(_wake, principal), robust=True)


def _wake(principal: str) -> None:
    from swaps.tasks import announcements_wake

    if is_listening(principal):
        announcements_wake()


def webhooks_announce() -> int:
    """Publish what was committed since the last time, for every owner with an endpoint; how many deliveries were made."""
    _begin()
    made = 0
    for owner in _owners_with_news():
        positions_assign(principal=owner)
        made += _announce_all(owner)
    return made


def _begin() -> None:
    """An owner who is new here is told of what happened since he made his endpoint."""
    known = Reading.objects.filter(feed=FEED, owner=OuterRef("owner"))
    new = Endpoint.objects.filter(~Exists(known)).order_by().values("owner").annotate(since=Min("created_at"))
    for row in list(new):
        owner = row["owner"]
        positions_assign(principal=owner)
        numbered = SessionTransition.objects.filter(principal=owner, position__isnull=False)
        first = numbered.filter(at__gte=row["since"]).aggregate(found=Min("position"))["found"]
        last = numbered.aggregate(found=Max("position"))["found"] or 0
        position = last if first is None else first - 1
        Reading.objects.get_or_create(feed=FEED, owner=owner, defaults={"position": position})


def _owners_with_news() -> list[str]:
    transitions = SessionTransition.objects.filter(principal=OuterRef("owner"))
    news = Exists(transitions.filter(position=None)) | Exists(transitions.filter(position__gt=OuterRef("position")))
    return list(Reading.objects.filter(news, feed=FEED).values_list("owner", flat=True))


def _announce_all(owner: str) -> int:
    made, more = 0, True
    while more:
        count, more = _announce(owner)
        made += count
    return made


@transaction.atomic
def _announce(owner: str) -> tuple[int, bool]:
    """One batch; how many deliveries, and whether there may be more."""
    reading = Reading.objects.select_for_update().filter(feed=FEED, owner=owner).first()
    if reading is None:
        return 0, False
    found = SessionTransition.objects.filter(principal=owner, position__gt=reading.position).select_related("session")
    rows = list(found.order_by("position")[:BATCH])
    if not rows:
        return 0, False
    made = events_publish([event for event in map(_event, rows) if event is not None])
    reading.position = rows[-1].position or reading.position
    reading.save(update_fields=["position"])
    return made, len(rows) == BATCH


def _event(row: SessionTransition) -> Event | None:
    """One update, as every channel shows it. One that cannot be shown is a fault of ours: it is left out, and the others go
    on; its `seq` is missing to the receiver, who asks for it by REST."""
    try:
        return Event(
            owner=row.principal,
            type=type_of(row),
            subject=row.session_id,
            seq=row.seq,
            at=row.at,
            payload=update_document(row.session, row),
        )
    except Exception:
        log.exception("webhooks.update_left_out", session=row.session_id, seq=row.seq)
        return None


def type_of(row: SessionTransition) -> str:
    """The event type of one transition."""
    if row.seq == 1:
        return CREATED
    moved = row.from_status != row.to_status and Status(row.to_status) in MEANINGS
    return f"session.{row.to_status}" if moved else UPDATED
