"""Settings that operators change while the service runs: read by one typed function each, changed here only, and audited.

A read is one query and no write: it belongs into an operator's action or a job, never into a quote or a session. Until an
operator changes one, its value is the environment's.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from constance import config
from constance.utils import get_values_for_keys
from django.db import connection, transaction

from access.services import audit_record


def four_eyes_above_usd() -> Decimal:
    """US dollars: an action that moves more waits for a second person's approval."""
    return Decimal(operating_values(("FOUR_EYES_ABOVE_USD",))["FOUR_EYES_ABOVE_USD"])


def operating_values(names: Collection[str]) -> dict[str, Any]:
    """Several at once, in one query. Raises `AttributeError` for a name that there is not."""
    found: dict[str, Any] = get_values_for_keys(list(names))
    return found


@transaction.atomic
def operating_change(values: Mapping[str, Any], *, actor_kind: str, actor_id: str) -> list[str]:
    """Change those that differ from what holds now; their names. The form has checked the values. Each change is an audit
    entry with the old and the new one."""
    operating_lock()
    now = operating_values(list(values))
    changed = [name for name, value in values.items() if value != now[name]]
    for name in changed:
        setattr(config, name, values[name])
        audit_record(
            action="operating_setting_changed",
            actor_kind=actor_kind,
            actor_id=actor_id,
            target=name,
            detail={"old": str(now[name]), "new": str(values[name])},
        )
    return changed


def operating_lock() -> None:
    """One change at a time, until the transaction ends: who looks before he changes sees what he changes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('operating settings', 0))")
