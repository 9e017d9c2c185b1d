"""JSON bodies of requests."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from access.strict_json import NotStrictJSON, strict_json

MAX_BYTES = 128 * 1024


class PayloadTooLarge(APIException):
    status_code = 413
    default_code = "payload_too_large"
    default_detail = f"a body may have {MAX_BYTES} bytes"


class StrictJSONParser(BaseParser):
    """At most 128 KiB of `strict_json`. Raises `PayloadTooLarge`, and `ParseError` with the place of the fault."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise PayloadTooLarge
        try:
            return strict_json(raw)
        except NotStrictJSON as error:
            raise ParseError(f"the body is not valid JSON: {error}") from error
