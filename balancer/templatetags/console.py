"""What the console's templates say of times."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString, mark_safe

from balancer.console.words import NOTHING, moment_html

register = template.Library()


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """The time, and how long ago it was or is to come."""
    return mark_safe(moment_html(at)) if at else NOTHING  # noqa: S308  (a time of ours)


@register.filter
def age(at: datetime | None) -> SafeString | str:
    """How long ago alone; the time itself is its title."""
    return mark_safe(moment_html(at, clock=False)) if at else NOTHING  # noqa: S308
