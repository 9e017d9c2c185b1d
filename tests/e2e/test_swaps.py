"""Swaps through REST, the watchers, the workers and the socket, on real chains."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from devnet.client import ClientError, Swap, Updates
from devnet.network import Network
from devnet.service import API_KEY, Service

pytestmark = pytest.mark.e2e
NewSwap = Callable[..., Swap]
ROUTES = [("base", "near"), ("near", "base"), ("base", "ethereum")]


@pytest.mark.parametrize(("source", "destination"), ROUTES)
@pytest.mark.parametrize("native", [False, True], ids=["token", "native"])
def test_a_swap_completes(new_swap: NewSwap, service: Service, source: str, destination: str, native: bool) -> None:
    swap = new_swap(source, destination, native=native)
    updates: list[dict[str, object]] = []
    with Updates(service.base_url, API_KEY, updates.append) as socket:
        swap.create()
        socket.follow(swap.session_id)
        swap.execute_and_lock()
        swap.wait_for("both_locked")
        swap.hand_over()
        document = swap.wait_for("completed")
        deadline = threading.Event()
        while socket.seq[swap.session_id] < document["seq"] and not deadline.wait(0.05):
            pass
    assert socket.gaps == []
    statuses = list(dict.fromkeys(update["status"] for update in updates))
    assert statuses[-1] == "completed"
    assert [s for s in statuses if s in ("source_locked", "both_locked", "revealing_secret")] == [
        "source_locked",
        "both_locked",
        "revealing_secret",
    ]
    assert document["secretState"] == "purged"
    everything_succeeded(swap)


def everything_succeeded(swap: Swap) -> None:
    """Our own transactions are looked after to their final block, which may come just after the event that ends a swap."""
    swap.wait(
        lambda document: {sent["state"] for sent in document["transactions"]} == {"succeeded"}, 10, ended_too=True
    )


def test_service_custody_completes_without_the_client(new_swap: NewSwap) -> None:
    swap = new_swap("base", "near")
    swap.document = swap.rest.post("/sessions", swap.body)
    assert swap.document["custody"] == "service"
    assert "trusted" in swap.document["custodyNote"]
    swap.execute_and_lock()
    assert swap.wait_for("completed")["progress"] == 100


def test_duplicate_events_and_double_lockup_twenty_swaps_at_once(
    new_swap: NewSwap, network: Network, service: Service
) -> None:
    """20 swaps in both directions: all complete, each of our calls was made once, and the chains agree to the unit."""
    swaps = [new_swap("base", "near") for _ in range(10)] + [new_swap("near", "base") for _ in range(10)]
    resolver = network.deployments["base"].resolver
    usdc, usdt = swaps[0].body["sourceToken"], swaps[0].body["destinationToken"]
    before = network.evm_balance("base", usdc, resolver), network.near_balance(usdt, "orchestrator.near")
    for swap in swaps:
        swap.create()
    with ThreadPoolExecutor(max_workers=6) as pool:
        one_key = pool.submit(lambda: [swap.execute_and_lock() for swap in swaps[:10]])  # one nonce after another
        list(pool.map(Swap.execute_and_lock, swaps[10:]))
        one_key.result()
    with ThreadPoolExecutor(max_workers=8) as pool:
        documents = list(pool.map(_finish, swaps))
    for document in documents:
        steps = sorted(sent["step"] for sent in document["transactions"])
        assert steps == ["destination_claim", "destination_lock", "source_claim"], document["sessionId"]
    after = network.evm_balance("base", usdc, resolver), network.near_balance(usdt, "orchestrator.near")
    paid_in, paid_out = 10 * 10_000_000, 10 * 9_990_000
    assert after[0] - before[0] == paid_in - paid_out
    assert after[1] - before[1] == paid_in - paid_out
    yocto = -10  # NEP-141 takes one yoctoNEAR for each of our token locks
    assert booked(service, swaps) == {usdc: paid_in - paid_out, usdt: paid_in - paid_out, "near": yocto}


def booked(service: Service, swaps: list[Swap]) -> dict[str, int]:
    """What the ledger says our inventory gained, by token; network fees left out."""
    gained = """
        SELECT token, sum(CASE WHEN debit = 'inventory' THEN amount ELSE -amount END)
        FROM swaps_ledgerentry
        WHERE session_id = ANY(%s) AND kind <> 'fee' AND 'inventory' IN (debit, credit)
        GROUP BY token
    """
    with psycopg.connect(service.supervisor.environment["DATABASE_URL"]) as connection:
        rows = connection.execute(gained, [[swap.session_id for swap in swaps]]).fetchall()
    return {token: int(amount) for token, amount in rows}


def _finish(swap: Swap) -> dict[str, object]:
    swap.wait_for("both_locked", 120)
    swap.hand_over()
    return swap.wait_for("completed", 120)


def test_a_signed_order_locks_the_source_without_gas(new_swap: NewSwap) -> None:
    """The maker only signs: our Resolver fills his order through the unmodified Limit Order Protocol."""
    swap = new_swap("base", "near")
    swap.create()
    swap.execute_with_order()
    swap.wait_for("both_locked")
    swap.hand_over()
    document = swap.wait_for("completed")
    assert sorted(sent["step"] for sent in document["transactions"]) == [
        "destination_claim",
        "destination_lock",
        "source_claim",
        "source_lock",
    ]


def test_an_order_that_is_not_the_sessions_is_refused(new_swap: NewSwap) -> None:
    swap, other = new_swap("base", "near"), new_swap("base", "near", amount=20_000_000)
    swap.create()
    other.create()
    swap.document["next"] = other.document["next"]
    with pytest.raises(ClientError, match="limitOrder"):
        swap.execute_with_order()
    assert swap.rest.get(f"/sessions/{swap.session_id}")["status"] == "initialized"


def test_unregistered_near_account__is_refused_with_the_call_that_helps(new_swap: NewSwap, network: Network) -> None:
    """UNREGISTERED NEAR ACCOUNT: the token would refuse to pay him, so nothing is started."""
    swap = new_swap("base", "near")
    swap.body["taker"] = "htlc2.near"
    swap.create()
    with pytest.raises(ClientError, match="receiver_not_registered"):
        swap.execute_and_lock()


def test_too_little_inventory_is_a_clear_error(new_swap: NewSwap) -> None:
    swap = new_swap("base", "near", amount=10**15)
    swap.body["slippageTolerance"] = 1_000  # so much of our stock has its impact on the price, once the stock was read
    swap.create()
    with pytest.raises(ClientError, match="insufficient_liquidity"):
        swap.execute_and_lock()
