"""Our statuses in 1inch's words: data. docs/1inch.md shows these tables, and a test holds it to them."""

from enum import StrEnum

from chains.events import EventKind
from swaps.statuses import Status


class OrderStatus(StrEnum):
    """1inch's `OrderStatus`."""

    PENDING = "pending"
    EXECUTED = "executed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class FillStatus(StrEnum):
    """1inch's `FillStatus`."""

    PENDING = "pending"
    EXECUTED = "executed"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


ORDER_STATUS: dict[Status, OrderStatus] = {
    Status.INITIALIZED: OrderStatus.PENDING,
    Status.EXECUTING: OrderStatus.PENDING,
    Status.SOURCE_LOCKING: OrderStatus.PENDING,
    Status.SOURCE_LOCKED: OrderStatus.PENDING,
    Status.DESTINATION_LOCKING: OrderStatus.PENDING,
    Status.BOTH_LOCKED: OrderStatus.PENDING,
    Status.REVEALING_SECRET: OrderStatus.PENDING,
    Status.COMPLETED: OrderStatus.EXECUTED,
    Status.CANCELLED: OrderStatus.CANCELLED,
    Status.CANCELLING: OrderStatus.REFUNDING,
    Status.TIMEOUT: OrderStatus.REFUNDING,
    Status.REFUNDING: OrderStatus.REFUNDING,
    Status.REFUNDED: OrderStatus.REFUNDED,
    Status.FAILED: OrderStatus.EXPIRED,
}

FAILED_REASONS: dict[str, OrderStatus] = {
    "source_refunded_after_destination_claim": OrderStatus.EXECUTED,
}
"""`failed` means that the order was never filled, but for these: here its maker was paid, and got his tokens back too."""

FILL_STATUS: dict[OrderStatus, FillStatus] = {
    OrderStatus.PENDING: FillStatus.PENDING,
    OrderStatus.EXECUTED: FillStatus.EXECUTED,
    OrderStatus.EXPIRED: FillStatus.REFUNDED,
    OrderStatus.CANCELLED: FillStatus.REFUNDED,
    OrderStatus.REFUNDING: FillStatus.REFUNDING,
    OrderStatus.REFUNDED: FillStatus.REFUNDED,
}

ACTIONS: dict[EventKind, str] = {
    EventKind.LOCK_CLAIMED: "withdrawn",
    EventKind.LOCK_REFUNDED: "escrow_cancelled",
    EventKind.FUNDS_RESCUED: "funds_rescued",
}
"""1inch's `EscrowEventAction`; a creation is named after its side."""

VALIDATION = {"order_not_fillable": "unknown-failure"}
"""1inch's `ValidationStatus` by a session's reason; every other order that we took is "valid"."""


def order_status(status: Status, reason: str) -> OrderStatus:
    """A session's status and reason as the order's status."""
    if status is Status.FAILED:
        return FAILED_REASONS.get(reason, ORDER_STATUS[status])
    return ORDER_STATUS[status]


def action_of(kind: EventKind, side: str) -> str | None:
    """1inch's word for what happened to an escrow, `side` "src" or "dst"; None for what it has no word for."""
    return f"{side}_escrow_created" if kind is EventKind.LOCK_CREATED else ACTIONS.get(kind)
