"""JSON bodies, strictly: what cannot be stored or walked is refused at the door."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

MAX_BYTES = 128 * 1024
MAX_DEPTH = 32


class PayloadTooLarge(APIException):
    status_code = 413
    default_code = "payload_too_large"
    default_detail = f"a body may have {MAX_BYTES} bytes"


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 of at most 128 KiB and 32 levels, without NaN or Infinity, without a field that stands twice, and
    without U+0000 and lone surrogates, which PostgreSQL does not store. Raises `PayloadTooLarge` and `ParseError`."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise PayloadTooLarge
        try:
            text = raw.decode("utf-8")
            body = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
        except RecursionError as error:
            raise _too_deep() from error
        except ValueError as error:  # of the decoder, of JSON, of a number with thousands of digits
            raise ParseError(f"the body is not valid JSON: {_reason(error)}") from error
        if text.count("[") + text.count("{") > MAX_DEPTH or "\\u" in text:
            _walk(body)
        return body


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return str(error).partition(";")[0]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice[:60]!a} stands twice")
    return found


def _walk(body: Any) -> None:
    """Without recursion, for that is what a deep body is after."""
    rest = [(body, 1)]
    while rest:
        value, depth = rest.pop()
        if depth > MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, dict):
            rest += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            rest += [(inner, depth + 1) for inner in value]


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ParseError("a text contains U+0000 or half of a surrogate pair, which are not characters")


def _too_deep() -> ParseError:
    return ParseError(f"the body is nested deeper than {MAX_DEPTH} levels")
