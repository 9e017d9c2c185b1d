"""`/api/v1/webhooks`: a key's endpoints, their secrets, and what was sent to them."""

from typing import Any

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.answers import Answer
from access.authentication import principal_of
from access.idempotency import idempotent
from access.openapi import operation
from access.permissions import HasScope
from access.webhooks import requests, selectors, shapes
from access.webhooks.api import examples
from access.webhooks.documents import (
    delivery_detail,
    delivery_document,
    event_types,
    secret_document,
    webhook_document,
)
from access.webhooks.errors import WebhookInvalid
from access.webhooks.models import Delivery
from access.webhooks.services import endpoints, publishing, replay
from access.webhooks.tasks import wake

TAG = "Webhooks"
SCOPE = "webhooks:write"
MAX_PK = 2**63 - 1
MAX_SUBJECT = 80
NO_STORE = {"Cache-Control": "no-store"}
PAGE = [
    OpenApiParameter(
        "state", {"type": "string", "enum": [str(state) for state in Delivery.State]}, description="only in this state"
    ),
    OpenApiParameter("sessionId", OpenApiTypes.STR, description="only what is about this session"),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": 200}, description="how many a page has at most"
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="from next or previous"),
]


class OwnersView(APIView):
    """Whoever may make endpoints sees and changes those of his own key."""

    permission_classes = (HasScope(SCOPE),)


def _with_secret(request: Request, response: Response | Answer) -> Response | Answer:
    """The secret, added to what is sent and to nothing that is kept: an answer kept for `Idempotency-Key` is without it, and
    a repetition of the request is shown it again as long as it is the newest."""
    data, owner = dict(response.data), principal_of(request).id
    data["secret"] = selectors.secret_shown(data["id"], owner, data["secretId"])
    headers = {name: value for name, value in response.items() if name.lower() != "content-type"}
    return Response(data, status=response.status_code, headers=headers | NO_STORE)


class WebhooksView(OwnersView):
    """The caller's endpoints, and new ones."""

    @operation(
        id="webhooks_list",
        tag=TAG,
        summary="Your webhook endpoints",
        answers={200: shapes.WebhookList},
        answer_examples={"endpoints": (200, {"webhooks": [examples.ENDPOINT]})},
    )
    def get(self, request: Request) -> Response:
        found = selectors.endpoints_of(principal_of(request).id)
        return Response({"webhooks": [webhook_document(endpoint) for endpoint in found]})

    @operation(
        id="webhooks_create",
        tag=TAG,
        summary="A new webhook endpoint",
        description="The secret stands in this answer and in no other: verify with it what you receive.",
        body=shapes.WebhookNew,
        answers={201: shapes.WebhookSecret},
        problems=("webhook_limit",),
        examples=examples.NEW,
        answer_examples={"made": (201, examples.WITH_SECRET)},
        idempotent=True,
    )
    def post(self, request: Request) -> Response | Answer:
        return _with_secret(request, self._create(request))

    @idempotent
    def _create(self, request: Request) -> Response:
        wanted, caller = requests.new_webhook(request.data), principal_of(request)
        endpoint, secret = endpoints.endpoint_create(
            owner=caller.id, actor_kind=caller.kind, scopes=caller.scopes, **wanted
        )
        return Response(secret_document(endpoint, secret.pk), status=201)


class EventTypesView(OwnersView):
    """What one can be told of."""

    @operation(
        id="webhooks_events",
        tag=TAG,
        summary="Every event type",
        answers={200: shapes.WebhookEventTypes},
        answer_examples={"all": (200, examples.EVENTS)},
    )
    def get(self, request: Request) -> Response:
        return Response({"events": event_types()})


