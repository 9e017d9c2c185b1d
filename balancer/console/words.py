"""Figures in words, for people: pure. Money is exact until it is shown; a time is UTC with seconds."""

import re
from datetime import datetime
from fractions import Fraction
from html import escape

NOTHING = "–"
AGO = re.compile(r'(<time datetime="([^"]+)"[^>]* data-relative="([^"]*)"[^>]*>)[^<]*(</time>)')
STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(seconds: float, *, fine: bool = False) -> str:
    """`45 s`, `3 min`, `2 h 5 min`, `4 d 3 h`: the two greatest units, the second only where the first is small; with `fine`
    minutes have seconds, too."""
    left = max(0, int(seconds))
    for number, (length, name) in enumerate(STEPS):
        if left >= length or length == 1:
            count, rest = divmod(left, length)
            if count < 10 and (number < 2 or (fine and number == 2)):
                smaller, word = STEPS[number + 1]
                if rest // smaller:
                    return f"{count} {name} {rest // smaller} {word}"
            return f"{count} {name}"
    raise AssertionError("a second is the last step")


def relative(seconds: float) -> str:
    """`3 min ago`, `in 3 min`, `now`: how long since, negative for what is to come."""
    if abs(seconds) < 1:
        return "now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(-seconds)}"


def moment_html(at: datetime, *, clock: bool = True) -> str:
    """A time that `moments_fill`, and the page's own script at each second, complete with how long ago it was."""
    prefix = f"{at:%-d %b %H:%M:%S}" if clock else ""
    full = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}" title="{full}" data-relative="{escape(prefix)}">{full}</time>'


def moments_fill(html: str, now: datetime) -> str:
    """Every such time with the words that are right at `now`."""

    def fill(found: "re.Match[str]") -> str:
        ago = relative((now - datetime.fromisoformat(found[2])).total_seconds())
        return f"{found[1]}{found[3]}{' · ' if found[3] else ''}{ago}{found[4]}"

    return AGO.sub(fill, html)


def dollars(value: Fraction | None) -> str:
    """`$1 234`, below ten with cents; a dash where the worth is not known."""
    if value is None:
        return NOTHING
    if 0 < value < Fraction(1, 100):
        return "< $0.01"
    cents = int(value * 100)
    whole = f"{cents // 100:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"${whole}" if value >= 100 else f"${whole}.{cents % 100:02d}"


def percent(part: int, of: int) -> str:
    """With one decimal, rounded down: 99.96 % is not 100 %. A dash where there is nothing to divide."""
    if not of:
        return NOTHING
    tenths = part * 1000 // of
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def plural(count: int, word: str, many: str = "") -> str:
    """`1 session`, `2 sessions`."""
    return f"{count} {word if count == 1 else many or word + 's'}"
