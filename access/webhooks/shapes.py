"""Webhooks as the API shows them."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from access.shapes import Moment

MAX_OVERLAP_SECONDS = 7 * 86_400
DEFAULT_OVERLAP_SECONDS = 86_400
MAX_SEQ = 2**53 - 1

Filter = Annotated[str, Meta(min_length=1, max_length=60, examples=["session.completed", "session.*"])]
Filters = Annotated[list[Filter], Meta(max_length=50, description="event types, or all of a kind; empty: everything")]
Address = Annotated[
    str, Meta(max_length=500, description="https, on the public internet", examples=["https://example.com/1balancer"])
]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Words = Annotated[str, Meta(max_length=200)]


class WebhookNew(TypedDict):
    """An endpoint as it is asked for."""

    url: Address
    events: NotRequired[Filters]
    description: NotRequired[Words]


class WebhookChange(TypedDict, total=False):
    """What shall be different."""

    url: Address
    events: Filters
    description: Words
    enabled: bool


class WebhookRotation(TypedDict):
    """For how long the secret before signs too."""

    overlapSeconds: NotRequired[Annotated[int, Meta(ge=0, le=MAX_OVERLAP_SECONDS)]]


class WebhookReplay(TypedDict):
    """What shall be sent again: one session's messages (past `since`, or just `seq`), or all since a moment."""

    sessionId: NotRequired[Annotated[str, Meta(max_length=80)]]
    since: NotRequired[
        Annotated[int | str, Meta(description="with sessionId: the last seq that you have; alone: RFC 3339, UTC")]
    ]
    seq: NotRequired[Annotated[Seq, Meta(description="with sessionId: this one alone")]]


class Webhook(TypedDict):
    """An endpoint."""

    id: str
    url: str
    events: list[str]
    description: str
    enabled: bool
    disabledReason: str | None
    disabledAt: Moment | None
    failingSince: Annotated[Moment | None, Meta(description="the first failure after the last success")]
    retriesAt: Annotated[Moment | None, Meta(description="a failing endpoint is left alone until then")]
    createdAt: Moment
    updatedAt: Moment


class WebhookSecret(Webhook):
    """An endpoint with its newest secret: shown now, and never again but to a repetition of the same request."""

    secretId: int
    secret: Annotated[str | None, Meta(description="`whsec_` and base64; null where it was rotated meanwhile")]


class WebhookList(TypedDict):
    webhooks: list[Webhook]


class WebhookEventType(TypedDict):
    type: str
    meaning: str
    scope: Annotated[str | None, Meta(description="what a key needs to be told of it")]


class WebhookEventTypes(TypedDict):
    events: list[WebhookEventType]


class WebhookDelivery(TypedDict):
    """A message on its way to an endpoint."""

    id: int
    messageId: Annotated[str, Meta(description="the `webhook-id` of every attempt")]
    type: str
    subject: Annotated[str, Meta(description="what it is about: a session's id")]
    seq: int
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    lastStatus: Annotated[int | None, Meta(description="HTTP status of the last answer")]
    lastError: str | None
    nextAttemptAt: Moment | None
    deliveredAt: Moment | None
    createdAt: Moment


class WebhookAttempt(TypedDict):
    at: Moment
    status: Annotated[int | None, Meta(description="HTTP status, null where there was no answer")]
    error: str | None
    milliseconds: int
    answer: Annotated[str, Meta(description="the first KiB of the answer's body")]


class WebhookDeliveryDetail(WebhookDelivery):
    """The same with what was sent, and every attempt, the newest first."""

    body: Annotated[Any, Meta(description="the message")]
    tries: list[WebhookAttempt]


class WebhookDeliveries(TypedDict):
    deliveries: list[WebhookDelivery]
    next: str | None
    previous: str | None


class WebhookReplayed(TypedDict):
    messages: Annotated[int, Meta(description="how many are on their way again")]
    more: Annotated[bool, Meta(description="whether there are more than one call sends: go on with a later since")]


class WebhookPinged(TypedDict):
    messageId: str
    deliveryId: int
