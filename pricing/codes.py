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
        "There is no quote with this id, it belongs to another key, it was forgotten after its day, or the database was killed "
        "in the second after it was given.",
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
    Code(
        "quote_tampered",
        409,
        "Quote not as it was given",
        "What is kept of the quote does not agree with our signature under it. No session is made on it.",
        "Ask for a new quote, and tell us the `quoteId`.",
    ),
    Code(
        "quote_out_of_limits",
        400,
        "Amount out of limits",
        "One of the amounts is below the least or above the most of its token, or above what can be paid out at this moment.",
        "Ask for an amount between `minimum` and `maximum`: base units of `token`. A `dry` quote shows a price for any amount.",
        {
            "token": {"type": "string", "description": "the id of the token that the limits are of"},
            "minimum": {"type": "string", "description": "base units"},
            "maximum": {"type": ["string", "null"], "description": "base units; null is no limit"},
        },
    ),
    Code(
        "network_fee_unknown",
        503,
        "Network fee not known",
        "Nothing lately says what gas costs on one of the chains, so that no price holds.",
        "Ask again after `Retry-After` seconds.",
    ),
    Code(
        "presets_unreadable",
        503,
        "Presets not readable",
        "The auctions' presets that operators have set make no sense; no price is given until they do.",
        "Ask again later.",
    ),
)
