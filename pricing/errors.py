"""What can go wrong for a caller of `pricing`.

ApplicationError
└── QuoteError   400 quote_unavailable, validation_error
"""

from access.problems import ApplicationError


class QuoteError(ApplicationError):
    code, status = "quote_unavailable", 400
