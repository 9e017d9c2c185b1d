"""From a figure to the rows behind it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse


def rows(model: type[Model], **lookups: Any) -> str:
    """The list of a model's rows that fulfil these lookups, e.g. `status__exact="executing"`."""
    query = urlencode([(name, _word(value)) for name, value in lookups.items()])
    listed = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{listed}?{query}" if query else listed


def row(found: Model) -> str:
    """One row's page."""
    meta = found._meta
    return reverse(
        f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(found.pk)]
    )  # "sess_22…" has "_22" in it


def _word(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
