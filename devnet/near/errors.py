"""Why the chain refuses or fails.

TransactionRejected   a transaction is not taken
ActionFailed          an action of a receipt fails, and the receipt with it
"""

from typing import Any

Json = Any


class TransactionRejected(Exception):
    """`reason` is nearcore's JSON of an `InvalidTxError`."""

    def __init__(self, reason: Json) -> None:
        super().__init__(str(reason))
        self.reason = reason


class ActionFailed(Exception):
    """`kind` is nearcore's JSON of an `ActionErrorKind`."""

    def __init__(self, kind: Json) -> None:
        super().__init__(str(kind))
        self.kind = kind
