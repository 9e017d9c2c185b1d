"""The first page, and the same figures as JSON for where no socket gets through."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from balancer.console.operators import operator_of
from balancer.console.survey import SECTIONS, Snapshot, sections_of, snapshot
from balancer.console.words import moments_fill

SOCKET = "/ws/console"
COLUMNS = (0, 1, 2)


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold's index template gets besides: the sections that this operator may see, drawn."""
    taken, seen = snapshot(), sections_of(request.user)
    columns = [[_drawn(taken, one.name) for one in SECTIONS if one.column == at and one.name in seen] for at in COLUMNS]
    return context | {
        "title": "Console",
        "at": taken.at,
        "socket": SOCKET,
        "poll": reverse("console-figures"),
        "wide": columns[0],
        "columns": [column for column in columns[1:] if column],
    }


def _drawn(taken: Snapshot, name: str) -> dict[str, str]:
    html = moments_fill(taken.html[name], taken.at)
    return {"name": name, "digest": taken.digest(name), "html": mark_safe(html)}  # noqa: S308  (our own templates')


@require_safe
def figures(request: HttpRequest) -> JsonResponse:
    """`{type, at, sections: [{name, digest, html}]}`: the sections that differ from `have`, which names what is on the screen as
    `name:digest` with commas between. 401 for whoever is not logged in, 403 for whoever may see nothing.

    It lies beside the admin, so that a page that asks by itself does not count as its operator's being there.
    """
    operator = operator_of(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    if operator is None:
        return JsonResponse({"type": "ended"}, status=401)
    names = sections_of(operator)
    if not names:
        return JsonResponse({"type": "ended"}, status=403)
    answer = news(snapshot(), names, had(request.GET.get("have", "")))
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


def had(text: str) -> dict[str, str]:
    """What the page says it shows: digests by section."""
    return dict(one.split(":", 1) for one in text[:2_000].split(",") if ":" in one)


def news(taken: Snapshot, names: list[str], have: Mapping[str, str]) -> dict[str, Any]:
    """The message with the sections among `names` that are not shown as they are; `alive` when there is none."""
    changed = [name for name in names if have.get(name) != taken.digest(name)]
    return {
        "type": "figures" if changed else "alive",
        "at": _at(taken.at),
        "sections": [
            {"name": name, "digest": taken.digest(name), "html": moments_fill(taken.html[name], taken.at)}
            for name in changed
        ],
    }


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
