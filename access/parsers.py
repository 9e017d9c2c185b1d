"""JSON bodies of requests."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.http import parse_header_parameters
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from access.strict_json import NotStrictJSON, strict_json

MAX_BYTES = 128 * 1024
UTF_8 = ("utf-8", "utf8")


class PayloadTooLarge(APIException):
    status_code = 413
    default_code = "payload_too_large"
    default_detail = f"a body may have {MAX_BYTES} bytes"


class StrictJSONParser(BaseParser):
    """At most 128 KiB of `strict_json`, in UTF-8 and not compressed. Raises `PayloadTooLarge`, `UnsupportedMediaType`, and
    `ParseError` with the place of the fault."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _plain_only(media_type or "", parser_context or {})
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise PayloadTooLarge
        try:
            return strict_json(raw)
        except NotStrictJSON as error:
            raise ParseError(f"the body is not valid JSON: {error}") from error


def _plain_only(media_type: str, context: Mapping[str, Any]) -> None:
    """JSON is UTF-8 (RFC 8259, 8.1), and what is compressed may be a thousand times as large: neither is guessed at."""
    charset = parse_header_parameters(media_type)[1].get("charset", "utf-8") if ";" in media_type else "utf-8"
    if charset.lower() not in UTF_8:
        raise UnsupportedMediaType(media_type[:80], "the charset of a body must be UTF-8")
    request = context.get("request")
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity") if request is not None else "identity"
    if encoding.strip().lower() != "identity":
        raise UnsupportedMediaType(media_type[:80], "a body must not be compressed")
