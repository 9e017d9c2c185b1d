"""How the page writes amounts, spans, long ids and strangers' words."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from access.masking import masked
from pricing.amounts import decimal_text
from swaps import words
from swaps.evidence import Step

STEPS: dict[str, str] = {
    Step.SOURCE_LOCK: "Fill the maker's order into the source lock",
    Step.DESTINATION_LOCK: "Lock the destination",
    Step.DESTINATION_CLAIM: "Claim the destination for the taker",
    Step.SOURCE_CLAIM: "Claim the source for us",
    Step.DESTINATION_REFUND: "Refund the destination lock to us",
    Step.SOURCE_REFUND: "Refund the source lock to the maker",
    Step.DESTINATION_PAY: "Try the destination's payout again",
    Step.SOURCE_PAY: "Try the source's payout again",
    "refund": "Send back a lock that is not what was agreed",
}
MINUTE, HOUR, DAY = 60, 3600, 86400


def step_text(step: str) -> str:
    """What an intent is for, in words."""
    return STEPS.get(step) or plain(step).capitalize()


def plain(word: str) -> str:
    """One of our codes, as words."""
    return word.replace("_", " ")


def amount_text(chain: str, token_id: str, amount: int) -> str:
    """Whole tokens with all their decimals and the symbol; base units where the token is not configured any more."""
    token = words.token_of(chain, token_id)
    if token is None:
        return f"{amount} base units of {token_id}"
    return f"{'-' if amount < 0 else ''}{words.whole(abs(amount), token.decimals)} {token.symbol}"


def whole_tokens(chain: str, token_id: str, amount: int) -> str:
    """The number alone; "" where the token is not configured any more."""
    token = words.token_of(chain, token_id)
    return "" if token is None else whole(amount, token.decimals)


def whole(amount: int, decimals: int) -> str:
    """Base units as whole tokens, exactly, as programs read them: nothing between thousands."""
    text = decimal_text(Fraction(amount, 10**decimals), decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def span(seconds: float) -> str:
    """A length of time in its two largest units: "12 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    left = int(abs(seconds))
    for size, unit, smaller, its_unit in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s")):
        if left >= size:
            rest = left % size // smaller
            return f"{left // size} {unit} {rest} {its_unit}" if rest else f"{left // size} {unit}"
    return f"{left} s"


def short(value: str) -> str:
    """The two ends of a long id."""
    return value if len(value) <= 22 else f"{value[:10]}…{value[-6:]}"


def seconds_of(moment: datetime | None) -> int | None:
    """A moment in unix seconds."""
    return None if moment is None else int(moment.timestamp())


def utc_text(seconds: Any) -> str:
    """Chain seconds as people write them, in UTC; "" for none."""
    return "" if seconds is None else f"{datetime.fromtimestamp(int(seconds), tz=UTC):%Y-%m-%d %H:%M:%S} UTC"


def told(text: str, most: int = 400) -> str:
    """What a node, a contract or a receiver said: without long hexadecimal runs, where a secret might stand, and cut."""
    clean = masked(text)
    return clean if len(clean) <= most else f"{clean[:most]}…"
