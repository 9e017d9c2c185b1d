"""What a message to operators says."""

from collections.abc import Sequence

from django.conf import settings

from swaps.models import Alert

LINES = 20


def title_of(told: Sequence[Alert]) -> str:
    """What it is about, as a mail's subject."""
    if len(told) == 1:
        return f"1Balancer: {told[0].message}"[:200]
    begun = sum(row.state == Alert.State.RAISED for row in told)
    parts = [f"{count} {what}" for count, what in ((begun, "alarms"), (len(told) - begun, "over")) if count]
    return f"1Balancer: {', '.join(parts)}"


def body_of(told: Sequence[Alert]) -> str:
    """Each alert with what to do about it, the gravest first; of many, the first ones and how many there are."""
    ranks: dict[str, int] = {Alert.Severity.ERROR: 0, Alert.Severity.WARNING: 1, Alert.Severity.INFO: 2}
    ordered = sorted(told, key=lambda row: (row.state != Alert.State.RAISED, ranks.get(row.severity, 3), row.seq))
    lines = [_lines(row) for row in ordered[:LINES]]
    console = settings.ALERTS["console"]
    if len(ordered) > LINES:
        lines.append(f"and {len(ordered) - LINES} more: {console}/admin/swaps/alert/")
    return "\n\n".join(lines)


def _lines(row: Alert) -> str:
    if row.state == Alert.State.CLEARED:
        return f"OVER at {row.at:%Y-%m-%d %H:%M:%S} UTC: {row.message.removeprefix('over: ')}"
    found = [f"{row.severity.upper()} since {row.at:%Y-%m-%d %H:%M:%S} UTC: {row.message}"]
    if row.action:
        found.append(f"what to do: {row.action}")
    if row.session_id:
        found.append(f"the session: {settings.ALERTS['console']}/admin/swaps/swapsession/{row.session_id}/change/")
    return "\n".join(found)
