"""Every stable code that an answer may carry, as data: what it means, what happened, and what the caller should do.

Each app keeps its own table beside its errors and adds it here in `AppConfig.ready()`; the API's description, its docs page
and the session document are drawn from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Code:
    """`status` is the HTTP status of a refusal with this code; 0 for a code that is no refusal. `members` are the further
    members that its problem document may have, each with its JSON schema."""

    name: str
    status: int
    title: str
    happened: str
    todo: str
    members: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


PROBLEMS: dict[str, Code] = {}
"""Refusals by code: the `code` of a problem document."""


def problems_add(codes: Iterable[Code]) -> None:
    """Make an app's codes known. Raises `ValueError` for one that means something else already."""
    for code in codes:
        if PROBLEMS.setdefault(code.name, code) != code:
            raise ValueError(f"the code {code.name} stands twice, with different meanings")


# fmt: off
ACCESS = (
    Code("not_authenticated", 401, "No credentials", "The request carries no API key and no token.",
         "Send `Authorization: Bearer <API key or JWT>`, or `X-API-Key`."),
    Code("invalid_credentials", 401, "Credentials not accepted",
         "The key or token is unknown, expired, revoked or malformed; which of these is not told.",
         "Check the key; ask for a new token or a new key."),
    Code("insufficient_scope", 403, "Not allowed for this key", "The key lacks the scope that this call needs.",
         "Use a key with the scope that the call names, or have it added."),
    Code("permission_denied", 403, "Not allowed", "The caller may not do this.", "Use another key."),
    Code("address_not_allowed", 403, "Not allowed from this address",
         "The key is good, and has a list of addresses that it may be used from; the request came from another one.",
         "Send the request from an address on the list, or have the list changed: `detail` names the address that we saw."),
    Code("api_key_required", 403, "A token cannot make tokens", "A token was sent where only an API key is taken.",
         "Send the API key itself."),
    Code("api_key_not_found", 404, "No such API key", "There is no key with this prefix.", "Check the prefix."),
    Code("validation_error", 400, "The request has faults", "One or more fields are missing, malformed or out of bounds.",
         "Correct every field that `errors[]` names, and send the request again."),
    Code("malformed_json", 400, "Not valid JSON",
         "The body is not strict JSON: a syntax fault, NaN, a field that stands twice, more than 32 levels, or no UTF-8.",
         "Correct the body at the place that `detail` names."),
    Code("bad_request", 400, "Not valid HTTP", "The request was refused before any call saw it.",
         "Check the Host header, the path and the query."),
    Code("not_found", 404, "Nothing here", "No call has this path.", "Look the path up in the API's description."),
    Code("method_not_allowed", 405, "Wrong method", "The path is known, and does not take this method.",
         "Use a method that the `Allow` header names."),
    Code("not_acceptable", 406, "Cannot answer in this form", "The Accept header asks for another form than JSON.",
         "Accept `application/json`."),
    Code("payload_too_large", 413, "Body too large", "The body has more than 128 KiB.", "Send less."),
    Code("unsupported_media_type", 415, "Not JSON", "The body is not declared as JSON in UTF-8, or is compressed.",
         "Send `Content-Type: application/json`, uncompressed."),
    Code("idempotency_key_invalid", 400, "Idempotency-Key malformed",
         "The header is not 1 to 255 printable ASCII characters.", "Send a fresh UUID."),
    Code("idempotency_in_progress", 409, "First request still in progress",
         "A request with this Idempotency-Key is being answered at this moment.",
         "Send the same again after `Retry-After` seconds."),
    Code("idempotency_key_reused", 422, "Idempotency-Key used before",
         "This Idempotency-Key belongs to a request with another path or body.", "Take a new key for a new request."),
    Code("rate_limited", 429, "Too many requests", "The limit of this key or address is used up.",
         "Wait for `Retry-After` seconds."),
    Code("internal_error", 500, "Our fault", "Something failed that we did not foresee; it was logged.",
         "Try again later; name the `incident` when you ask us.",
         {"incident": {"type": "string", "description": "names our log line"}}),
    Code("service_unavailable", 503, "Not available now", "The database does not answer. Nothing was done.",
         "Send the same request again after `Retry-After` seconds."),
)
# fmt: on
problems_add(ACCESS)
