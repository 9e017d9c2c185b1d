"""What can be read of orders, by whom; and that nothing hostile makes this interface fail."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from swaps.models import Secret, SwapSession
from swaps.services import orders as session_orders
from swaps.statuses import TERMINAL, Status
from tests.integration.fusion.conftest import named, without
from tests.unit.fusion.wallet import SdkOrder, Wallet

ORDERS = "/orders/v1.1/order"
Submit = Callable[..., Any]
STATUS_FIELDS = {
    "orderHash", "status", "validation", "points", "approximateTakingAmount", "positiveSurplus", "fills",
    "auctionStartDate", "auctionDuration", "initialRateBump", "createdAt", "srcTokenPriceUsd", "dstTokenPriceUsd",
    "cancelTx", "dstChainId", "cancelable", "takerAsset", "timeLocks", "srcChainId", "order", "extension",
}  # fmt: skip
ACTIVE_FIELDS = {
    "quoteId", "orderHash", "deadline", "auctionStartDate", "auctionEndDate", "dstChainId", "remainingMakerAmount",
    "fills", "srcChainId", "order", "isMakerContract", "signature", "makerBalance", "makerAllowance", "extension",
}  # fmt: skip
BY_MAKER_FIELDS = {
    "orderHash", "validation", "status", "makerAsset", "takerAsset", "makerAmount", "minTakerAmount",
    "approximateTakingAmount", "cancelTx", "fills", "points", "auctionStartDate", "auctionDuration", "initialRateBump",
    "isNativeCurrency", "srcChainId", "dstChainId", "createdAt", "cancelable",
}  # fmt: skip


@pytest.fixture
def submitted(order: SdkOrder, submit: Submit) -> SdkOrder:
    assert submit(order.body()).status_code == 201
    return order


def paths_of(order: SdkOrder) -> list[str]:
    shown = "0x" + order.hash.hex()
    return [f"{ORDERS}/{name}/{shown}" for name in ("status", "ready-to-accept-secret-fills", "secrets")]


def test_documents_have_the_fields_of_the_packages_types(submitted: SdkOrder, api: APIClient, wallet: Wallet) -> None:
    """@1inch/cross-chain-sdk 1.1.1: api/orders/types.d.ts."""
    status = api.get(paths_of(submitted)[0]).json()
    assert set(status) == STATUS_FIELDS
    assert status["order"] == submitted.built[0].to_json()
    assert status["extension"] == "0x" + submitted.built[1].hex()
    assert (status["srcChainId"], status["dstChainId"]) == (8453, 1)
    assert int(status["timeLocks"], 16) == submitted.post.args.timelocks.pack()
    for path, fields in ((f"{ORDERS}/active/", ACTIVE_FIELDS), (f"{ORDERS}/maker/{wallet.address}/", BY_MAKER_FIELDS)):
        page = api.get(path).json()
        assert page["meta"] == {"totalItems": 1, "itemsPerPage": 100, "totalPages": 1, "currentPage": 1}
        assert [set(item) for item in page["items"]] == [fields]


def test_pages(submitted: SdkOrder, api: APIClient) -> None:
    found = api.get(f"{ORDERS}/active?page=2&limit=1").json()
    assert found == {"items": [], "meta": {"totalItems": 1, "itemsPerPage": 1, "totalPages": 1, "currentPage": 2}}
    for query in ("page=0", "limit=0", "limit=501", "page=x", "limit=1.5", "page=" + "9" * 30):
        assert api.get(f"{ORDERS}/active?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("srcChain=8453&dstChain=1", 1),
        ("srcChain=1", 0),
        ("withToken=0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", 1),
        ("srcToken=0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", 0),
        ("dstToken=0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 1),
        ("dstToken=0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", 0),
        ("timestampFrom=1&timestampTo=99999999999999", 1),
        ("timestampTo=1000", 0),
    ],
)
def test_a_makers_orders_can_be_narrowed_down(
    query: str, count: int, submitted: SdkOrder, api: APIClient, wallet: Wallet
) -> None:
    assert len(api.get(f"{ORDERS}/maker/{wallet.address}?{query}").json()["items"]) == count


def test_a_key_sees_its_own_orders_alone(
    submitted: SdkOrder, new_client: Callable[..., APIClient], wallet: Wallet
) -> None:
    other = new_client()
    for path in paths_of(submitted):
        answer = other.get(path)
        assert answer.status_code == 404
        assert named(answer)["code"] == "order_not_found"
    secret = {"orderHash": "0x" + submitted.hash.hex(), "secret": "0x" + wallet.secret.hex()}
    assert other.post("/relayer/v1.1/submit/secret", secret, format="json").status_code == 404
    assert other.get(f"{ORDERS}/active").json()["items"] == []
    assert other.get(f"{ORDERS}/maker/{wallet.address}").json()["items"] == []
    operator = new_client("swaps:read", "sessions:all")
    assert all(operator.get(path).status_code == 200 for path in paths_of(submitted))
    assert len(operator.get(f"{ORDERS}/active").json()["items"]) == 1


def test_scopes(submitted: SdkOrder, order: SdkOrder, new_client: Callable[..., APIClient]) -> None:
    reader, quoter = new_client("swaps:read"), new_client("quotes:read")
    for path in paths_of(submitted):
        assert quoter.get(path).status_code == 403
    for name in ("submit", "submit/many", "submit/secret"):
        answer = reader.post(f"/relayer/v1.1/{name}", order.body(), format="json")
        assert answer.status_code == 403
        assert named(answer)["code"] == "insufficient_scope"


# Secrets


def test_a_secret_before_both_locks_is_refused_and_not_kept(
    submitted: SdkOrder, api: APIClient, wallet: Wallet
) -> None:
    body = {"orderHash": "0x" + submitted.hash.hex(), "secret": "0x" + wallet.secret.hex()}
    answer = api.post("/relayer/v1.1/submit/secret", body, format="json")
    assert answer.status_code == 409
    assert named(answer)["code"] == "secret_too_early"
    assert not Secret.objects.exists()


@pytest.mark.parametrize(
    ("secret", "code"), [("0x" + "ab" * 32, "secret_mismatch"), ("0x1234", "secret_malformed"), (5, "validation_error")]
)
def test_a_wrong_secret_is_refused(secret: Any, code: str, submitted: SdkOrder, api: APIClient) -> None:
    body = {"orderHash": "0x" + submitted.hash.hex(), "secret": secret}
    answer = api.post("/relayer/v1.1/submit/secret", body, format="json")
    assert answer.status_code == 400
    assert named(answer)["code"] == code


@pytest.mark.parametrize("status", Status)
def test_a_secret_is_wanted_when_both_locks_are_final_and_never_else(
    status: Status, submitted: SdkOrder, api: APIClient
) -> None:
    finished_at = timezone.now() if status in TERMINAL else None
    SwapSession.objects.update(status=status, finished_at=finished_at)
    fills = api.get(paths_of(submitted)[1]).json()["fills"]
    for_all = api.get(f"{ORDERS}/ready-to-accept-secret-fills").json()["orders"]
    wanted = status is Status.BOTH_LOCKED
    assert [fill["idx"] for fill in fills] == ([0] if wanted else [])
    assert [one["orderHash"] for one in for_all] == (["0x" + submitted.hash.hex()] if wanted else [])


def test_nothing_is_published_before_a_chain_shows_it(submitted: SdkOrder, api: APIClient) -> None:
    assert api.get(paths_of(submitted)[2]).json() == {"orderType": "SingleFill", "secrets": []}
    assert api.get(f"{ORDERS}/ready-to-execute-public-actions").json() == {"actions": []}


# Several at once


def test_several_orders_stop_at_the_first_that_is_refused(
    order: SdkOrder, api: APIClient, ask: Callable[..., Any], wallet: Wallet
) -> None:
    other = Wallet(wallet.key).order(
        ask().json(), source=(8453, order.order.maker_asset), destination=(1, order.post.args.dst_token)
    )
    bodies = [order.body(), {**other.body(), "quoteId": "nothing"}, other.body()]
    answer = api.post("/relayer/v1.1/submit/many", bodies, format="json")
    assert answer.status_code == 404
    assert named(answer)["code"] == "quote_not_found"
    assert SwapSession.objects.count() == 1
    assert api.post("/relayer/v1.1/submit/many", [order.body(), other.body()], format="json").status_code == 201
    assert SwapSession.objects.count() == 2


def test_a_refused_one_of_several_is_named_by_its_place(order: SdkOrder, api: APIClient) -> None:
    bodies = [order.body(), without(order.body(), "signature")]
    assert "1.signature" in named(api.post("/relayer/v1.1/submit/many", bodies, format="json"))


# Other paths


def test_the_factory_of_a_chain(api: APIClient, settings: Any) -> None:
    assert api.get(f"{ORDERS}/escrow?chainId=8453").json() == {"address": settings.CHAINS["base"]["factory"]}
    for query in ("", "?chainId=137", "?chainId=x", "?chainId=-1"):
        assert "chainId" in named(api.get(f"{ORDERS}/escrow{query}"))


@pytest.mark.parametrize("kind", ["EVM", "SVM"])
def test_no_order_is_cancelled_for_a_premium(kind: str, api: APIClient) -> None:
    found = api.get(f"{ORDERS}/cancelable-by-resolvers?page=1&limit=7&chainType={kind}").json()
    assert found == {"items": [], "meta": {"totalItems": 0, "itemsPerPage": 7, "totalPages": 0, "currentPage": 1}}


# Hostile bodies

HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    2**256,
    1e300,
    "",
    "\u202e",
    "9" * 78,
    "9" * 5000,
    "0x" + "f" * 9000,
    [],
    [[[]]],
    {},
    {"a": {}},
]


@pytest.mark.parametrize("name", ["submit", "submit/many", "submit/secret"])
def test_bodies_of_other_types(name: str, api: APIClient) -> None:
    for value in HOSTILE:
        answer = api.post(f"/relayer/v1.1/{name}", json.dumps(value), content_type="application/json")
        assert answer.status_code == 400, (value, answer.content)
        named(answer)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_no_field_of_an_order_breaks_it(value: Any, order: SdkOrder, submit: Submit) -> None:
    body = order.body()
    places = [(name,) for name in body] + [("order", name) for name in body["order"]]
    for path in places:
        changed = json.loads(json.dumps(body))
        inner = changed if len(path) == 1 else changed["order"]
        inner[path[-1]] = value
        answer = submit(changed)
        assert 400 <= answer.status_code < 500, (path, answer.content)
        named(answer)
    for path in places:
        assert submit(without(body, *path)).status_code == 400
    assert not SwapSession.objects.exists()


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 5000, b'{"secret": "\\u0000"}', b"x" * 200_000]
)
def test_bodies_that_are_no_json(raw: bytes, api: APIClient) -> None:
    for name in ("submit", "submit/many", "submit/secret"):
        answer = api.post(f"/relayer/v1.1/{name}", raw, content_type="application/json")
        assert answer.status_code in (400, 413)
        named(answer)


@pytest.mark.parametrize("order_hash", ["0x", "0x12", "x" * 66, "%00", "..%2f..", "0x" + "g" * 64, "1" * 5000])
def test_hashes_that_are_none(order_hash: str, api: APIClient) -> None:
    for name in ("status", "ready-to-accept-secret-fills", "secrets"):
        assert api.get(f"{ORDERS}/{name}/{order_hash}").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods(method: str, api: APIClient) -> None:
    answer = getattr(api, method)("/relayer/v1.1/submit")
    assert answer.status_code == 405
    named(answer)


def test_an_extension_of_random_bytes_is_refused(order: SdkOrder, submit: Submit) -> None:
    body = order.body()
    for cut in range(2, len(body["extension"]), 64):
        answer = submit({**body, "extension": body["extension"][:cut]})
        assert answer.status_code == 400, answer.content


def test_what_is_stored_is_what_is_filled(submitted: SdkOrder) -> None:
    """The fill is built from the order as it was accepted: accepting it again gives the same call."""
    session = SwapSession.objects.get()
    again = session_orders.order_accept(
        session=session,
        limit_order={
            "order": session.fusion_order.order,
            "signature": session.fusion_order.signature,
            "extension": session.fusion_order.extension,
        },
    )
    assert session.order is not None
    assert session.order["fill"]["args"] == again["fill"]["args"]
    assert int(again["fill"]["takerTraits"]) % 2**185 == session.destination_amount
