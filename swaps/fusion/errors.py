"""What this interface refuses of its own.

SwapError
├── PartialFillsUnsupported   400 partial_fills_unsupported
├── OrderNotFound             404 order_not_found
├── OrderNotOfQuote           400 order_not_of_quote, with errors[] by field
├── NotEnoughFunds            400 not_enough_balance_or_allowance
└── BatchStopped              the status and code of the order that it stopped at
"""

from swaps.errors import SwapError


class PartialFillsUnsupported(SwapError):
    code, status = "partial_fills_unsupported", 400


class OrderNotFound(SwapError):
    code, status = "order_not_found", 404


class OrderNotOfQuote(SwapError):
    code, status = "order_not_of_quote", 400


class NotEnoughFunds(SwapError):
    code, status = "not_enough_balance_or_allowance", 400


class BatchStopped(SwapError):
    """An order of several was refused; those before it were accepted."""
