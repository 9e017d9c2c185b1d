"""What can go wrong for a caller of `pricing`.

ApplicationError
├── QuoteError      400   quote_unavailable, validation_error
├── QuoteNotFound   404   quote_not_found
├── QuoteExpired    409   quote_expired
└── QuoteUsed       409   quote_used
"""

from access.problems import ApplicationError


class QuoteError(ApplicationError):
    code, status = "quote_unavailable", 400


class QuoteNotFound(ApplicationError):
    code, status = "quote_not_found", 404


class QuoteExpired(ApplicationError):
    code, status = "quote_expired", 409


class QuoteUsed(ApplicationError):
    code, status = "quote_used", 409
