"""REORG-AFTER-ACT, the sending side: what a reorg takes out goes in again, with the same bytes, whatever its depth."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.utils import timezone

from chains.codec.escrow import Immutables
from chains.codec.evm import DST_ESCROW_CREATED
from chains.models import Chain, ChainTransaction, Intent
from chains.registry import registry
from chains.services.intents import intent_ensure
from chains.services.sending import intent_send, transactions_tend
from chains.watchers import watcher_for
from chains.watchers.base import Watcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.engine.conftest import immutables
from tests.integration.engine.sending import State, configure, locks, read_all

SECRET = b"s" * 32
FINALITY = 5  # confirmations: reorgs up to this depth take out nothing that is final
TOPICS = {"claim": "EscrowWithdrawal(bytes32)", "refund": "EscrowCancelled()"}


@pytest.fixture
def deep(base: Chain, settings: Any) -> Iterator[Watcher]:
    """A watcher for which a block is final after five others, and an app that knows the secret."""
    configure(settings, "base", finality=FINALITY)
    registry.secret["test"] = lambda _: SECRET
    made = watcher_for("base")
    made.process_one()
    yield made
    del registry.secret["test"]


def settle(anvil: Anvil, watcher: Watcher) -> None:
    anvil.mine(FINALITY + 1)
    read_all(watcher)
    transactions_tend(chain="base")


def ordered(step: str, call: dict[str, Any]) -> Intent:
    secret = step == "claim"
    return intent_ensure(subject_type="test", subject_id="s", step=step, chain="base", call=call, carries_secret=secret)


def terms(suite: EvmDeployment) -> Immutables:
    return replace(immutables(suite, 1), hashlock=sha256(SECRET).digest())


def order(step: str, anvil: Anvil, suite: EvmDeployment, watcher: Watcher) -> Intent:
    """The step's intent, its time come; a claim and a refund have a final lock to act on."""
    locked = terms(suite)
    lock = {"method": "deploy_dst", "immutables": locked.to_json(), "sourceCancellation": str(2**40), "value": "0"}
    intent = ordered("lock", lock)
    if step == "lock":
        return intent
    intent_send(intent_id=intent.pk)
    settle(anvil, watcher)
    made = anvil.rpc.call("eth_getLogs", {"fromBlock": "0x0", "address": suite.factory, "topics": [DST_ESCROW_CREATED]})
    block = anvil.rpc.call("eth_getBlockByNumber", made[0]["blockNumber"], False)
    timelocks = replace(locked.timelocks, deployed_at=int(block["timestamp"], 16))
    escrow = {"escrow": "0x" + made[0]["data"][26:66], "immutables": replace(locked, timelocks=timelocks).to_json()}
    anvil.advance_time(10 if step == "claim" else 150)
    if step == "claim":
        return ordered(step, {"method": "withdraw", "payee": escrow["immutables"]["maker"], **escrow})
    return ordered(step, {"method": "cancel", **escrow})


def effects(step: str, anvil: Anvil, suite: EvmDeployment) -> int:
    """How often the chain shows the step's effect."""
    if step == "lock":
        return locks(anvil, suite)
    from chains.codec.keccak import keccak

    topic = "0x" + keccak(TOPICS[step].encode()).hex()
    return len(anvil.rpc.call("eth_getLogs", {"fromBlock": "0x0", "topics": [topic]}))


@pytest.mark.parametrize("depth", range(1, FINALITY))
@pytest.mark.parametrize("step", ["lock", "claim", "refund"])
def test_reorg_after_act__the_same_bytes_again(
    step: str, depth: int, anvil: Anvil, suite: EvmDeployment, deep: Watcher
) -> None:
    """However long ago it was signed: it does not pay more, it does not change, and it has its effect once."""
    intent = order(step, anvil, suite, deep)
    intent_send(intent_id=intent.pk)
    for _ in range(depth - 1):
        anvil.mine()
    read_all(deep)
    transactions_tend(chain="base")
    sent = intent.transactions.get()
    assert sent.state == State.INCLUDED
    long_ago = timezone.now() - timedelta(days=1)
    ChainTransaction.objects.update(created_at=long_ago, waiting_since=long_ago, last_broadcast_at=long_ago)

    anvil.reorg(depth)
    assert effects(step, anvil, suite) == 0
    read_all(deep)
    transactions_tend(chain="base")
    assert effects(step, anvil, suite) == 1
    settle(anvil, deep)
    again = intent.transactions.get()
    assert (again.hash, again.state, again.broadcasts) == (sent.hash, State.SUCCEEDED, 2)
    assert effects(step, anvil, suite) == 1


