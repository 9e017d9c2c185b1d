"""The rescue calls: what anyone may send, from when, until when, and why not now."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from chains.codec import calldata
from chains.codec.escrow import Immutables, escrow_address
from chains.models import Chain, ChainEvent
from swaps import vault
from swaps.hashlock import hashlock_of
from swaps.models import SwapSession
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time

PostSession = Callable[..., Any]
SECRET = bytes(range(1, 33))
HASHLOCK = "0x" + hashlock_of(SECRET, "sha256").hex()


@pytest.fixture
def from_near(post_session: PostSession) -> SwapSession:
    """NEAR -> BASE with the maker's own secret."""
    return SwapSession.objects.get(pk=post_session(**NEAR_BODY | {"hashlock": HASHLOCK}).json()["sessionId"])


@pytest.fixture
def from_base(post_session: PostSession) -> SwapSession:
    """BASE -> NEAR with the maker's own secret."""
    return SwapSession.objects.get(pk=post_session(hashlock=HASHLOCK).json()["sessionId"])


def rescue(api: APIClient, session: SwapSession) -> dict[str, Any]:
    answer = api.get(f"/api/v1/sessions/{session.pk}/rescue")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def escrow_on_base(session: SwapSession, side: str, chain: Chain, at: int) -> Immutables:
    """The event of a leg's escrow, at the final block 99 of chain time `at`; returns its terms."""
    stamped = Immutables.from_json(session.legs.get(side=side).terms["immutables"]).deployed(at)
    implementation = chain.escrow_src_implementation if side == "source" else chain.escrow_dst_implementation
    event_on(chain, "lock_created", escrow_address(chain.contract, implementation, stamped), at, session.hashlock)
    return stamped


def event_on(chain: Chain, kind: str, lock: str, at: int, hashlock: str = "", **payload: Any) -> None:
    ChainEvent.objects.create(
        chain=chain,
        kind=kind,
        lock_id=lock,
        hashlock=hashlock,
        contract=chain.contract,
        block_height=99,
        block_hash="b99",
        block_time_ns=at * 10**9,
        tx_hash=f"{kind}-{lock[:8]}",
        index=ChainEvent.objects.count(),
        payload=payload,
    )


def now() -> int:
    return int(datetime.now(tz=UTC).timestamp())


def test_with_nothing_locked_it_says_so(api: APIClient, from_base: SwapSession) -> None:
    for leg in rescue(api, from_base)["legs"].values():
        for action in ("claim", "refund"):
            option = leg[action]
            assert (option["available"], option["call"]) == (False, None)
            assert option["reason"] == "nothing is locked on this leg"
        assert (leg["state"], leg["lockId"], leg["pay"]) == ("absent", None, None)


def test_an_escrow_is_refunded_by_anyone_from_its_public_stage_on(
    api: APIClient, from_base: SwapSession, chains: dict[str, Chain]
) -> None:
    made = now()
    terms = escrow_on_base(from_base, "source", chains["base"], made)
    opens = made + terms.timelocks.src_public_cancellation
    move_time(chains["base"], opens - 1)
    early = rescue(api, from_base)["legs"]["source"]["refund"]
    assert (early["available"], early["fromSeconds"], early["secondsToWait"]) == (False, opens, 1)
    assert early["from"] in early["reason"]
    move_time(chains["base"], opens)
    leg = rescue(api, from_base)["legs"]["source"]
    option = leg["refund"]
    assert (option["available"], option["who"], option["untilSeconds"]) == (True, "anyone", None)
    assert option["pays"] == from_base.maker
    assert option["call"]["data"] == "0x" + calldata.escrow_public_cancel(terms).hex()
    assert option["call"]["to"].lower() == leg["lockId"]
    assert option["call"]["signature"].startswith("publicCancel((bytes32 orderHash,")
    assert leg["claim"]["available"] is False
    assert "expired" in leg["claim"]["reason"]


