"""Orders: taken exactly when they are those of their quote and safe to fill; anything else leaves nothing behind."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from access.models import AuditEntry
from chains.codec.auction import Auction
from devnet.evm.accounts import dev_account
from devnet.network import Network
from pricing.models import Quote
from swaps.models import FusionOrder, SwapSession
from swaps.services.advance import session_advance
from swaps.services.sessions import session_cancel
from tests.integration.fusion.conftest import AMOUNT, BASE, ETHEREUM, fund, named
from tests.integration.fusion.unsafe import STRANGER, UNSAFE, with_auction
from tests.unit.fusion.wallet import SdkOrder, Wallet

ORDERS = "/orders/v1.1/order"
Submit = Callable[..., Any]


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_order_is_refused_and_leaves_nothing(name: str, order: SdkOrder, submit: Submit) -> None:
    field, change = UNSAFE[name]
    answer = submit(change(order).body())
    assert answer.status_code == 400
    assert field in named(answer)
    assert not SwapSession.objects.exists()
    again = submit(order.body())
    assert again.status_code == 201, again.content


def test_a_good_order_starts_its_swap(order: SdkOrder, submit: Submit, api: APIClient, wallet: Wallet) -> None:
    answer = submit(order.body())
    assert answer.status_code == 201
    assert answer.content == b""
    kept = FusionOrder.objects.get()
    session = kept.session
    assert kept.order_hash == order.hash.hex()
    assert session.executed_at is not None
    assert (session.custody, session.source_lock) == ("maker", "order")
    assert (session.source_amount, session.destination_amount) == (AMOUNT, 9_970_000)
    assert (session.maker, session.taker) == (wallet.address, wallet.address)
    assert int(session.expires_at.timestamp()) == order.traits.expiration
    assert session.order is not None
    assert session.order["fill"]["amount"] == str(AMOUNT)
    status = api.get(f"{ORDERS}/status/0x{kept.order_hash}").json()
    assert (status["status"], status["validation"], status["fills"]) == ("pending", "valid", [])
    assert api.get(f"/api/v1/sessions/{session.pk}").status_code == 200


def test_an_order_and_its_secret_leave_a_row_in_the_audit(
    order: SdkOrder, submit: Submit, api: APIClient, wallet: Wallet
) -> None:
    assert submit(order.with_order(making_amount=1).body()).status_code == 400
    assert not AuditEntry.objects.filter(action__startswith="fusion").exists()
    assert submit(order.body()).status_code == 201
    SwapSession.objects.update(status="both_locked")
    body = {"orderHash": "0x" + order.hash.hex(), "secret": "0x" + wallet.secret.hex()}
    assert api.post("/relayer/v1.1/submit/secret", body, format="json").status_code == 201
    rows = AuditEntry.objects.filter(action__startswith="fusion").order_by("pk")
    assert [row.action for row in rows] == ["fusion_order_submitted", "fusion_secret_submitted"]
    assert {row.target for row in rows} == {"0x" + order.hash.hex()}
    assert all(wallet.secret.hex() not in json.dumps(row.detail) for row in rows)


def test_the_receiver_may_be_another(order: SdkOrder, submit: Submit) -> None:
    assert submit(order.with_order(receiver=STRANGER).body()).status_code == 201
    assert SwapSession.objects.get().taker == STRANGER


def test_submitted_again_it_is_the_same_order(order: SdkOrder, submit: Submit) -> None:
    assert [submit(order.body()).status_code for _ in range(2)] == [201, 201]
    assert SwapSession.objects.count() == 1


def test_submitted_by_another_key_it_is_not(
    order: SdkOrder, submit: Submit, new_client: Callable[..., APIClient]
) -> None:
    other = new_client()
    assert named(submit(order.body(), other))["code"] == "quote_not_found"
    assert named(submit(order.with_order(making_amount=5).body(), other))["code"] == "quote_not_found"
    assert submit(order.body()).status_code == 201
    assert named(submit(order.body(), other))["code"] == "quote_not_found"


def test_a_secret_serves_one_order(order: SdkOrder, submit: Submit, wallet: Wallet, ask: Callable[..., Any]) -> None:
    assert submit(order.body()).status_code == 201
    other = wallet.order(ask().json(), source=BASE, destination=ETHEREUM)
    assert "hashlock" in named(submit(other.body()))


def test_a_wrong_signature(order: SdkOrder, submit: Submit) -> None:
    signed_by_another = replace(order, key=dev_account(8).key)
    assert "limitOrder.signature" in named(submit(signed_by_another.body()))


def test_another_wallets_order(order: SdkOrder, submit: Submit) -> None:
    """Signed by its own maker, for the quote of another."""
    other = dev_account(8)
    theirs = replace(order.with_order(maker=other.address.lower()), key=other.key)
    assert "order.maker" in named(submit(theirs.body()))


def test_a_quote_that_has_expired(order: SdkOrder, submit: Submit) -> None:
    Quote.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    answer = submit(order.body())
    assert answer.status_code == 409
    assert named(answer)["code"] == "quote_expired"


def test_a_quote_serves_one_order(order: SdkOrder, submit: Submit) -> None:
    assert submit(order.body()).status_code == 201
    other = order.with_args(hashlock=b"\7" * 32)
    assert named(submit(other.body()))["code"] == "quote_used"


def test_a_quote_holds_while_the_market_moves(order: SdkOrder, submit: Submit, settings: Any) -> None:
    settings.PRICES_USD = {**settings.PRICES_USD, "USDC": "0.50"}
    settings.MAX_PAYOUT_BPS = 9_000
    assert submit(order.body()).status_code == 201
    assert SwapSession.objects.get().destination_amount == 9_970_000


def test_a_quote_that_nobody_gave(order: SdkOrder, submit: Submit) -> None:
    answer = submit({**order.body(), "quoteId": "11111111-1111-4111-8111-111111111111"})
    assert answer.status_code == 404
    assert named(answer)["code"] == "quote_not_found"


def test_a_maker_without_allowance(
    ask: Callable[..., Any], submit: Submit, fusion_network: tuple[Network, Path]
) -> None:
    poor = dev_account(9)
    fund(fusion_network[0], poor, AMOUNT)
    wallet = Wallet(poor.key)
    quote = ask(walletAddress=wallet.address).json()
    answer = submit(wallet.order(quote, source=BASE, destination=ETHEREUM).body())
    assert answer.status_code == 400
    assert named(answer)["code"] == "not_enough_balance_or_allowance"


@pytest.mark.parametrize("flags", [{"no_partial_fills": False}, {"allow_multiple_fills": True}])
def test_partial_fills_are_refused_by_name(flags: dict[str, bool], order: SdkOrder, submit: Submit) -> None:
    answer = submit(order.with_traits(**flags).body())
    assert answer.status_code == 400
    assert named(answer)["code"] == "partial_fills_unsupported"


def test_several_secrets_are_refused_by_name(order: SdkOrder, submit: Submit) -> None:
    hashes = ["0x" + order.post.args.hashlock.hex(), "0x" + "ab" * 32]
    assert named(submit(order.body(secretHashes=hashes)))["code"] == "partial_fills_unsupported"
    assert "secretHashes" in named(submit(order.body(secretHashes=hashes[1:])))
    assert submit(order.body(secretHashes=hashes[:1])).status_code == 201


def test_what_could_not_be_started_is_tried_again(
    submit: Submit, ask: Callable[..., Any], wallet: Wallet, api: APIClient
) -> None:
    """Two orders for which our inventory does not suffice: the second one waits for the first to be called off."""
    most = wallet.order(ask(amount="9000000000000").json(), source=BASE, destination=ETHEREUM)
    assert submit(most.body()).status_code == 201
    first = SwapSession.objects.get()
    quote = ask(amount="9000000000000").json()
    order = Wallet(wallet.key).order(quote, source=BASE, destination=ETHEREUM)
    answer = submit(order.body())
    assert answer.status_code == 409
    assert named(answer)["code"] == "insufficient_liquidity"
    second = SwapSession.objects.exclude(pk=first.pk).get()
    assert second.executed_at is None
    session_cancel(session_id=first.pk, actor="test")
    session_advance(session_id=first.pk)
    assert submit(order.body()).status_code == 201
    second.refresh_from_db()
    assert second.executed_at is not None
    rows = AuditEntry.objects.filter(target="0x" + order.hash.hex()).order_by("pk")
    assert [row.action for row in rows] == ["fusion_order_submitted", "fusion_order_resubmitted"]
    assert {row.detail["sessionId"] for row in rows} == {second.pk}
    assert submit(order.body()).status_code == 201
    assert rows.count() == 2, "the same order once more starts nothing, and is no act"


def test_execute_takes_the_same_orders(order: SdkOrder, api: APIClient, wallet: Wallet) -> None:
    """By our own interface there is no quote: the session's amount is what an auction may not exceed."""
    body = {
        "sourceChain": "base",
        "destinationChain": "ethereum",
        "sourceToken": BASE[1],
        "destinationToken": ETHEREUM[1],
        "sourceAmount": str(AMOUNT),
        "destinationAmount": "9970000",
        "maker": wallet.address,
        "taker": wallet.address,
        "hashlock": "0x" + order.post.args.hashlock.hex(),
    }
    session = api.post("/api/v1/sessions", body, format="json").json()["sessionId"]

    def execute(changed: SdkOrder) -> Any:
        path = f"/api/v1/sessions/{session}/execute"
        return api.post(path, {"limitOrder": changed.body()}, format="json")

    dearer = [
        with_auction(initial_bump=1)(order),
        with_auction(points=((10_000, 10), (5, 10)))(order),
        order.with_order(taking_amount=9_970_001),
    ]
    for changed in dearer:
        answer = execute(changed)
        assert answer.status_code == 400
        assert "limitOrder.order.takingAmount" in {fault["field"] for fault in answer.json()["errors"]}
    decaying = with_auction(initial_bump=10_000_000)(order).with_order(taking_amount=4_985_000)
    assert execute(decaying).status_code == 202


