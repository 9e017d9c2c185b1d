"""Giving the maker another link to his swap's page, or none."""

import structlog
from django.db import transaction
from django.utils import timezone

from swaps.locks import lock_session
from swaps.models import StatusLink
from swaps.models.status_link import FIRST

log = structlog.get_logger(__name__)


@transaction.atomic
def status_link_renew(*, session_id: str, actor: str) -> StatusLink:
    """From now on another link opens the page, and no earlier one does, also after it was withdrawn."""
    lock_session(session_id)
    link, made = StatusLink.objects.get_or_create(session_id=session_id, defaults={"number": FIRST + 1})
    if not made:
        link.number, link.withdrawn_at = link.number + 1, None
        link.save()
    log.info("status_link.renewed", session=session_id, number=link.number, actor=actor)
    return link


@transaction.atomic
def status_link_withdraw(*, session_id: str, actor: str) -> StatusLink:
    """From now on no link opens the page. Withdrawn already, it stays as it was."""
    lock_session(session_id)
    link, _ = StatusLink.objects.get_or_create(session_id=session_id)
    if link.withdrawn_at is None:
        link.withdrawn_at = timezone.now()
        link.save()
        log.info("status_link.withdrawn", session=session_id, number=link.number, actor=actor)
    return link
