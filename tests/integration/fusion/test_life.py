"""An order from its fill to its end, as its maker is told of it; the chains are moved by the test."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from chains.events import EventKind
from chains.models import Chain
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.chain_world import World
from tests.unit.fusion.wallet import SdkOrder, Wallet

ORDERS = "/orders/v1.1/order"
Document = dict[str, Any]


class Life:
    """One submitted order on chains that the test moves."""

    def __init__(self, order: SdkOrder, wallet: Wallet, api: APIClient, chains: dict[str, Chain]) -> None:
        self.hash, self.secret, self.api = "0x" + order.hash.hex(), wallet.secret, api
        self.session = SwapSession.objects.get()
        self.world = World(self.session, wallet.secret, chains, int(time.time()))

    def advance(self) -> str:
        return str(session_advance(session_id=self.session.pk))

    def lock(self, side: str, chain: str) -> str:
        """A final lock."""
        self.world.lock(side)
        self.advance()
        self.world.finalise(chain)
        return self.advance()

    def both_locked(self) -> None:
        assert self.lock("source", "base") == "destination_locking"
        assert self.lock("destination", "ethereum") == "both_locked"

    def later(self, seconds: int) -> None:
        """Both chains' time passes, and is final."""
        for name, chain in self.world.chains.items():
            chain.now += seconds
            chain.block()
            self.world.finalise(name)

    def get(self, name: str) -> Document:
        answer = self.api.get(f"{ORDERS}/{name}/{self.hash}")
        assert answer.status_code == 200, answer.content
        found: Document = answer.json()
        return found

    def actions(self) -> list[Document]:
        found: list[Document] = self.api.get(f"{ORDERS}/ready-to-execute-public-actions").json()["actions"]
        return found

    def hand_over(self) -> Any:
        body = {"orderHash": self.hash, "secret": "0x" + self.secret.hex()}
        return self.api.post("/relayer/v1.1/submit/secret", body, format="json")

    def lock_id(self, side: str) -> str:
        return str(self.session.legs.get(side=side).lock_id)


@pytest.fixture
def life(order: SdkOrder, submit: Callable[..., Any], wallet: Wallet, api: APIClient, chains: dict[str, Chain]) -> Life:
    assert submit(order.body()).status_code == 201
    return Life(order, wallet, api, chains)


def kinds(fill: Document) -> list[tuple[str, str]]:
    return [(event["side"], event["action"]) for event in fill["escrowEvents"]]


def test_an_order_is_filled_by_the_source_lock(life: Life) -> None:
    assert life.get("status")["cancelable"] is True
    life.lock("source", "base")
    found = life.get("status")
    assert (found["status"], found["cancelable"]) == ("pending", False)
    fill = found["fills"][0]
    leg = life.session.legs.get(side="source")
    assert (fill["status"], fill["txHash"], fill["filledMakerAmount"]) == ("pending", leg.lock_tx, "10000000")
    assert fill["filledAuctionTakerAmount"] == "9970000"
    created = fill["escrowEvents"][0]
    assert kinds(fill) == [("src", "src_escrow_created")]
    assert created["escrow"] == leg.lock_id
    assert created["blockTimestamp"] == life.world.of("source").now * 1000
    assert life.api.get(f"{ORDERS}/active").json()["items"] == []


def test_the_secret_is_wanted_once_and_published_by_the_chain(life: Life) -> None:
    life.both_locked()
    source, destination = (life.session.legs.get(side=side) for side in ("source", "destination"))
    assert life.get("ready-to-accept-secret-fills")["fills"] == [
        {"idx": 0, "srcEscrowDeployTxHash": source.lock_tx, "dstEscrowDeployTxHash": destination.lock_tx}
    ]
    assert life.hand_over().status_code == 201
    assert life.hand_over().status_code == 201
    assert life.get("ready-to-accept-secret-fills")["fills"] == []
    assert life.get("secrets")["secrets"] == []
    life.world.settle("destination", EventKind.LOCK_CLAIMED)
    published = life.get("secrets")["secrets"]
    assert [(one["idx"], one["secret"]) for one in published] == [(0, "0x" + life.secret.hex())]
    assert published[0]["srcImmutables"] == source.lock_terms["immutables"]
    assert published[0]["dstImmutables"] == destination.lock_terms["immutables"]
    fill = life.get("status")["fills"][0]
    assert ("dst", "withdrawn") in kinds(fill)


def test_both_claims_make_it_executed(life: Life) -> None:
    life.both_locked()
    for side, chain in (("destination", "ethereum"), ("source", "base")):
        assert life.world.settle(side, EventKind.LOCK_CLAIMED)
        life.advance()
        life.world.finalise(chain)
        life.advance()
    found = life.get("status")
    assert (found["status"], found["fills"][0]["status"]) == ("executed", "executed")
    told = kinds(found["fills"][0])
    assert sorted(told[:2]) == [("dst", "dst_escrow_created"), ("src", "src_escrow_created")]
    assert sorted(told[2:]) == [("dst", "withdrawn"), ("src", "withdrawn")]
    times = [event["blockTimestamp"] for event in found["fills"][0]["escrowEvents"]]
    assert times == sorted(times)
    assert life.actions() == []


def test_a_secret_that_never_comes_ends_in_a_refund(life: Life) -> None:
    life.both_locked()
    assert life.actions() == []
    life.later(2000)
    life.advance()
    assert life.get("status")["status"] == "refunding"
    assert {(action["side"], action["action"]) for action in life.actions()} == {("dst", "cancel"), ("src", "cancel")}
    for side, chain in (("destination", "ethereum"), ("source", "base")):
        assert life.world.settle(side, EventKind.LOCK_REFUNDED)
        life.world.finalise(chain)
        life.advance()
    found = life.get("status")
    assert (found["status"], found["fills"][0]["status"]) == ("refunded", "refunded")
    assert set(kinds(found["fills"][0])) >= {("src", "escrow_cancelled"), ("dst", "escrow_cancelled")}
    assert life.actions() == []


def test_anyone_may_claim_with_a_public_secret(life: Life) -> None:
    life.both_locked()
    life.world.settle("destination", EventKind.LOCK_CLAIMED)
    life.world.finalise("ethereum")
    life.advance()
    assert life.actions() == []
    leg = life.session.legs.get(side="source")
    assert leg.expires_at is not None
    life.later(leg.expires_at - life.world.of("source").now - 20)
    (action,) = life.actions()
    assert (action["side"], action["action"], action["chainId"]) == ("src", "withdraw", 8453)
    assert action["secret"] == "0x" + life.secret.hex()
    assert action["escrow"] == leg.lock_id
    assert action["immutables"] == leg.lock_terms["immutables"]


def test_an_order_that_is_never_filled_expires(life: Life) -> None:
    SwapSession.objects.update(expires_at="2020-01-01T00:00Z")
    life.advance()
    found = life.get("status")
    assert (found["status"], found["fills"]) == ("expired", [])
    assert life.hand_over().status_code == 409


def test_an_order_that_is_called_off(life: Life) -> None:
    assert life.api.post(f"/api/v1/sessions/{life.session.pk}/cancel").status_code == 202
    life.advance()
    assert life.get("status")["status"] == "cancelled"
