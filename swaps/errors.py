"""What can go wrong for a caller of `swaps`.

ApplicationError (access.problems: code, HTTP status, detail; rendered as a problem document)
└── SwapError
    ├── SessionNotFound            404 session_not_found
    ├── AuctionNotFound            404 auction_not_found
    ├── InvalidSession             400 validation_error, with errors[] by field
    ├── RouteUnavailable           400 route_unavailable
    ├── SlippageExceeded           409 slippage_exceeded
    ├── IllegalState               409 invalid_session_state
    ├── TooManySessions            429 too_many_active_sessions
    ├── SwapUnprofitable           409 swap_unprofitable
    ├── ProfitUnknown              503 profit_unknown
    ├── InsufficientLiquidity      409 insufficient_liquidity
    ├── ReceiverNotReady           409 receiver_not_registered
    ├── SecretRefused              409 / 400 secret_too_early, secret_mismatch, …
    ├── SwapsPaused                503 swaps_paused
    ├── LadderInfeasible           409 ladder_infeasible
    ├── PauseRefused               400 pause_refused
    ├── BooksRefused               409 books_refused
    ├── ViewRefused                400 validation_error, to operators alone
    └── RefundRefused              409 refund_not_yet, refund_not_possible
"""

from access.problems import ApplicationError


class SwapError(ApplicationError):
    """Any refusal of `swaps`."""


class SessionNotFound(SwapError):
    code, status = "session_not_found", 404


class AuctionNotFound(SwapError):
    code, status = "auction_not_found", 404


class InvalidSession(SwapError):
    code, status = "validation_error", 400


class RouteUnavailable(SwapError):
    code, status = "route_unavailable", 400


class SlippageExceeded(SwapError):
    code, status = "slippage_exceeded", 409


class IllegalState(SwapError):
    code, status = "invalid_session_state", 409


class TooManySessions(SwapError):
    code, status = "too_many_active_sessions", 429


class SwapUnprofitable(SwapError):
    code, status = "swap_unprofitable", 409


class ProfitUnknown(SwapError):
    """Prices or the cost of gas are not known at this moment: nothing is decided."""

    code, status = "profit_unknown", 503


class InsufficientLiquidity(SwapError):
    code, status = "insufficient_liquidity", 409


class ReceiverNotReady(SwapError):
    code, status = "receiver_not_registered", 409


class ChainUnreachable(SwapError):
    code, status = "chain_unreachable", 503


class SecretRefused(SwapError):
    code, status = "secret_refused", 409


class RefundRefused(SwapError):
    code, status = "refund_not_possible", 409


class SwapsPaused(SwapError):
    code, status = "swaps_paused", 503


class LadderInfeasible(SwapError):
    code, status = "ladder_infeasible", 409


class PauseRefused(SwapError):
    code, status = "pause_refused", 400


class BooksRefused(SwapError):
    code, status = "books_refused", 409


class ViewRefused(SwapError):
    code, status = "validation_error", 400
