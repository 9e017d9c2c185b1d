"""JSON (RFC 8259) from strangers: what cannot be walked or stored is refused before it does harm.

Depth is measured before decoding. Python's own guard is no guard here: a library that web3 brings raises the recursion
limit to 100,000, and a body of open brackets then ends the process by a stack overflow.
"""

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 32
STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]')


class NotStrictJSON(ValueError):
    """The text is no JSON, or none that we take. Its message is a sentence for the sender."""


def strict_json(raw: bytes | str) -> Any:
    """The value: at most 32 levels, without NaN or Infinity nor a number that would become one, without a field that stands
    twice in an object, without U+0000 and lone surrogates (PostgreSQL stores neither). Raises `NotStrictJSON`."""
    text = _text(raw)
    if text.count("[") + text.count("{") > MAX_DEPTH:
        check_depth(text)
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise NotStrictJSON(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except NotStrictJSON:
        raise
    except ValueError as error:  # a number with thousands of digits
        raise NotStrictJSON(str(error).partition(";")[0]) from error
    if "\\u" in text:
        _check_characters(value)
    return value


def _text(raw: bytes | str) -> str:
    try:
        return raw.decode("utf-8") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise NotStrictJSON(f"byte {error.start} is not UTF-8") from error


def check_depth(text: str) -> None:
    """Count the brackets outside strings. Up to its first fault a text is read here as the decoder reads it. Raises
    `NotStrictJSON`."""
    depth = 0
    for found in STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise NotStrictJSON(f"it is nested deeper than {MAX_DEPTH} levels")


def _no_constant(name: str) -> NoReturn:
    raise NotStrictJSON(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):  # 1e400
        raise NotStrictJSON(f"{text[:20]} is larger than a number may be")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotStrictJSON(f"the field {twice[:60]!a} stands twice")
    return found


def _check_characters(value: Any) -> None:
    """Escapes can say what is no character; nothing else can, for the text itself is UTF-8."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            if "\0" in item or any("\ud800" <= char <= "\udfff" for char in item):
                raise NotStrictJSON("a text has U+0000 or half of a surrogate pair in it, which are no characters")
        elif isinstance(item, dict):
            rest += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            rest += item
