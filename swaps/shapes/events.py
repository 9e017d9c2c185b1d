"""What happened to a session, event by event: the same on REST, the socket, the event stream and webhooks."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Moment
from swaps.shapes.words import ChainName, Phase, SessionId, TxHash
from swaps.statuses import Status


class UpdateTransaction(TypedDict):
    """The transaction that an event tells of."""

    step: str
    chain: ChainName
    hash: TxHash
    kind: str
    state: str
    blockHeight: int | None


class UpdateData(TypedDict):
    """The particulars. Beside those named here an event may carry others, which its `cause` explains."""

    phase: Phase
    progress: Annotated[int, Meta(ge=0, le=100)]
    cause: Annotated[
        str,
        Meta(
            description="what happened: a status, a reason code, `created`, `execute`, `secret_received`, … or "
            "`STEP:STATE` of a transaction (`destination_claim:broadcast`)",
            pattern="^[a-z_]+(:[a-z_]+){0,2}$",
        ),
    ]
    at: Moment
    transaction: NotRequired[UpdateTransaction]
    chain: NotRequired[str]
    lockId: NotRequired[str]
    code: NotRequired[str]
    detail: NotRequired[str]
    sourceLock: NotRequired[str]
    problems: NotRequired[list[str]]
    legs: NotRequired[list[str]]
    differences: NotRequired[Any]


class SessionUpdate(TypedDict):
    """One event. `seq` counts up from 1 within its session, without a gap."""

    type: Literal["session_update"]
    sessionId: SessionId
    seq: Annotated[int, Meta(ge=1)]
    status: Status
    data: UpdateData


class SessionEvents(TypedDict):
    """What happened after `since`, in order."""

    sessionId: SessionId
    events: list[SessionUpdate]
