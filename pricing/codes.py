"""The codes of `pricing`'s refusals. See `access/codes.py`."""

from access.codes import Code

PROBLEMS = (
    Code(
        "quote_unavailable",
        400,
        "No quote",
        "One of the tokens has no price here, or the amount is worth less than one base unit.",
        "Choose a pair of `GET /quote/pairs`, and a larger amount.",
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
