"""Answers of the calls that are made most."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from access.negotiation import JSON
from access.renderers import json_bytes


class Answer(HttpResponse):
    """A document, written as JSON at once. DRF's `Response` is written at the end, by the renderer that was chosen: where there
    is but one, that is a template's whole machinery for nothing. `data` is the document, for whoever keeps it."""

    def __init__(self, data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.data = data
        super().__init__(json_bytes(data), status=status, headers=dict(headers or {}), content_type=JSON)
