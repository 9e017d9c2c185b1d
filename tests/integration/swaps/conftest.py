"""Sessions on configured chains whose nodes are not asked: what the database and the API do by themselves."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from rest_framework.test import APIClient

from chains.codec.near import lock_id
from chains.config import forget_clients
from chains.models import Chain, ChainEvent
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from tests.integration.api.described import DescribedClient
from tests.integration.swaps.operators import person

FACTORY = "0x" + "fa" * 20
RESOLVER = "0x" + "ce" * 20
HEADERS = {"HTTP_AUTHORIZATION": "Bearer test-bootstrap-key"}

# Seed 000's body of POST /api/v1/sessions, as written.
SEED_BODY = {
    "sourceChain": "base",
    "destinationChain": "near",
    "sourceToken": "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "destinationToken": "usdt.near",
    "sourceAmount": "1000000000",
    "destinationAmount": "999000000",
    "maker": "0x742d35Cc6634C0532925a3b844Bc9e7595f2BD4e",
    "taker": "alice.near",
    "slippageTolerance": 100,
}


NEAR_BODY = {
    "sourceChain": "near",
    "destinationChain": "base",
    "sourceToken": "near",
    "destinationToken": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
    "sourceAmount": "400000000000000000000000",
    "destinationAmount": "1000000",
    "maker": "alice.near",
    "taker": SEED_BODY["maker"],
    "hashlock": "0x" + "cd" * 32,
}


@pytest.fixture
def chains(db: None, settings: Any) -> Iterator[dict[str, Chain]]:
    """BASE and NEAR with contracts at made-up addresses, watched up to a block of now."""
    configured = copy.deepcopy(django_settings.CHAINS)
    for name in ("base", "ethereum"):
        configured[name] |= {"rpc_urls": ["http://127.0.0.1:1"], "factory": FACTORY, "resolver": RESOLVER}
    configured["near"] |= {"rpc_urls": ["http://127.0.0.1:1"], "htlc": "htlc.near", "account": "us.near"}
    settings.CHAINS = configured
    settings.API_KEY_SECRET = "test-bootstrap-key"
    forget_clients()
    rows = {
        name: Chain.objects.create(
            name=name,
            family="near" if name == "near" else "evm",
            network_id="1",
            hash_function="sha256",
            contract="htlc.near" if name == "near" else FACTORY,
            escrow_src_implementation="0x" + "11" * 20,
            escrow_dst_implementation="0x" + "22" * 20,
            seen_height=100,
            seen_hash="h100",
            final_height=100,
            final_hash="h100",
        )
        for name in ("base", "near")
    }
    yield rows
    forget_clients()


@pytest.fixture
def api(chains: dict[str, Chain]) -> APIClient:
    client = DescribedClient()
    client.credentials(**HEADERS)
    return client


@pytest.fixture
def post_session(api: APIClient) -> Callable[..., Any]:
    """POST seed 000's body with changes."""

    def post(**changes: Any) -> Any:
        return api.post("/api/v1/sessions", {**SEED_BODY, **changes}, format="json")

    return post


@pytest.fixture
def locked(post_session: Callable[..., Any], chains: dict[str, Chain]) -> SwapSession:
    """A swap whose maker locked on NEAR; the lock is final, and it is too late for ours."""
    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    terms = lock_on_near(session, "source", chains["near"])
    move_time(chains["near"], terms["timelock"] - 60)
    move_time(chains["base"], terms["timelock"] - 60)
    session_advance(session_id=session.pk)
    session.refresh_from_db()
    return session


@pytest.fixture
def operator(db: None) -> Client:
    return person("olga")


@pytest.fixture
def approver(db: None) -> Client:
    return person("ada", "approve_actions")


@pytest.fixture
def in_time(locked: SwapSession, chains: dict[str, Chain]) -> SwapSession:
    """The timelock of its lock has run out, and the engine has not looked since."""
    move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
    return locked


def lock_on_near(session: SwapSession, side: str, chain: Chain, **changes: Any) -> dict[str, Any]:
    """The event of a leg's lock on NEAR, at the final block 99, as agreed but for `changes`; returns its terms."""
    leg = session.legs.get(side=side)
    amount = str(changes.pop("amount", leg.amount))
    agreed = {"sender": leg.refundee, "token": None if leg.token == "near" else leg.token, "amount": amount}
    terms = {**leg.terms, **agreed, **changes}
    derived = lock_id(
        sender=terms["sender"],
        receiver=terms["receiver"],
        token=terms["token"],
        amount=int(terms["amount"]),
        hashlock=bytes.fromhex(terms["hashlock"]),
        timelock=terms["timelock"],
        salt=bytes.fromhex(terms["salt"]),
    )
    ChainEvent.objects.create(
        chain=chain,
        kind="lock_created",
        lock_id=derived,
        hashlock=terms["hashlock"],
        contract="htlc.near",
        block_height=99,
        block_hash="b99",
        block_time_ns=(terms["timelock"] - 100) * 10**9,
        tx_hash=f"r-{derived[:8]}",
        index=0,
        payload=terms,
    )
    return terms


def refunded_on_near(session: SwapSession, chain: Chain) -> None:
    """The events of its source lock's refund and of the payout, at the final block 100."""
    leg = session.legs.get(side="source")
    for index, kind in enumerate(("lock_refunded", "payout_succeeded")):
        ChainEvent.objects.create(
            chain=chain,
            kind=kind,
            lock_id=leg.lock_id,
            contract="htlc.near",
            block_height=100,
            block_hash="b100",
            block_time_ns=chain.final_time_ns + 1,
            tx_hash="refund",
            index=index,
            payload={"outcome": "refunded"},
        )


def move_time(chain: Chain, seconds: int) -> None:
    Chain.objects.filter(pk=chain.pk).update(
        final_time_ns=seconds * 10**9, seen_time_ns=seconds * 10**9, head_time_ns=seconds * 10**9
    )
