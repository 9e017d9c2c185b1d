"""What can be read about proposals."""

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from access.actions.actors import APPROVE
from access.actions.models import Proposal

LATELY = timedelta(hours=1)


def proposals_waiting() -> QuerySet[Proposal]:
    """Those that wait for a second person, oldest first."""
    return Proposal.objects.filter(state=Proposal.State.PROPOSED).order_by("pk")


def proposals_for(name: str) -> QuerySet[Proposal]:
    """Those that an operator of this name could decide: somebody else's."""
    return proposals_waiting().exclude(proposed_by=name)


def proposals_of(subject: str, kinds: Collection[str] = ()) -> QuerySet[Proposal]:
    """What was ever asked for on one subject, newest first; of these kinds alone where some are named."""
    found = Proposal.objects.filter(subject=subject).order_by("-pk")
    return found.filter(kind__in=kinds) if kinds else found


def proposals_badge(request: HttpRequest) -> str:
    """For the console's sidebar: how many wait for this person; empty where none does. One query on a partial index."""
    user = request.user
    count = proposals_for(user.get_username()).count() if user.has_perm(APPROVE) else 0
    return str(count) if count else ""


def was_executed(kind: str, subject: str, fingerprint: str) -> bool:
    """Whether exactly this was done before."""
    done = Proposal.objects.filter(kind=kind, subject=subject, fingerprint=fingerprint)
    return done.filter(state=Proposal.State.EXECUTED).exists()


def moved_alone_usd(name: str) -> Decimal:
    """US dollars that somebody moved within the last hour without a second person."""
    alone = Proposal.objects.filter(
        proposed_by=name,
        needs_approval=False,
        state__in=(Proposal.State.APPROVED, Proposal.State.EXECUTED),
        proposed_at__gt=timezone.now() - LATELY,
    )
    return alone.aggregate(usd=Sum("value_usd"))["usd"] or Decimal(0)
