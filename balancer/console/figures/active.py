"""Swaps on their way: how many in which status, for how long, and what is due."""

from datetime import datetime
from typing import Any

from balancer.console.figures.moment import Moment
from balancer.console.links import row, rows
from balancer.console.words import span
from chains.models import Intent
from chains.overview import intents_unsent
from swaps import overview
from swaps.models import SwapSession

TONES = {"timeout": "danger", "refunding": "warning", "cancelling": "warning", "revealing_secret": "strong"}


def read(moment: Moment) -> dict[str, Any]:
    """`lines` by status with a cell for each age, `totals` of the columns, and the oldest thing that is due."""
    lines = [_line(one, moment.cuts) for one in moment.active]
    sums = [sum(one.counts[number] for one in moment.active) for number in range(len(moment.cuts) + 1)]
    return {
        "heads": _heads(),
        "lines": lines,
        "totals": [_cell(count, number, moment.cuts) for number, count in enumerate(sums)],
        "total": sum(sums),
        "total_href": rows(SwapSession, finished_at__isnull=True),
        **_due(moment.now),
    }


def _heads() -> list[str]:
    edges = [span(age.total_seconds()) for age in overview.AGES]
    return [f"< {edges[0]}", *(f"< {edge}" for edge in edges[1:]), f"≥ {edges[-1]}"]


def _line(one: overview.StatusAges, cuts: tuple[datetime, ...]) -> dict[str, Any]:
    status = {"status__exact": one.status}
    return {
        "status": one.status,
        "words": one.status.replace("_", " "),
        "tone": TONES.get(one.status, ""),
        "total": one.total,
        "href": rows(SwapSession, **status),
        "cells": [_cell(count, number, cuts, **status) for number, count in enumerate(one.counts)],
        "oldest": one.oldest,
    }


def _cell(count: int, number: int, cuts: tuple[datetime, ...], **status: str) -> dict[str, Any]:
    """A count of those created since the cut of this column and before that of the one to its left."""
    within: dict[str, Any] = {"finished_at__isnull": True, **status}
    if number < len(cuts):
        within["created_at__gte"] = cuts[number]
    if number:
        within["created_at__lt"] = cuts[number - 1]
    return {"count": count, "href": rows(SwapSession, **within), "is_old": number == len(cuts) and count > 0}


def _due(now: datetime) -> dict[str, Any]:
    second = now.replace(microsecond=0)
    waking, first = overview.sessions_waking(second)
    unsent = intents_unsent()
    oldest = unsent.first()
    return {
        "waking": waking,
        "waking_href": rows(SwapSession, finished_at__isnull=True, wake_at__lte=second) if waking else "",
        "first_waking": first,
        "first_waking_href": row(first) if first else "",
        "unsent": unsent.order_by()[: overview.MOST].count() if oldest else 0,
        "unsent_href": rows(Intent, state__exact=Intent.State.PENDING),
        "first_unsent": oldest,
        "first_unsent_href": row(oldest) if oldest else "",
    }
