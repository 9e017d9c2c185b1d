"""What can go wrong for a caller of `pricing`.

ApplicationError
├── QuoteError      400   quote_unavailable, validation_error
│   ├── NoPrice     400   price_missing; 503 price_stale, price_spread
│   ├── NetworkFeeUnknown  503   network_fee_unknown
│   ├── PresetsUnreadable  503   presets_unreadable
│   └── OutOfLimits        400   quote_out_of_limits
├── AssetUnknown    404   asset_unknown
├── QuoteNotFound   404   quote_not_found
├── QuoteExpired    409   quote_expired
├── QuoteUsed       409   quote_used
├── QuoteTampered   409   quote_tampered
└── PresetsRefused  400   validation_error: an operator's, never a client's
"""

from typing import ClassVar

from access.problems import ApplicationError
from pricing.consensus import MISSING, SPREAD, STALE, Refusal
from pricing.provenance import sources_document


class QuoteError(ApplicationError):
    code, status = "quote_unavailable", 400


class NoPrice(QuoteError):
    """A token has no price now: `refusal` says why, and what each source said."""

    STATUS: ClassVar[dict[str, int]] = {MISSING: 400, STALE: 503, SPREAD: 503}

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(
            f"there is no price for {refusal.symbol} now: {refusal.reason}",
            code=refusal.code,
            status=self.STATUS[refusal.code],
            extra={"token": refusal.symbol, "sources": sources_document(refusal)},
        )
        self.refusal = refusal


class NetworkFeeUnknown(QuoteError):
    code, status = "network_fee_unknown", 503


class PresetsUnreadable(QuoteError):
    code, status = "presets_unreadable", 503


class OutOfLimits(QuoteError):
    code = "quote_out_of_limits"


class AssetUnknown(ApplicationError):
    code, status = "asset_unknown", 404


class QuoteNotFound(ApplicationError):
    code, status = "quote_not_found", 404


class QuoteExpired(ApplicationError):
    code, status = "quote_expired", 409


class QuoteUsed(ApplicationError):
    code, status = "quote_used", 409


class QuoteTampered(ApplicationError):
    """What is kept of a quote is not what was signed: an operator should look."""

    code, status = "quote_tampered", 409


class PresetsRefused(ApplicationError):
    """Presets that an operator may not set, with every fault of them."""

    code, status = "validation_error", 400
