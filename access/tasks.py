"""The jobs of `access`."""

from datetime import UTC, datetime

import structlog
from procrastinate.contrib.django import app

from access.actions import tasks  # noqa: F401  (registration)

log = structlog.get_logger(__name__)


@app.periodic(cron="17 * * * *")
@app.task(name="access.purge_idempotency", queue="sweeps")
def purge_idempotency(timestamp: int) -> None:
    """Every hour, answers past their life go, and so do old refusals."""
    from access.idempotency import idempotency_purge
    from access.violations import violations_purge

    log.info("access.idempotency_purged", rows=idempotency_purge(), violations=violations_purge())


@app.periodic(cron="29 * * * *")
@app.task(name="access.purge_sessions", queue="sweeps")
def purge_sessions(timestamp: int) -> None:
    """Every hour, operators' sessions that are over go, and logins of more than a year ago."""
    from access.accounts.lockouts import logins_purge
    from access.accounts.sessions import sessions_purge

    log.info("access.sessions_purged", sessions=sessions_purge(), logins=logins_purge())


@app.periodic(cron="* * * * *")
@app.task(name="access.write_violations", queue="sweeps", queueing_lock="access.write_violations")
def write_violations(timestamp: int) -> None:
    """Every minute, refusals that were counted in Valkey become rows."""
    from access.limits.shared import LOST
    from access.violations import violations_write

    try:
        rows = violations_write()
    except LOST as error:  # they are kept, and written when it is back
        log.warning("access.violations_wait", error=type(error).__name__)
        return
    if rows:
        log.warning("access.violations", rows=rows)


@app.periodic(cron="* * * * * */5")
@app.task(name="access.link_audit", queue="sweeps", queueing_lock="access.link_audit")
def link_audit(timestamp: int) -> None:
    """Every five seconds, new rows of the audit trail get their place in the chain."""
    from access.audit.linking import audit_link

    audit_link()


@app.periodic(cron="23 * * * *")
@app.task(name="access.check_audit", queue="sweeps", queueing_lock="access.check_audit")
def check_audit(timestamp: int) -> None:
    """Every hour the chain is walked from where it was sound last, and every night from its beginning."""
    from access.audit.checking import audit_check_due

    check = audit_check_due(hour=datetime.fromtimestamp(timestamp, UTC).hour)
    report = log.error if check.faults else log.info
    report("audit.checked", rows=check.rows, head=f"{check.seq}:{check.hash}", faults=check.faults[:3])