def test_reorg_after_act__included_in_another_block_instead(anvil: Anvil, suite: EvmDeployment, deep: Watcher) -> None:
    """The other branch holds it too: it is not sent again, and its block is the new one."""
    intent = order("lock", anvil, suite, deep)
    intent_send(intent_id=intent.pk)
    anvil.mine(1)
    read_all(deep)
    transactions_tend(chain="base")
    before = intent.transactions.get()
    anvil.reorg(2, [("0x" + bytes(before.raw).hex(), 1)])
    read_all(deep)
    transactions_tend(chain="base")
    after = intent.transactions.get()
    assert (after.state, after.broadcasts) == (State.INCLUDED, 1)
    assert after.block_hash != before.block_hash
    settle(anvil, deep)
    assert (intent.transactions.get().state, locks(anvil, suite)) == (State.SUCCEEDED, 1)


def test_reorg_after_act__out_again_and_again(anvil: Anvil, suite: EvmDeployment, deep: Watcher) -> None:
    intent = order("lock", anvil, suite, deep)
    intent_send(intent_id=intent.pk)
    for _ in range(3):
        read_all(deep)
        transactions_tend(chain="base")
        anvil.reorg(1)
    read_all(deep)
    transactions_tend(chain="base")
    settle(anvil, deep)
    assert (intent.transactions.get().state, locks(anvil, suite)) == (State.SUCCEEDED, 1)


def test_reorg_after_act__nothing_is_final_before_its_block_is(
    anvil: Anvil, suite: EvmDeployment, deep: Watcher
) -> None:
    """Until the watermark passes its block the intent is not done, however often one looks."""
    intent = order("lock", anvil, suite, deep)
    intent_send(intent_id=intent.pk)
    for _ in range(FINALITY - 1):
        anvil.mine(1)
        read_all(deep)
        transactions_tend(chain="base")
        intent.refresh_from_db()
        assert intent.state == Intent.State.SENT
    settle(anvil, deep)
    intent.refresh_from_db()
    assert intent.state == Intent.State.DONE


@pytest.mark.parametrize("above_cap", [False, True], ids=["it goes out", "fees are above the cap"])
def test_secret_leak__no_node_hears_of_it_but_in_the_signed_claim(
    above_cap: bool, anvil: Anvil, suite: EvmDeployment, deep: Watcher, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECRET-LEAK: also where nothing comes of the claim, every request to every node was without it."""
    from chains.clients.httpx_endpoint import HttpxEndpoint
    from chains.clients.web3_endpoint import Web3Endpoint

    intent = order("claim", anvil, suite, deep)
    if above_cap:
        configure(settings, "base", max_fee_wei=1)
    told: list[tuple[str, str]] = []
    for endpoint in (HttpxEndpoint, Web3Endpoint):
        monkeypatch.setattr(endpoint, "post", listening(endpoint.post, told))
    intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    carried = [method for method, text in told if SECRET.hex() in text]
    assert "eth_estimateGas" in {method for method, _ in told}
    assert carried == ([] if above_cap else ["eth_sendRawTransaction"])
    assert intent.state == (Intent.State.PENDING if above_cap else Intent.State.SENT)


def listening(ask: Callable[..., Any], told: list[tuple[str, str]]) -> Callable[..., Any]:
    def post(self: Any, method: str, params: Any) -> Any:
        told.append((method, repr(params).lower()))
        return ask(self, method, params)

    return post
