"""Several providers of one chain, some of which fail, lag or lie: what the watcher believes, and when money may move."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from chains.clients.evm import EvmClient
from chains.config import chain_config, client, forget_clients, quorum
from chains.errors import NodeMisbehaving, TransportError
from chains.models import Chain, ChainEvent, ChainTransaction, ProviderHealth
from chains.selectors import quorum_trouble
from chains.services.providers import providers_note
from chains.services.sending import intent_send, transactions_tend
from chains.services.setup import ChainMisconfigured, chain_sync
from chains.watchers import watcher_for
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from devnet.faultproxy import FaultProxy
from devnet.faults import Kind
from tests.integration.engine.conftest import lock_source, read_all
from tests.integration.engine.sending import configure, order

Ask = Callable[..., EvmWatcher]
QUICK: dict[str, Any] = {"rpc_timeout_seconds": 5.0, "breaker_seconds": 0.05}


@pytest.fixture
def proxies(anvil: Anvil) -> Iterator[list[FaultProxy]]:
    with ExitStack() as stack:
        yield [stack.enter_context(FaultProxy(anvil.url)) for _ in range(3)]


@pytest.fixture
def watch(base: Chain, settings: Any, proxies: list[FaultProxy]) -> Iterator[Ask]:
    """A watcher that asks so many providers, each behind its proxy."""

    def made(count: int, *urls: str, **changes: Any) -> EvmWatcher:
        figures = {**QUICK, **changes, "rpc_urls": [*urls, *(one.url for one in proxies[:count])]}
        configure(settings, "base", **figures)
        forget_clients()
        watcher = watcher_for("base")
        assert isinstance(watcher, EvmWatcher)
        watcher.process_one()
        return watcher

    yield made
    forget_clients()


def final() -> int:
    return Chain.objects.get().final_height or 0


def standing() -> list[ChainEvent]:
    return list(ChainEvent.objects.filter(orphaned_at=None))


def health(proxy: FaultProxy) -> ProviderHealth:
    providers_note(chain="base", at_once=True)
    return ProviderHealth.objects.get(label=proxy.url)


class TestLies:
    def test_rpc_empty_logs__a_liar_hides_nothing_from_two_others(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(3)
        proxies[0].add("eth_getLogs", Kind.EMPTY, times=None)
        lock_source(anvil, suite, 1)
        anvil.mine(4)
        read_all(watcher)
        assert len(standing()) == 1
        assert final() >= standing()[0].block_height
        assert health(proxies[0]).disagreements > 0
        assert health(proxies[1]).disagreements == 0

    def test_rpc_empty_logs__two_that_disagree_stop_the_watermark_until_they_agree(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(2)
        proxies[1].add("eth_getLogs", Kind.EMPTY, times=None)
        lock_source(anvil, suite, 1)
        lock = anvil.head
        anvil.mine(4)
        read_all(watcher)
        watcher.process_one()
        assert final() < lock
        assert [health(proxy).disagreements > 0 for proxy in proxies[:2]] == [True, True]
        assert "contradicting" in quorum_trouble(chain_config("base"))
        proxies[1].clear()
        read_all(watcher)
        assert final() >= lock
        assert len(standing()) == 1
        providers_note(chain="base", at_once=True)
        assert quorum_trouble(chain_config("base")) == ""

    def test_an_event_that_only_one_provider_tells_never_becomes_final(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(3)
        lock_source(anvil, suite, 1)
        watcher.process_one()
        told = standing()[0]
        ChainEvent.objects.create(
            chain=told.chain, kind="lock_claimed", lock_id=told.lock_id, contract=told.lock_id,
            block_height=told.block_height, block_hash=told.block_hash, block_time_ns=told.block_time_ns,
            tx_hash="0x" + "ab" * 32, index=77, payload={"secret": "0x" + "00" * 32},
        )  # fmt: skip
        anvil.mine(4)
        read_all(watcher)
        assert final() >= told.block_height
        assert standing() == [told]
        assert ChainEvent.objects.get(kind="lock_claimed").orphaned_at is not None

    def test_an_event_told_wrongly_at_first_is_corrected(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(3)
        lock_source(anvil, suite, 1)
        watcher.process_one()
        ChainEvent.objects.update(hashlock="ee" * 32, payload={"hashlock": "0x" + "ee" * 32})
        anvil.mine(4)
        read_all(watcher)
        assert [event.hashlock for event in standing()] == ["01" * 32]

    def test_a_gap_is_confirmed_by_ranges(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(3)
        lock_source(anvil, suite, 1)
        anvil.mine(200)
        proxies[0].add("eth_getLogs", Kind.EMPTY, times=None)
        read_all(watcher)
        assert len(standing()) == 1
        assert Chain.objects.get().seen_height == anvil.head

    def test_another_chain_s_node_can_neither_halt_nor_stop_money(
        self, anvil: Anvil, suite: EvmDeployment, base: Chain, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        """It has the right chain id and quite other blocks: reorganised below finality, by its word alone."""
        with Anvil(chain_id=31337) as other:
            other.mine(anvil.head + 50)
            watcher = watch(2, other.url)
            lock_source(anvil, suite, 1)
            anvil.mine(4)
            for _ in range(6):
                with suppress(NodeMisbehaving):
                    read_all(watcher)
            assert Chain.objects.get().halted_reason == ""
            assert len(standing()) == 1
            assert final() >= standing()[0].block_height

    def test_one_provider_s_word_halts_no_money(self, anvil: Anvil, watch: Ask) -> None:
        """It denies our final block, which the others know: an alarm, and no halt that an operator must lift."""
        watcher = watch(3)
        with Anvil(chain_id=31337) as other:
            other.mine(anvil.head + 50)
            watcher.client = EvmClient(other.url)
            with pytest.raises(NodeMisbehaving, match="denied final block"):
                watcher.process_one()
        assert Chain.objects.get().halted_reason == ""

    def test_a_provider_of_another_network_is_refused(
        self, anvil: Anvil, base: Chain, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        with Anvil(chain_id=4242) as other:
            watcher = watch(2, other.url)
            anvil.mine(4)
            read_all(watcher)
            providers_note(chain="base", at_once=True)
            refused = ProviderHealth.objects.get(label=other.url)
            assert (refused.state, refused.head_height) == ("refused", None)
            assert "its chain id is 4242, and 31337 is configured" in refused.last_error
            assert final() > 0

    def test_a_chain_of_which_every_provider_is_another_s_says_so(
        self, anvil: Anvil, base: Chain, settings: Any
    ) -> None:
        configure(settings, "base", network_id="1234")
        forget_clients()
        with pytest.raises(ChainMisconfigured, match="its chain id is 31337, and 1234 is configured"):
            chain_sync(name="base")


class TestSilence:
    def test_stale_head__a_laggard_is_asked_last_and_holds_nothing_up(
        self, anvil: Anvil, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(3)
        proxies[0].add("eth_*", Kind.STALE, times=None, blocks=20)
        anvil.mine(40)
        read_all(watcher)
        assert Chain.objects.get().seen_height == anvil.head
        assert final() >= anvil.head - 3
        assert health(proxies[0]).lag == 20
        assert health(proxies[1]).lag == 0

    def test_stale_head__of_two_the_later_one_is_waited_for(
        self, anvil: Anvil, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        watcher = watch(2)
        proxies[0].add("eth_*", Kind.STALE, times=None, blocks=20)
        anvil.mine(40)
        read_all(watcher)
        assert final() <= anvil.head - 20

    def test_money_waits_while_one_of_two_is_away(self, anvil: Anvil, watch: Ask, proxies: list[FaultProxy]) -> None:
        watcher = watch(2)
        before = final()
        proxies[0].add("*", Kind.ERROR, code=-32603, times=None)
        anvil.mine(6)
        read_all(watcher)
        assert Chain.objects.get().seen_height == anvil.head
        assert final() == before
        assert "1 of 2 providers" in quorum_trouble(chain_config("base"))
        proxies[0].clear()
        deadline = time.monotonic() + 5
        while final() == before and time.monotonic() < deadline:  # until its circuit lets a question through
            read_all(watcher)
        assert final() > before

    def test_websocket_silent_death__nobody_answers_and_readiness_flips(
        self, anvil: Anvil, watch: Ask, proxies: list[FaultProxy], client: Client, settings: Any
    ) -> None:
        """We only poll: providers that accept and never answer leave the last look where it was."""
        settings.CHAINS = {"base": settings.CHAINS["base"]}
        watcher = watch(2, rpc_timeout_seconds=0.3)
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"
            )  # other tests' jobs stay behind
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert client.get("/health/ready").status_code == 200
        looked_at = Chain.objects.get().watched_at
        for proxy in proxies:
            proxy.add("*", Kind.TIMEOUT_BEFORE, times=None, seconds=0.5)
        for _ in range(3):
            with pytest.raises(TransportError):
                watcher.process_one()
        assert Chain.objects.get().watched_at == looked_at
        Chain.objects.update(watched_at=F("watched_at") - timedelta(seconds=11))
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert "not watched for" in answer.json()["reasons"][0]
        assert health(proxies[0]).errors > 0


class TestSending:
    def test_receipt_lag_false_revert__the_laggard_s_word_buries_and_fails_nothing(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        """Node B is three blocks behind A and both are asked: what landed is neither declared dead nor signed anew."""
        watcher = watch(2)
        intent = order(suite, 1)
        intent_send(intent_id=intent.pk)
        proxies[0].add("eth_*", Kind.STALE, times=None, blocks=3)
        for _ in range(4):
            anvil.mine(1)
            read_all(watcher)
            transactions_tend(chain="base")
            assert ChainTransaction.objects.get().is_open or ChainTransaction.objects.get().state == "succeeded"
        proxies[0].clear()
        anvil.mine(4)
        read_all(watcher)
        transactions_tend(chain="base")
        assert [sent.state for sent in ChainTransaction.objects.all()] == ["succeeded"]

    def test_a_liar_s_receipt_ends_nothing(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from dataclasses import replace

        watcher = watch(2)
        intent_send(intent_id=order(suite, 1).pk)
        anvil.mine(4)
        read_all(watcher)
        liar = quorum("base").witnesses[1]
        honest = type(liar).receipt
        monkeypatch.setattr(liar, "receipt", lambda tx_hash: replace(honest(liar, tx_hash), status=0))
        transactions_tend(chain="base")
        assert ChainTransaction.objects.get().is_open
        monkeypatch.undo()
        transactions_tend(chain="base")
        assert ChainTransaction.objects.get().state == "succeeded"

    def test_an_event_withheld_twice_by_a_lone_provider_is_read_again(
        self, anvil: Anvil, suite: EvmDeployment, watch: Ask, proxies: list[FaultProxy]
    ) -> None:
        """RPC-EMPTY-LOGS, at both readings of the block: our own transaction's receipt tells that something is missing."""
        watcher = watch(1)
        lie = proxies[0].add("eth_getLogs", Kind.EMPTY, times=None)
        intent_send(intent_id=order(suite, 1).pk)
        anvil.mine(4)
        read_all(watcher)
        transactions_tend(chain="base")
        assert ChainTransaction.objects.get().state == "succeeded"
        assert standing() == []
        lie.times = lie.hits
        anvil.mine(1)
        read_all(watcher)
        assert len(standing()) == 1


