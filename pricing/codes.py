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
)
