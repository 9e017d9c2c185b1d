"""Types of JSON values that answers of every app have, for the API's description; see `access/openapi.py`.

Documents are `TypedDict`s in the API's own camelCase: mypy holds what we build to them, and the description is drawn from
them.
"""

from typing import Annotated, Any, TypedDict

from msgspec import Meta

REF = "#/components/schemas/{name}"
CHOICES: dict[str, Any] = {}
"""Every shape that stands in a `one_of`, by name."""

MOMENT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$"

Moment = Annotated[
    str,
    Meta(
        description="RFC 3339, UTC",
        pattern=MOMENT,
        examples=["2026-01-31T12:00:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Amount = Annotated[
    str, Meta(description="base units, as a string of digits", pattern="^[0-9]{1,78}$", examples=["1000000000"])
]
Hex = Annotated[str, Meta(description="bytes, as 0x and hexadecimal digits", pattern="^0x([0-9a-fA-F]{2})*$")]
Hash32 = Annotated[
    str,
    Meta(
        description="32 bytes, as 0x and 64 hexadecimal digits", pattern="^0x[0-9a-f]{64}$", examples=["0x" + "ab" * 32]
    ),
]
Url = Annotated[str, Meta(description="a path on this host", extra_json_schema={"format": "uri-reference"})]


def one_of(*shapes: Any) -> Any:
    """A value that has one of these shapes. msgspec knows no union of several objects, so each is named by reference."""
    CHOICES.update({shape.__name__: shape for shape in shapes})
    refs = [{"$ref": REF.format(name=shape.__name__)} for shape in shapes]
    return Annotated[dict[str, Any], Meta(extra_json_schema={"oneOf": refs})]


class FieldError(TypedDict):
    """What is wrong with one field. `field` is a path (`limitOrder.order.salt`), empty for the body as a whole."""

    field: str
    message: str
    code: str


class Oddity(TypedDict):
    """What is odd about one field, and was accepted."""

    field: str
    message: str


class Problem(TypedDict):
    """Why a request was refused (RFC 9457). Switch on `code`; `detail` is for people."""

    type: Annotated[str, Meta(examples=["urn:1balancer:problem:validation_error"])]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    code: str
    detail: str
    errors: Annotated[
        list[FieldError], Meta(description="every fault of the request at once; empty for other problems")
    ]
