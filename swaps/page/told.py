"""The session's webhooks: whom we told what, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from access.webhooks.models import Delivery
from swaps.page.words import plain, seconds_of, told


@dataclass(frozen=True)
class Told:
    """One message on its way to one endpoint. The address is shown without what follows its path: keys stand there."""

    seq: int
    kind: str
    address: str
    endpoint: str
    state: str
    tone: str
    attempts: int
    status: int
    error: str
    next_at: int | None
    delivered_at: int | None


def deliveries(rows: Iterable[Delivery]) -> tuple[Told, ...]:
    """In the order in which they come, newest first."""
    return tuple(_told(row) for row in rows)


def _told(row: Delivery) -> Told:
    pending = row.state == Delivery.State.PENDING
    return Told(
        seq=row.seq,
        kind=plain(row.message.type),
        address=_address(row.endpoint.url),
        endpoint=row.endpoint_id,
        state=row.state,
        tone={"delivered": "good", "failed": "bad"}.get(row.state, "busy"),
        attempts=row.attempts,
        status=row.last_status,
        error=told(row.last_error),
        next_at=seconds_of(row.next_attempt_at) if pending else None,
        delivered_at=seconds_of(row.delivered_at),
    )


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"[:80]
