"""Bodies of requests about webhooks, checked: every fault at once, unknown fields among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from access.webhooks.errors import WebhookInvalid
from access.webhooks.shapes import DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS, MAX_SEQ
from access.webhooks.targets import MAX_URL

MAX_FILTERS, MAX_FILTER, MAX_WORDS, MAX_SUBJECT = 50, 60, 200, 80


@dataclass
class Body:
    """A body on its way through its checks."""

    value: Mapping[str, Any]
    faults: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, data: Any, *known: str) -> "Body":
        """An object with these fields and no others; no body at all counts as an empty one."""
        if data is None or data == "":
            data = {}
        if not isinstance(data, Mapping):
            raise WebhookInvalid.of("", "must be an object")
        body = cls(data)
        for name in sorted(set(data) - set(known)):
            body.fault(name[:60], "is not a field of this request")
        return body

    def fault(self, name: str, message: str) -> None:
        self.faults.append({"field": name, "message": message})

    def done(self) -> None:
        """Raises `WebhookInvalid` when there were faults."""
        if self.faults:
            raise WebhookInvalid("the request has faults; errors[] names each", errors=self.faults)

    def text(self, name: str, most: int) -> str | None:
        value = self.value.get(name)
        if name not in self.value:
            return None
        if not isinstance(value, str) or len(value) > most:
            self.fault(name, f"must be a text of at most {most} characters")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        value = self.value.get(name)
        if name in self.value and not isinstance(value, bool):
            self.fault(name, "must be true or false")
            return None
        return value

    def whole(self, name: str, most: int) -> int | None:
        value = self.value.get(name)
        if name not in self.value:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self.fault(name, f"must be a whole number from 0 to {most}")
            return None
        return value

    def filters(self, name: str = "events") -> list[str] | None:
        value = self.value.get(name)
        if name not in self.value:
            return None
        found = value if isinstance(value, list) else [None]
        if len(found) > MAX_FILTERS or not all(isinstance(one, str) and 1 <= len(one) <= MAX_FILTER for one in found):
            self.fault(name, f"must be a list of at most {MAX_FILTERS} event types")
            return None
        return list(found)


@dataclass(frozen=True)
class Replay:
    """Which messages shall be sent again."""

    subject: str = ""
    since_seq: int | None = None
    seq: int | None = None
    since: datetime | None = None


def new_webhook(data: Any) -> dict[str, Any]:
    """`url`, and `events` and `description` where they are given."""
    body = Body.of(data, "url", "events", "description")
    if "url" not in body.value:
        body.fault("url", "is required")
    return _given(body)


def changed_webhook(data: Any) -> dict[str, Any]:
    """Any of `url`, `events`, `description` and `enabled`."""
    return _given(Body.of(data, "url", "events", "description", "enabled"))


def _given(body: Body) -> dict[str, Any]:
    found = {
        "url": body.text("url", MAX_URL),
        "events": body.filters(),
        "description": body.text("description", MAX_WORDS),
        "enabled": body.flag("enabled"),
    }
    body.done()
    return {name: value for name, value in found.items() if value is not None}


def rotation_overlap(data: Any) -> int:
    """Seconds for which the secret before signs too."""
    body = Body.of(data, "overlapSeconds")
    seconds = body.whole("overlapSeconds", MAX_OVERLAP_SECONDS)
    body.done()
    return DEFAULT_OVERLAP_SECONDS if seconds is None else seconds


def replay_wanted(data: Any) -> Replay:
    """`{sessionId}`, `{sessionId, since: seq}`, `{sessionId, seq}` or `{since: moment}`."""
    body = Body.of(data, "sessionId", "since", "seq")
    subject, seq = body.text("sessionId", MAX_SUBJECT) or "", body.whole("seq", MAX_SEQ)
    since_seq, since = None, None
    if isinstance(body.value.get("since"), str):
        since = _moment(body)
    else:
        since_seq = body.whole("since", MAX_SEQ)
    if not subject and (seq is not None or since_seq is not None):
        body.fault("sessionId", "is required with a seq: seqs are counted within one session")
    if not subject and "since" not in body.value:
        body.fault("since", "is required, or sessionId")
    if seq is not None and "since" in body.value:
        body.fault("seq", "cannot go with since")
    body.done()
    return Replay(subject, since_seq, seq, since)


def _moment(body: Body) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(body.value["since"]))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):  # no moment, or one beyond the years 1 to 9999 in UTC
        pass
    body.fault("since", "must be a seq, or a moment as RFC 3339 writes it: 2026-01-31T12:00:00Z")
    return None
