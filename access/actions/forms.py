"""What the pages of an action hand back: read, and nothing believed."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from access.actions.kinds import ActionKind, Parameters

MOST_AT_ONCE = 100
"""Subjects of one action in bulk."""


def token_new() -> str:
    """A form's one-time token: 128 random bits."""
    return secrets.token_hex(16)


def token_read(request: HttpRequest) -> str:
    """The form's token; what is none is a form's own fault, and the database's constraints hold without it."""
    text = request.POST.get("token", "")
    return text if len(text) == 32 and text.isascii() and text.isalnum() else ""


def ask_url(kind: str, subject: str, parameters: Mapping[str, Any] | None = None) -> str:
    """Where an action on a subject is looked at and asked for."""
    query = {"subject": subject, **(parameters or {})}
    return f"{reverse('admin:access_proposal_ask', args=[kind])}?{urlencode(query)}"


def bulk_url(kind: str, subjects: list[str]) -> str:
    """The same of several subjects at once, `MOST_AT_ONCE` at most."""
    query = urlencode([("subject", one) for one in subjects[:MOST_AT_ONCE]])
    return f"{reverse('admin:access_proposal_bulk', args=[kind])}?{query}"


def parameters_read(kind: ActionKind, subject: str, typed: Mapping[str, Any]) -> Parameters | None:
    """The parameters that were typed, and those that follow from the subject; None while none were typed that are needed.
    Raises `ActionRefused`."""
    if kind.fields and not any(typed.get(one.name) for one in kind.fields):
        return None
    return kind.complete(subject, kind.clean(typed))
