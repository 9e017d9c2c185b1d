"""What the pages of an action hand back: read, and nothing believed."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from access.actions.kinds import ActionKind, Parameters

MOST_AT_ONCE = 100
"""Subjects of one action in bulk."""
LONGEST_SUBJECT = 200
LONGEST_ID = 18


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


def subjects_read(typed: QueryDict) -> list[str]:
    """The subjects that were chosen, each once; a text that can be none is left out."""
    chosen = [one for one in typed.getlist("subject") if one and len(one) <= LONGEST_SUBJECT and "\0" not in one]
    return list(dict.fromkeys(chosen))[:MOST_AT_ONCE]


def ids_read(texts: list[str]) -> list[int]:
    """The numbers of rows among what an address names."""
    return [int(one) for one in texts[:MOST_AT_ONCE] if one.isascii() and one.isdigit() and len(one) <= LONGEST_ID]


def batch_of(token: str, kind: ActionKind, actor: str) -> str:
    """The name of what one form asks for at once: the same form of the same person has the same one, and nobody else has."""
    return hashlib.sha256(f"{token}:{kind.name}:{actor}".encode()).hexdigest()[:32]


def row_token(batch: str, subject: str) -> str:
    """The one-time token of one subject of it."""
    return f"{batch}:{hashlib.sha256(subject.encode()).hexdigest()[:31]}"


def parameters_read(kind: ActionKind, subject: str, typed: Mapping[str, Any]) -> Parameters | None:
    """The parameters that were typed, and those that follow from the subject; None while none were typed that are needed.
    Raises `ActionRefused`."""
    if kind.fields and not any(typed.get(one.name) for one in kind.fields):
        return None
    return kind.complete(subject, kind.clean(typed))
