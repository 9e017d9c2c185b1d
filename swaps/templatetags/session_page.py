"""What a session's page needs in its templates: moments that tick, spans, and links to explorers."""

from datetime import UTC, datetime
from typing import Any, Literal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from swaps.page.timelocks import Timelocks
from swaps.page.words import plain, short, span

register = template.Library()
How = Literal["due", "by", "about", "ago"]


def relative(at: int, now: int, how: str = "ago") -> str:
    """A moment as seen from now: "in 12 s", "12 s ago"; of a deadline "12 s left", "over for 12 s"."""
    left = at - now
    if how == "by":
        return f"{span(left)} left" if left >= 0 else f"over for {span(left)}"
    if left >= 0:
        return f"in {span(left)}"
    return f"due for {span(left)}" if how == "due" else f"{span(left)} ago"


@register.simple_tag(name="moment")
def moment(at: int | None, now: int, how: str = "ago", otherwise: str = "–") -> SafeString | str:
    """An instant in UTC with how far it is, which the page's script keeps right. `otherwise` stands for None."""
    if at is None:
        return otherwise
    when = datetime.fromtimestamp(at, tz=UTC)
    today = when.date() == datetime.fromtimestamp(now, tz=UTC).date()
    shown = f"{when:%H:%M:%S} UTC" if today else f"{when:%Y-%m-%d %H:%M:%S} UTC"
    return format_html(
        '<time class="sp-time" datetime="{}" title="{}"><span class="sp-tick" data-at="{}" data-how="{}">{}</span>'
        '<span class="sp-abs">{}</span></time>',
        f"{when:%Y-%m-%dT%H:%M:%SZ}",
        f"{when:%Y-%m-%d %H:%M:%S} UTC",
        at,
        how,
        relative(at, now, how),
        shown,
    )


@register.simple_tag(name="onchain")
def onchain(value: str, url: str = "", whole: bool = False) -> SafeString:
    """A hash, an account or a block, with a link to its explorer where there is one."""
    text = value if whole else short(value)
    if not url:
        return format_html('<code class="sp-code" title="{}">{}</code>', value, text)
    return format_html(
        '<a class="sp-code" href="{}" title="{}" rel="noopener noreferrer" target="_blank">{}'
        '<span class="sp-hidden"> (opens the block explorer)</span></a>',
        url,
        value,
        text,
    )


@register.simple_tag(name="now_x")
def now_x(bar: Timelocks, now: int) -> int:
    """Where now stands on the timelock bar."""
    return bar.x(now)


@register.filter(name="span")
def span_filter(seconds: float | None) -> str:
    """A length of time."""
    return "" if seconds is None else span(seconds)


@register.filter(name="plain")
def plain_filter(word: Any) -> str:
    """One of our codes, as words."""
    return plain(str(word))
