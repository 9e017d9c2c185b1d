"""Which form a body has and an answer gets: JSON, nearly always, so that is looked for before anything is parsed."""

from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

JSON = "application/json"
ANYTHING = frozenset({JSON, "*/*"})
"""`Accept` of most clients: whatever the view writes first will do."""


class JSONFirst(DefaultContentNegotiation):
    """DRF's, which weighs media types, behind the one question that answers nearly all."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser | None:  # type: ignore[override]  # the stubs' looser "iterable" is no sequence
        """The parser for the body's `Content-Type`."""
        if request.content_type == JSON and parsers[0].media_type == JSON:
            return parsers[0]
        found: BaseParser | None = super().select_parser(request, parsers)
        return found

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer for what the client accepts. Raises `NotAcceptable`."""
        told: dict[str, Any] = request._request.META
        plain = not format_suffix and "format=" not in told.get("QUERY_STRING", "")
        if plain and told.get("HTTP_ACCEPT", "*/*") in ANYTHING and renderers[0].media_type == JSON:
            return renderers[0], JSON
        found: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return found
