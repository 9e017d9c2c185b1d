"""For pages that move money: a second factor that was shown lately. That it was shown at all, the middleware sees to."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from access.accounts.state import Standing, standing_of

View = Callable[..., HttpResponseBase]
AGAIN = "This moves money: show a code once more. Nothing was done yet."


def standing(request: HttpRequest) -> Standing:
    """Where the person before the page stands; read once a request."""
    found: Standing | None = getattr(request, "second_factor", None)
    if found is None:
        found = standing_of(request.user, request.session)
        request.second_factor = found  # type: ignore[attr-defined]  # for whoever asks next
    return found


def may_move_money(request: HttpRequest) -> bool:
    """Whether the second factor stands against nothing: shown within `SECOND_FACTOR_FRESH_SECONDS`, or asked of nobody here.
    It grants nothing: permissions are checked besides."""
    return standing(request).is_fresh


def second_factor_required(view: View) -> View:
    """Wrap a view, or an admin class's method: where the code was shown too long ago it is asked for, and the page comes
    after it. A form that was posted meanwhile has done nothing, and is to be sent again."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request: HttpRequest = next(one for one in args if isinstance(one, HttpRequest))
        if may_move_money(request):
            return view(*args, **kwargs)
        if request.method != "GET":
            messages.warning(request, AGAIN)
        return redirect(f"{reverse('admin:second_factor')}?{urlencode({'next': request.get_full_path()})}")

    return guarded
