"""Who may not try to log in for a while: a name at an address, and an address. The rows are django-axes' own."""

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from access.addresses import address_read, address_unit, client_address
from access.services import audit_record

LOGINS_KEPT = timedelta(days=365)


def address_counted(request: HttpRequest) -> str | None:
    """The address that failures count for: behind trusted proxies only, and of IPv6 the customer's network. None: unknown."""
    address = client_address(request.META)
    if address_read(address) is None:
        return None
    return address_unit(address).partition("/")[0]


def client_told(
    username: str | None, ip_address: str | None, user_agent: str, path_info: str, request: HttpRequest
) -> str:
    """Of whom django-axes' lines in the log speak: an address. A name may be a password in the wrong field."""
    return ip_address or "an unknown address"


class LockoutHandler(AxesDatabaseHandler):
    """django-axes has one limit; an address, behind which many people may sit, has a higher one than a name at an address."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_pair, of_address = (_failures(one) for one in self.get_user_attempts(request, credentials))
        locks: int = settings.ACCOUNTS["failures"]
        return max(of_pair, locks) if of_address >= settings.ACCOUNTS["failures_of_address"] else of_pair

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """A success forgives the failures of this name at this address, and not what the address did to others."""
        forgiven: int = self.filter_user_attempts(request, credentials)[0].delete()[0]
        return forgiven


def _failures(attempts: "QuerySet[AccessAttempt]") -> int:
    found: int | None = attempts.aggregate(total=Sum("failures_since_start"))["total"]
    return found or 0


def _cooloff() -> timedelta:
    return timedelta(seconds=settings.ACCOUNTS["cooloff_seconds"])


def is_locked_out(request: HttpRequest, username: str) -> bool:
    """Whether a login under this name is not even tried."""
    return bool(AxesProxyHandler.is_locked(request, {"username": username}))


def locked_until(request: HttpRequest, username: str) -> datetime | None:
    """From when the next attempt is looked at; None where nothing is locked."""
    last = [
        attempts.aggregate(last=Max("attempt_time"))["last"]
        for attempts in AxesProxyHandler.get_implementation().get_user_attempts(request, {"username": username})
    ]
    known = [one for one in last if one is not None]
    return max(known) + _cooloff() if known else None


def locked_from(row: AccessAttempt) -> datetime | None:
    """Until when a row's name is locked at its address; None where its failures are too few for that."""
    enough = row.failures_since_start >= settings.ACCOUNTS["failures"]
    until: datetime = row.attempt_time + _cooloff()
    return until if enough else None


@transaction.atomic
def login_unlock(attempts: "QuerySet[AccessAttempt]", *, actor_kind: str, actor_id: str) -> int:
    """Forget failed logins; a row in the audit trail for each name and address. How many rows those were."""
    rows = list(attempts.select_for_update())
    for row in rows:
        audit_record(
            action="login_unlocked",
            actor_kind=actor_kind,
            actor_id=actor_id[:80],
            target=(row.username or "")[:80],
            detail={"address": row.ip_address or "", "failures": row.failures_since_start},
        )
    AccessAttempt.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def logins_purge() -> int:
    """Forget logins of more than a year ago, and failures that hold nobody off any more; how many rows went."""
    now = timezone.now()
    logins: int = AccessLog.objects.filter(attempt_time__lt=now - LOGINS_KEPT).delete()[0]
    failures: int = AccessAttempt.objects.filter(attempt_time__lt=now - _cooloff()).delete()[0]
    return logins + failures
