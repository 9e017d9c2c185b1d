"""The codes of `pricing`'s refusals. See `access/codes.py`."""

from typing import Any

from access.codes import Code

PRICE_MEMBERS: dict[str, dict[str, Any]] = {
    "token": {"type": "string", "description": "the symbol of the token without a price"},
    "sources": {
        "type": "array",
        "items": {"type": "object"},
        "description": "what each source said, and why it did not count",
    },
}

PROBLEMS = (
    Code(
        "quote_unavailable",
        400,
        "No quote",
        "One of the tokens has no price here, or the amount is worth less than one base unit.",
        "Choose a pair of `GET /quote/pairs`, and a larger amount.",
    ),
    Code(
        "price_missing",
        400,
        "Token without a price",
        "Too few of the configured price sources know this token.",
        "Choose a pair of `GET /quote/pairs`.",
        PRICE_MEMBERS,
    ),
    Code(
        "price_stale",
        503,
        "No fresh price",
        "Too few price sources have said lately what this token is worth.",
        "Ask again after `Retry-After` seconds.",
        PRICE_MEMBERS,
    ),
    Code(
        "price_spread",
        503,
        "Price sources disagree",
        "The price sources are further apart than we dare to quote between.",
        "Ask again after `Retry-After` seconds.",
        PRICE_MEMBERS,
    ),
    Code(
        "asset_unknown",
        404,
        "No such token",
        "None of the price sources knows a token of this name.",
        "Choose one of `GET /api/prices`.",
    ),
    Code(
        "quote_not_found",
        404,
        "No such quote",
        "There is no quote with this id, it belongs to another key, or it was forgotten after its day.",
        "Ask for a new quote.",
    ),
    Code(
        "quote_expired",
        409,
        "Quote expired",
        "The quote's `validUntil` has passed.",
        "Ask for a new quote.",
        {"validUntil": {"type": "string", "format": "date-time"}},
    ),
    Code(
        "quote_used",
        409,
        "Quote used",
        "A session was made on this quote already.",
        "Ask for a new quote.",
        {"sessionId": {"type": "string"}},
    ),
)
