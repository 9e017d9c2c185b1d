"""Buttons of the admin that lead to the page of an action: on a row's own page, and above a list for the chosen rows."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.enums import ActionVariant

from access.actions.forms import MOST_AT_ONCE, ask_url, bulk_url

Button = Callable[..., HttpResponse]
DANGER, PLAIN = ActionVariant.DANGER, ActionVariant.DEFAULT


def ask_button(
    kind: str, description: str, permission: str, *, icon: str, variant: ActionVariant = PLAIN, **parameters: str
) -> Any:
    """For `actions_detail`, under any name: the page that says what an action on this row would do. The row's key is the
    action's subject."""

    def button(_page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(ask_url(kind, object_id, parameters))

    button.__name__ = kind.replace(".", "_")
    path = kind.replace(".", "-")
    return action(description=description, url_path=path, permissions=[permission], icon=icon, variant=variant)(button)


def bulk_button(kind: str, description: str, permission: str) -> Any:
    """For `actions`, under any name: the page of an action on each of the chosen rows. `permission` is a method's: `retry` asks
    `has_retry_permission`."""

    def button(_page: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse:
        return redirect(bulk_url(kind, [str(pk) for pk in rows.values_list("pk", flat=True)[:MOST_AT_ONCE]]))

    button.__name__ = f"{kind.replace('.', '_')}_chosen"
    return admin.action(description=description, permissions=[permission])(button)
