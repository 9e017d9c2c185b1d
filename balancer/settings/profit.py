"""What a swap must earn us before we lock anything for it."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured


def least_margin(env: Any, market: dict[str, Any]) -> int | None:
    """`MIN_PROFIT_BPS`: basis points of what we pay, after gas on both chains; None asks nothing, not even the prices.

    Left out it is 0 (no loss) with live prices, and None with fixed ones, which are no market: what they say is earned or lost is
    neither. Negative ones allow for so much loss. Raises `ImproperlyConfigured`.
    """
    text = env.str("MIN_PROFIT_BPS", default="").strip().lower()
    if text in ("", "off"):
        return None if text == "off" or market["feeds"] == ["fixed"] else 0
    try:
        value = int(text)
    except ValueError:
        value = 10_000
    if not -10_000 < value < 10_000:
        raise ImproperlyConfigured(f"MIN_PROFIT_BPS is {text!r}: from -9999 to 9999, or off")
    return value
