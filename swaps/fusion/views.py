"""The paths that `@1inch/cross-chain-sdk` calls: each view reads, calls one service or selector, answers with a document."""

import re
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import principal_of
from access.permissions import HasScope
from access.problems import exception_handler
from swaps.api.views import visible_to
from swaps.errors import InvalidSession
from swaps.fusion import order_documents, quote_documents, reading, secret_documents, selectors
from swaps.fusion.errors import OrderNotFound
from swaps.fusion.quoting import offer_make
from swaps.fusion.submission import order_submit, orders_submit, secret_submit
from swaps.models import FusionOrder
from swaps.services.facts import facts_gather

READ, WRITE, QUOTE = HasScope("swaps:read"), HasScope("swaps:write"), HasScope("quotes:read")


def fusion_exception_handler(error: Exception, context: Any) -> Response | None:
    """Our problem document in 1inch's shape: {error, description, statusCode, meta}. `meta` begins with our stable code."""
    response = exception_handler(error, context)
    if response is None:
        return None
    problem = response.data
    meta = [{"type": "code", "value": problem["code"]}]
    meta += [{"type": fault["field"], "value": fault["message"]} for fault in problem.get("errors", [])]
    if "incident" in problem:
        meta.append({"type": "incident", "value": problem["incident"]})
    response.data = {
        "error": HTTPStatus(response.status_code).phrase,
        "description": problem["detail"],
        "statusCode": response.status_code,
        "meta": meta,
    }
    response.content_type = "application/json"
    return response


class FusionView(APIView):
    """Errors in 1inch's shape. The OpenAPI document is of our own interface: these paths are 1inch's."""

    schema = None

    def get_exception_handler(self) -> Any:
        return fusion_exception_handler


class QuoteView(FusionView):
    """What a swap would give now; by POST with an auction of the client's own."""

    permission_classes = (QUOTE,)

    def get(self, request: Request) -> Response:
        return self._answer(request, None)

    def post(self, request: Request) -> Response:
        return self._answer(request, request.data)

    def _answer(self, request: Request, body: Any) -> Response:
        wanted = reading.quote_request(request.query_params, body)
        offer = offer_make(request=wanted, principal=principal_of(request).id)
        return Response(quote_documents.quote_document(offer))


class SubmitView(FusionView):
    """A signed order. Its hash is its idempotency key: submitted again, it is the same order."""

    permission_classes = (WRITE,)

    def post(self, request: Request) -> Response:
        submitted = reading.submitted_order(request.data)
        order_submit(submitted=submitted, caller=principal_of(request))
        return Response(status=201)


class SubmitManyView(FusionView):
    """Several signed orders."""

    permission_classes = (WRITE,)

    def post(self, request: Request) -> Response:
        orders_submit(bodies=reading.submitted_orders(request.data), caller=principal_of(request))
        return Response(status=201)


class SubmitSecretView(FusionView):
    """The secret of an order."""

    permission_classes = (WRITE,)

    def post(self, request: Request) -> Response:
        order_hash, secret = reading.submitted_secret(request.data)
        secret_submit(order_hash=order_hash, secret=secret, caller=principal_of(request))
        return Response(status=201)


class OrdersView(FusionView):
    """A page of orders, of the caller's own."""

    permission_classes = (READ,)

    def _page(self, request: Request, found: QuerySet[FusionOrder]) -> tuple[list[FusionOrder], reading.Page, int]:
        page = reading.page_of(request.query_params)
        return list(found[page.start : page.start + page.size]), page, found.count()


class ActiveOrdersView(OrdersView):
    """Orders that are not filled yet."""

    def get(self, request: Request) -> Response:
        found = selectors.orders_active(principal=visible_to(principal_of(request)))
        orders, page, total = self._page(request, found)
        return Response(
            order_documents.page_document([order_documents.active_document(one) for one in orders], page, total)
        )


class OrdersByMakerView(OrdersView):
    """A maker's orders."""

    def get(self, request: Request, address: str) -> Response:
        filters = reading.order_filters(request.query_params)
        found = selectors.orders_of_maker(address.lower(), principal=visible_to(principal_of(request)), **filters)
        orders, page, total = self._page(request, found)
        events = selectors.events_of(orders)
        items = [order_documents.by_maker_document(order, events) for order in orders]
        return Response(order_documents.page_document(items, page, total))


class CancelableOrdersView(OrdersView):
    """Orders that resolvers may cancel for a premium: none, for a maker cancels by himself, on chain."""

    def get(self, request: Request) -> Response:
        return Response(order_documents.page_document([], reading.page_of(request.query_params), 0))


class OrderView(FusionView):
    """One order of the caller's, by the hash in the path."""

    permission_classes = (READ,)

    def order(self, request: Request, order_hash: str) -> FusionOrder:
        if not re.fullmatch(r"0x[0-9a-fA-F]{64}", order_hash):
            raise OrderNotFound("an order's hash is 0x and 64 hexadecimal characters")
        digits = order_hash[2:].lower()
        return selectors.order_get(digits, principal=visible_to(principal_of(request)))


class StatusView(OrderView):
    """How far an order is."""

    def get(self, request: Request, order_hash: str) -> Response:
        order = self.order(request, order_hash)
        return Response(order_documents.status_document(order, selectors.events_of([order])))


class ReadyFillsView(OrderView):
    """Whether an order's secret may be handed over."""

    def get(self, request: Request, order_hash: str) -> Response:
        return Response(secret_documents.ready_document(self.order(request, order_hash)))


class AllReadyFillsView(FusionView):
    """The caller's orders whose secrets may be handed over."""

    permission_classes = (READ,)

    def get(self, request: Request) -> Response:
        found = selectors.orders_ready_for_secrets(principal=visible_to(principal_of(request)))
        return Response(secret_documents.ready_for_all_document(list(found[: selectors.ACTIONS_LIMIT])))


class PublishedSecretsView(OrderView):
    """An order's secret, once a chain shows it."""

    def get(self, request: Request, order_hash: str) -> Response:
        order = self.order(request, order_hash)
        return Response(secret_documents.published_document(facts_gather(order.session, wall=timezone.now())))


class PublicActionsView(FusionView):
    """What anyone could do now for the caller's escrows."""

    permission_classes = (READ,)

    def get(self, request: Request) -> Response:
        orders = selectors.orders_with_locks(principal=visible_to(principal_of(request)))
        gathered = [facts_gather(order.session, wall=timezone.now()) for order in orders]
        return Response({"actions": [action for one in gathered for action in secret_documents.public_actions(one)]})


class EscrowFactoryView(FusionView):
    """The escrow factory of a chain."""

    permission_classes = (READ,)

    def get(self, request: Request) -> Response:
        chain = reading.chain_wanted(request.query_params)
        if not chain.factory:
            raise InvalidSession(
                "no escrow factory is configured", errors=[{"field": "chainId", "message": "has none"}]
            )
        return Response({"address": chain.factory})
