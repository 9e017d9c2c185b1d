"""The receipt: signed, complete before anything is locked, and without the secret."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from rest_framework.test import APIClient

from access.services import api_key_create
from access.signing import canonical, document_sign
from chains.codec.escrow import Immutables, escrow_address
from chains.codec.near import lock_id
from chains.models import Chain, ChainEvent
from swaps import vault
from swaps.models import SwapSession
from tests.integration.swaps.conftest import NEAR_BODY, SEED_BODY, lock_on_near

PostSession = Callable[..., Any]
RING = ",".join(f"{name}:{base64.b64encode(bytes([n]) * 32).decode()}" for n, name in enumerate(("new", "old"), 1))


def receipt_of(api: APIClient, session_id: str) -> dict[str, Any]:
    answer = api.get(f"/api/v1/sessions/{session_id}/receipt")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def verify(receipt: dict[str, Any], public_key: str) -> None:
    """As anyone would: no code of ours."""
    document = {name: value for name, value in receipt.items() if name != "signature"}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    key.verify(bytes.fromhex(receipt["signature"]["value"]), text)


def test_a_receipt_is_signed_by_the_key_that_is_published(post_session: PostSession, api: APIClient) -> None:
    session = post_session().json()
    receipt = receipt_of(api, session["sessionId"])
    assert session["receiptUrl"] == f"/api/v1/sessions/{session['sessionId']}/receipt"
    published = APIClient().get("/api/v1/receipt-keys").json()["keys"]
    current = next(key for key in published if key["current"])
    assert (receipt["signature"]["keyId"], receipt["signature"]["publicKey"]) == (
        current["keyId"],
        current["publicKey"],
    )
    verify(receipt, current["publicKey"])
    plan = SwapSession.objects.get().plan
    assert receipt["plan"]["sourcePublicCancellation"] == plan["source_public_cancellation"]
    assert receipt["legs"]["source"]["stages"]["cancellation"] == plan["source_cancellation"]


@pytest.mark.parametrize(
    "path",
    [
        ("hashlock",),
        ("legs", "source", "contracts", "factory"),
        ("legs", "source", "terms", "maker"),
        ("legs", "destination", "terms", "receiver"),
        ("margins", "reveal"),
    ],
)
def test_a_changed_receipt_does_not_verify(post_session: PostSession, api: APIClient, path: tuple[str, ...]) -> None:
    receipt = receipt_of(api, post_session().json()["sessionId"])
    *parents, last = path
    place = receipt
    for name in parents:
        place = place[name]
    place[last] = "0x" + "00" * 32
    with pytest.raises(InvalidSignature):
        verify(receipt, receipt["signature"]["publicKey"])


def test_the_first_key_of_the_ring_signs_and_all_are_published(
    post_session: PostSession, api: APIClient, settings: Any
) -> None:
    settings.RECEIPT_SIGNING_KEY = RING
    receipt = receipt_of(api, post_session().json()["sessionId"])
    keys = api.get("/api/v1/receipt-keys").json()["keys"]
    assert [(key["keyId"], key["current"]) for key in keys] == [("new", True), ("old", False)]
    assert receipt["signature"]["keyId"] == "new"
    verify(receipt, keys[0]["publicKey"])


@pytest.mark.parametrize("ring", ["nonsense", "a:AAAA", f"{RING},{RING}", ":" + RING.split(":")[1]])
def test_a_malformed_key_is_named(settings: Any, ring: str) -> None:
    settings.RECEIPT_SIGNING_KEY = ring
    with pytest.raises(ImproperlyConfigured, match="RECEIPT_SIGNING_KEY"):
        document_sign({})


@pytest.mark.parametrize("value", [1.5, 2**53, {"é": 1}, {1: 2}, b"bytes", "\ud800"])
def test_what_has_no_one_canonical_form_is_not_signed(value: object) -> None:
    with pytest.raises(ValueError):
        canonical({"value": value})


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """The RFC's own example of strings and literals (section 3.2.2), without its fractions."""
    document = {"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False], "a": 333333333}
    expected = '{"a":333333333,"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(document) == expected.encode()


def test_the_first_receipt_is_enough_to_derive_both_locks(
    post_session: PostSession, api: APIClient, chains: dict[str, Chain]
) -> None:
    """Before anything is locked: the escrow's address follows from a block's time, the lock's id from a timelock."""
    source_first = receipt_of(api, post_session().json()["sessionId"])["legs"]
    terms, contracts = source_first["source"]["terms"], source_first["source"]["contracts"]
    assert source_first["source"]["lock"] is None
    derived = Immutables.from_json(terms).deployed(1_800_000_000)
    assert escrow_address(contracts["factory"], contracts["escrowImplementation"], derived).startswith("0x")
    near = source_first["destination"]["terms"]
    assert near["timelock"] is None  # ours to choose, when we lock
    assert (near["receiver"], near["sender"], near["token"]) == ("alice.near", "us.near", SEED_BODY["destinationToken"])

    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    source = receipt_of(api, session.pk)["legs"]["source"]["terms"]
    locked = lock_on_near(session, "source", chains["near"])
    assert (
        lock_id(
            sender=source["sender"],
            receiver=source["receiver"],
            token=source["token"],
            amount=int(source["amount"]),
            hashlock=bytes.fromhex(source["hashlock"]),
            timelock=source["timelock"],
            salt=bytes.fromhex(source["salt"]),
        )
        == ChainEvent.objects.get().lock_id
    )
    lock = receipt_of(api, session.pk)["legs"]["source"]["lock"]
    assert (lock["id"], lock["height"]) == (ChainEvent.objects.get().lock_id, 99)
    assert lock["expiresAt"] == lock["publicRefundFrom"]
    assert lock["terms"]["timelock"] == locked["timelock"]


def test_the_offered_orders_hash_is_in_the_first_receipt(
    post_session: PostSession, api: APIClient, chains: dict[str, Chain], settings: Any
) -> None:
    settings.CHAINS["base"] |= {"limit_order_protocol": "0x" + "11" * 20, "true_token": "0x" + "77" * 20}
    session = post_session().json()
    terms = receipt_of(api, session["sessionId"])["legs"]["source"]["terms"]
    assert terms["orderHashes"] == [terms["orderHash"], session["next"]["limitOrder"]["orderHash"]]


def test_secret_leak__no_receipt_and_no_rescue_call_holds_a_secret_that_is_not_public(
    post_session: PostSession, api: APIClient
) -> None:
    """SECRET-LEAK: also not the one that we keep for the maker."""
    session_id = post_session().json()["sessionId"]
    secret = vault.secret_open(SwapSession.objects.get(pk=session_id)).hex()
    for name in ("receipt", "rescue"):
        assert secret not in api.get(f"/api/v1/sessions/{session_id}/{name}").content.decode().lower()


@pytest.mark.parametrize("name", ["receipt", "rescue"])
def test_only_the_sessions_own_caller_reads_it(post_session: PostSession, name: str) -> None:
    path = f"/api/v1/sessions/{post_session().json()['sessionId']}/{name}"
    stranger = APIClient()
    assert stranger.get(path).status_code == 401
    _, text = api_key_create(name="stranger", scopes=["swaps:read"], actor_kind="command", actor_id="test")
    stranger.credentials(HTTP_X_API_KEY=text)
    answer = stranger.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
