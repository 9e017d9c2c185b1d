"""Settings that operators change while the service runs, in the admin under "Live settings" (django-constance).

The environment gives the value that holds until somebody changes it; a changed value is a row of the database, and its change
an audit entry. Services read them by one typed function a setting: see `access/operating.py`, and never on the path of a
quote or a session.
"""

from decimal import Decimal
from typing import Any

import environ

from balancer.settings import alerts

MONEY, SECONDS, COUNT, BPS, HOLD, SOME = "money", "seconds", "count", "bps", "hold", "some"
MOST_USD = Decimal(1_000_000_000)
YEAR = 31_536_000

FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    MONEY: (
        "django.forms.DecimalField",
        {
            "widget": "unfold.widgets.UnfoldAdminDecimalFieldWidget",
            "min_value": Decimal(0),
            "max_value": MOST_USD,
            "max_digits": 14,
            "decimal_places": 2,
        },
    ),
    SECONDS: (
        "django.forms.IntegerField",
        {"widget": "unfold.widgets.UnfoldAdminIntegerFieldWidget", "min_value": 1, "max_value": YEAR},
    ),
    COUNT: (
        "django.forms.IntegerField",
        {"widget": "unfold.widgets.UnfoldAdminIntegerFieldWidget", "min_value": 0, "max_value": 1_000_000_000},
    ),
    HOLD: (
        "django.forms.IntegerField",
        {"widget": "unfold.widgets.UnfoldAdminIntegerFieldWidget", "min_value": 0, "max_value": 86_400},
    ),
    SOME: (
        "django.forms.IntegerField",
        {"widget": "unfold.widgets.UnfoldAdminIntegerFieldWidget", "min_value": 1, "max_value": 100_000},
    ),
    BPS: (
        "django.forms.IntegerField",
        {"widget": "unfold.widgets.UnfoldAdminIntegerFieldWidget", "min_value": 0, "max_value": 10_000},
    ),
}
"""Kind of a setting: the form field that checks what an operator types."""
UNITS = {
    alerts.SECONDS: SECONDS,
    alerts.COUNT: COUNT,
    alerts.BLOCKS: COUNT,
    alerts.MIB: COUNT,
    alerts.MS: SOME,
    alerts.BPS: BPS,
    "hold": HOLD,
    "some": SOME,
}

Setting = tuple[Any, str, str]
"""Its default, what it means, its kind."""


def load(env: environ.Env) -> tuple[dict[str, Setting], dict[str, Any], dict[str, Any]]:
    """Constance's three tables: the settings, how the page groups them, the fields of the kinds. Raises
    `ImproperlyConfigured` for an environment whose value the page would refuse."""
    above = env.str("FOUR_EYES_ABOVE_USD", default="1000")
    config: dict[str, Setting] = {
        "FOUR_EYES_ABOVE_USD": (
            _money("FOUR_EYES_ABOVE_USD", above),
            "US dollars: an operator's action that moves more waits for a second person's approval; 0 for every one",
            MONEY,
        )
    }
    rows, groups = alerts.operating(UNITS)
    config |= rows
    fieldsets: dict[str, Any] = {"Operators' actions": ("FOUR_EYES_ABOVE_USD",), **groups}
    return config, fieldsets, {kind: [field, dict(options)] for kind, (field, options) in FIELDS.items()}


def _money(name: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
        valid = amount.is_finite() and 0 <= amount <= MOST_USD and round(amount, 2) == amount
    except ArithmeticError:
        valid = False
    if not valid:
        raise environ.ImproperlyConfigured(
            f"{name} must be US dollars from 0 to {MOST_USD}, with two decimals at most, and is {text!r}"
        )
    return amount