def test_a_claim_has_a_place_for_the_secret_until_a_chain_shows_it(
    api: APIClient, from_near: SwapSession, chains: dict[str, Chain]
) -> None:
    """Our escrow on BASE: the maker claims it himself, in its public stage, with his own secret."""
    lock_on_near(from_near, "source", chains["near"])
    made = now() - 5
    terms = escrow_on_base(from_near, "destination", chains["base"], made)
    opens = made + terms.timelocks.dst_public_withdrawal
    move_time(chains["base"], opens)
    found = rescue(api, from_near)
    claim = found["legs"]["destination"]["claim"]
    assert (claim["available"], claim["fromSeconds"]) == (True, opens)
    assert claim["untilSeconds"] == made + terms.timelocks.dst_cancellation
    assert (claim["pays"], claim["secret"]["filled"], found["secretIsPublic"]) == (from_near.taker, False, False)
    data = bytearray.fromhex(claim["call"]["data"][2:])
    offset = claim["secret"]["byteOffset"]
    data[offset : offset + claim["secret"]["bytes"]] = SECRET
    assert bytes(data) == calldata.escrow_public_withdraw(SECRET, terms)

    event_on(chains["base"], "lock_claimed", found["legs"]["destination"]["lockId"], opens, secret="0x" + SECRET.hex())
    found = rescue(api, from_near)
    assert found["secretIsPublic"]
    assert found["legs"]["destination"]["claim"]["reason"] == "it was claimed"
    source = found["legs"]["source"]["claim"]
    assert source["secret"]["filled"]
    action = source["call"]["actions"][0]
    assert (action["methodName"], action["args"]["secret"]) == ("claim", SECRET.hex())


def test_secret_leak__the_secret_that_we_hold_fills_no_call(
    api: APIClient, from_near: SwapSession, chains: dict[str, Chain]
) -> None:
    """SECRET-LEAK: handed over to us, revealed by decision, and not yet on a chain."""
    lock_on_near(from_near, "source", chains["near"])
    vault.secret_store(session=from_near, secret=SECRET)
    vault.secret_mark_revealed(from_near)
    text = api.get(f"/api/v1/sessions/{from_near.pk}/rescue").content.decode()
    assert SECRET.hex() not in text
    assert '"filled":false' in text


def test_on_near_the_place_of_the_secret_is_in_the_arguments(
    api: APIClient, from_near: SwapSession, chains: dict[str, Chain]
) -> None:
    terms = lock_on_near(from_near, "source", chains["near"])
    move_time(chains["near"], terms["timelock"] - 50)
    leg = rescue(api, from_near)["legs"]["source"]
    claim = leg["claim"]
    assert claim["call"]["receiverId"] == "htlc.near"
    text = base64.b64decode(claim["call"]["actions"][0]["argsBase64"])
    offset = claim["secret"]["byteOffset"]
    assert text[offset:].startswith(b"0" * 64)
    assert text[:offset] == f'{{"id":"{leg["lockId"]}","secret":"'.encode()
    assert leg["refund"]["call"]["actions"][0]["args"] == {"id": leg["lockId"]}
    assert (leg["refund"]["available"], leg["refund"]["fromSeconds"]) == (False, terms["timelock"])


def test_a_payout_that_failed_can_be_tried_again_by_anyone(
    api: APIClient, from_near: SwapSession, chains: dict[str, Chain]
) -> None:
    terms = lock_on_near(from_near, "source", chains["near"])
    lock = ChainEvent.objects.get().lock_id
    move_time(chains["near"], terms["timelock"])
    event_on(chains["near"], "lock_refunded", lock, terms["timelock"])
    event_on(chains["near"], "payout_failed", lock, terms["timelock"], outcome="refunded")
    leg = rescue(api, from_near)["legs"]["source"]
    assert (leg["state"], leg["refund"]["available"]) == ("refunded", False)
    assert leg["pay"]["call"]["actions"][0]["methodName"] == "pay"


def test_a_lock_that_is_not_final_is_left_alone(
    api: APIClient, from_near: SwapSession, chains: dict[str, Chain]
) -> None:
    terms = lock_on_near(from_near, "source", chains["near"])
    Chain.objects.filter(name="near").update(final_height=98)
    move_time(chains["near"], terms["timelock"] + 1)
    leg = rescue(api, from_near)["legs"]["source"]
    assert (leg["state"], leg["refund"]["reason"]) == ("seen", "its lock is not final yet")


def test_with_1inchs_own_escrows_the_maker_cannot_act(
    api: APIClient, from_base: SwapSession, chains: dict[str, Chain], settings: Any
) -> None:
    settings.CHAINS["base"]["access_token"] = "0x" + "ac" * 20
    made = now() - 100_000
    escrow_on_base(from_base, "source", chains["base"], made)
    move_time(chains["base"], made + 90_000)
    leg = rescue(api, from_base)["legs"]["source"]
    assert (leg["publicClaim"], leg["publicRefund"], leg["refund"]["available"]) == (False, False, False)
    assert "access token" in leg["refund"]["reason"]
    receipt = api.get(f"/api/v1/sessions/{from_base.pk}/receipt").json()
    assert receipt["legs"]["source"]["publicRefund"] is False