class TestHealthRows:
    def test_counts_of_several_processes_add_up(self, watch: Ask, proxies: list[FaultProxy]) -> None:
        watch(1)
        providers_note(chain="base", at_once=True)
        row = ProviderHealth.objects.get()
        ProviderHealth.objects.update(requests=F("requests") + 1000)
        client("base").head()
        providers_note(chain="base", at_once=True)
        row.refresh_from_db()
        assert row.requests >= 1001
        assert (row.state, row.label) == ("closed", proxies[0].url)
        assert row.last_ok_at is not None
        assert timezone.now() - row.last_ok_at < timedelta(seconds=5)

    def test_writing_is_bounded(self, watch: Ask) -> None:
        watch(1)
        providers_note(chain="base", at_once=True)
        assert not providers_note(chain="base")

    def test_a_provider_that_is_no_longer_configured_is_forgotten(self, watch: Ask) -> None:
        watch(3)
        providers_note(chain="base", at_once=True)
        assert ProviderHealth.objects.count() == 3
        watch(1)
        assert ProviderHealth.objects.count() == 1

    def test_metrics_name_providers_without_their_keys(self, watch: Ask, anvil: Anvil, client: Client) -> None:
        watch(0, anvil.url + "/?key=CANARYKEY")
        providers_note(chain="base", at_once=True)
        text = client.get("/metrics").content.decode()
        assert f'orchestrator_provider_up{{chain="base",provider="{anvil.url}"}} 1.0' in text
        assert "orchestrator_provider_disagreements_total" in text
        assert "CANARYKEY" not in text