class WebhookView(OwnersView):
    """One endpoint."""

    @operation(
        id="webhooks_retrieve",
        tag=TAG,
        summary="One webhook endpoint",
        answers={200: shapes.Webhook},
        problems=("webhook_not_found",),
        answer_examples={"endpoint": (200, examples.ENDPOINT)},
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        return Response(webhook_document(selectors.endpoint_get(webhook_id, principal_of(request).id)))

    @operation(
        id="webhooks_update",
        tag=TAG,
        summary="Change an endpoint, disable it, or enable it again",
        body=shapes.WebhookChange,
        answers={200: shapes.Webhook},
        problems=("webhook_not_found",),
        examples=examples.CHANGES,
        answer_examples={"changed": (200, examples.ENDPOINT)},
    )
    def patch(self, request: Request, webhook_id: str) -> Response:
        wanted, caller = requests.changed_webhook(request.data), principal_of(request)
        endpoint = endpoints.endpoint_change(
            endpoint_id=webhook_id, owner=caller.id, actor_kind=caller.kind, scopes=caller.scopes, **wanted
        )
        return Response(webhook_document(endpoint))

    @operation(
        id="webhooks_delete",
        tag=TAG,
        summary="Delete an endpoint and its log",
        answers={204: None},
        problems=("webhook_not_found",),
    )
    def delete(self, request: Request, webhook_id: str) -> Response:
        caller = principal_of(request)
        endpoints.endpoint_delete(endpoint_id=webhook_id, owner=caller.id, actor_kind=caller.kind)
        return Response(status=204)


class RotateView(OwnersView):
    """A new secret."""

    @operation(
        id="webhooks_rotate_secret",
        tag=TAG,
        summary="A new secret, beside the old one for a while",
        description="For `overlapSeconds` (a day by default) every message bears a signature by each of the two.",
        body=shapes.WebhookRotation,
        answers={200: shapes.WebhookSecret},
        problems=("webhook_not_found",),
        examples=examples.ROTATION,
        answer_examples={"rotated": (200, {**examples.WITH_SECRET, "secretId": 2})},
        idempotent=True,
    )
    def post(self, request: Request, webhook_id: str) -> Response | Answer:
        return _with_secret(request, self._rotate(request, webhook_id))

    @idempotent
    def _rotate(self, request: Request, webhook_id: str) -> Response:
        overlap, caller = requests.rotation_overlap(request.data), principal_of(request)
        endpoint, secret = endpoints.secret_rotate(
            endpoint_id=webhook_id, owner=caller.id, actor_kind=caller.kind, overlap_seconds=overlap
        )
        return Response(secret_document(endpoint, secret.pk))


class PingView(OwnersView):
    """A test."""

    @operation(
        id="webhooks_ping",
        tag=TAG,
        summary="Send a `webhook.ping`",
        description="It goes the way of every message; its delivery says what became of it.",
        answers={202: shapes.WebhookPinged},
        problems=("webhook_not_found", "webhook_disabled"),
        answer_examples={"pinged": (202, {"messageId": examples.MESSAGE_ID, "deliveryId": 7})},
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, webhook_id: str) -> Response:
        caller = principal_of(request)
        delivery = publishing.endpoint_ping(endpoint_id=webhook_id, owner=caller.id, actor_kind=caller.kind)
        transaction.on_commit(wake, robust=True)
        return Response({"messageId": delivery.message_id, "deliveryId": delivery.pk}, status=202)


class ReplayView(OwnersView):
    """Messages once more."""

    @operation(
        id="webhooks_replay",
        tag=TAG,
        summary="Send messages again",
        description="The same messages under the same `webhook-id`, in order; at most 1,000 with one call.",
        body=shapes.WebhookReplay,
        answers={202: shapes.WebhookReplayed},
        problems=("webhook_not_found", "webhook_disabled"),
        examples=examples.REPLAY,
        answer_examples={"six of them": (202, {"messages": 6, "more": False})},
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request, webhook_id: str) -> Response:
        wanted, caller = requests.replay_wanted(request.data), principal_of(request)
        sent, more = replay.messages_replay(
            endpoint_id=webhook_id, owner=caller.id, actor_kind=caller.kind, **vars(wanted)
        )
        transaction.on_commit(wake, robust=True)
        return Response({"messages": sent, "more": more}, status=202)


class DeliveryPages(CursorPagination):
    page_size, max_page_size, page_size_query_param = 50, 200, "limit"
    ordering = ("-pk",)


class DeliveriesView(OwnersView):
    """The log of one endpoint."""

    @operation(
        id="webhooks_deliveries",
        tag=TAG,
        summary="What was sent, newest first",
        parameters=PAGE,
        answers={200: shapes.WebhookDeliveries},
        problems=("webhook_not_found", "validation_error", "not_found"),
        answer_examples={"log": (200, {"deliveries": [examples.DELIVERY], "next": None, "previous": None})},
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        endpoint = selectors.endpoint_get(webhook_id, principal_of(request).id)
        state, subject = request.query_params.get("state", ""), request.query_params.get("sessionId", "")
        if state and state not in Delivery.State.values:
            raise WebhookInvalid.of("state", f"must be one of {', '.join(Delivery.State.values)}")
        if not subject.isprintable() or len(subject) > MAX_SUBJECT:
            raise WebhookInvalid.of("sessionId", "is no session's id")
        found = selectors.deliveries_of(endpoint, state=state, subject=subject)
        pages = DeliveryPages()
        rows: list[Any] = pages.paginate_queryset(found, request, view=self) or []
        page = [delivery_document(row) for row in rows]
        return Response({"deliveries": page, "next": pages.get_next_link(), "previous": pages.get_previous_link()})


class DeliveryView(OwnersView):
    """One delivery with every attempt."""

    @operation(
        id="webhooks_delivery",
        tag=TAG,
        summary="One delivery: the message and every attempt",
        answers={200: shapes.WebhookDeliveryDetail},
        problems=("webhook_not_found",),
        answer_examples={"delivered at the second attempt": (200, examples.DETAIL)},
    )
    def get(self, request: Request, webhook_id: str, delivery_id: int) -> Response:
        endpoint = selectors.endpoint_get(webhook_id, principal_of(request).id)
        return Response(delivery_detail(selectors.delivery_get(endpoint, min(delivery_id, MAX_PK))))