def test_amounts_beyond_the_contracts_arithmetic_are_refused(order: SdkOrder, api: APIClient, wallet: Wallet) -> None:
    """The factory multiplies both amounts and the bump in 256 bits: such an order could never be filled."""
    body = {
        "sourceChain": "base",
        "destinationChain": "ethereum",
        "sourceToken": BASE[1],
        "destinationToken": ETHEREUM[1],
        "sourceAmount": str(2**127),
        "destinationAmount": str(2**127),
        "maker": wallet.address,
        "taker": wallet.address,
        "hashlock": "0x" + order.post.args.hashlock.hex(),
    }
    session = api.post("/api/v1/sessions", body, format="json").json()["sessionId"]
    huge = order.with_order(making_amount=2**127, taking_amount=2**127)
    answer = api.post(f"/api/v1/sessions/{session}/execute", {"limitOrder": huge.body()}, format="json")
    assert answer.status_code == 400
    told = {fault["field"]: fault["message"] for fault in answer.json()["errors"]}
    assert told == {"limitOrder.order.takingAmount": "is too large for the contract's arithmetic"}


def test_a_plain_auction_is_an_auction_of_ours(order: SdkOrder) -> None:
    """The wallet of these tests builds what the SDK builds: flat, at our own price."""
    assert order.auction == Auction(order.auction.start_time, 184, 0, ())
