"""Operators' actions on an EVM chain, against a real node: nothing is sent, stored or signed twice by them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.actions.errors import ActionRefused
from access.actions.models import Proposal
from access.actions.services import action_work
from chains.models import Chain, ChainBlock, ChainEvent, ChainTransaction, Intent
from chains.registry import registry
from chains.services.sending import intent_send, transactions_tend
from chains.watchers import watcher_for
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.engine.conftest import lock_source
from tests.integration.engine.operating import ADA, approved, asked
from tests.integration.engine.sending import locks, order, read_all, settle, states


@pytest.fixture
def looked_at() -> Any:
    """Who was asked to look again; and everything is unwanted."""
    seen: list[str] = []
    registry.look_again["test"], registry.still_wanted["test"] = seen.append, lambda _: ""
    yield seen
    del registry.look_again["test"], registry.still_wanted["test"]


class TestReplace:
    def stuck(self, anvil: Anvil, suite: EvmDeployment, number: int) -> ChainTransaction:
        anvil.rpc.call("evm_setAutomine", False)
        sent = intent_send(intent_id=order(suite, number).pk)
        assert isinstance(sent, ChainTransaction)
        return sent

    def test_a_stuck_transaction_is_replaced_once(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        sent = self.stuck(anvil, suite, 40)
        first = asked("transaction.replace", sent.pk)
        assert first.state == "executed", first.outcome
        sent.refresh_from_db()
        rival = ChainTransaction.objects.get(replaces=sent)
        assert (sent.state, rival.nonce) == ("replaced", sent.nonce)
        assert int(rival.fields["maxFeePerGas"]) * 8 >= int(sent.fields["maxFeePerGas"]) * 9
        with pytest.raises(ActionRefused, match="it does not wait"):
            asked("transaction.replace", sent.pk)
        anvil.rpc.call("evm_setAutomine", True)
        settle(anvil, watcher)
        assert locks(anvil, suite) == 1
        assert states() == [("call", "replaced"), ("call", "succeeded")]

    def test_its_job_run_again_after_a_crash_makes_no_second_rival(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        sent = self.stuck(anvil, suite, 41)
        proposal = asked("transaction.replace", sent.pk)
        Proposal.objects.update(state="approved")  # its end was not written down
        assert action_work(proposal_id=proposal.pk)
        assert ChainTransaction.objects.count() == 2
        assert "It is replaced by" in Proposal.objects.get().outcome

    def test_one_that_landed_meanwhile_is_left_alone(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        sent = self.stuck(anvil, suite, 42)
        anvil.mine(1)
        proposal = asked("transaction.replace", sent.pk)
        assert "nothing had to be replaced" in proposal.outcome
        assert ChainTransaction.objects.count() == 1

    def test_at_the_fee_cap_it_is_refused(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
    ) -> None:
        sent = self.stuck(anvil, suite, 43)
        capped = int(sent.fields["maxFeePerGas"])
        settings.CHAINS = {**settings.CHAINS, "base": {**settings.CHAINS["base"], "max_fee_wei": capped * 8 // 9}}
        with pytest.raises(ActionRefused, match="above the fee cap"):
            asked("transaction.replace", sent.pk)


class TestRetry:
    def test_one_in_back_off_is_due_now_and_sent_once(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        intent = order(suite, 44)
        Intent.objects.filter(pk=intent.pk).update(not_before=timezone.now() + timedelta(hours=1), delays=9)
        assert intent_send(intent_id=intent.pk) is None
        assert asked("intent.retry", intent.pk).state == "executed"
        for _ in range(3):
            intent_send(intent_id=intent.pk)
        with pytest.raises(ActionRefused, match="its signed bytes are out"):
            asked("intent.retry", intent.pk)
        settle(anvil, watcher)
        assert locks(anvil, suite) == 1
        with pytest.raises(ActionRefused, match="it is done"):
            asked("intent.retry", intent.pk)

    def test_one_that_failed_is_looked_at_by_its_app(
        self, suite: EvmDeployment, watcher: EvmWatcher, looked_at: list[str]
    ) -> None:
        intent = order(suite, 45)
        Intent.objects.filter(pk=intent.pk).update(state="reverted")
        assert "looked at again" in asked("intent.retry", intent.pk).outcome
        assert looked_at == ["s45"]

    def test_not_on_a_halted_chain(self, suite: EvmDeployment, watcher: EvmWatcher) -> None:
        intent = order(suite, 46)
        Chain.objects.update(halted_reason="finality was broken")
        with pytest.raises(ActionRefused, match="finality was broken"):
            asked("intent.retry", intent.pk)


class TestCancel:
    def test_what_was_never_sent_is_withdrawn(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, looked_at: list[str]
    ) -> None:
        intent = order(suite, 47)
        assert "nothing of it can land" in asked("intent.cancel", intent.pk).outcome
        intent_send(intent_id=intent.pk)
        settle(anvil, watcher)
        assert (locks(anvil, suite), looked_at) == (0, ["s47"])

    def test_what_is_out_gets_a_rival_that_does_nothing(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, looked_at: list[str]
    ) -> None:
        anvil.rpc.call("evm_setAutomine", False)
        intent = order(suite, 48)
        intent_send(intent_id=intent.pk)
        assert "Its rival is sent now" in asked("intent.cancel", intent.pk).outcome
        transactions_tend(chain="base")
        with pytest.raises(ActionRefused, match="being cancelled"):
            asked("intent.cancel", intent.pk)
        anvil.rpc.call("evm_setAutomine", True)
        settle(anvil, watcher)
        assert states() == [("call", "replaced"), ("cancellation", "succeeded")]
        assert (locks(anvil, suite), Intent.objects.get().state) == (0, "withdrawn")

    def test_what_is_still_wanted_is_not_cancelled(
        self, suite: EvmDeployment, watcher: EvmWatcher, looked_at: list[str]
    ) -> None:
        registry.still_wanted["test"] = lambda _: "it brings money home"
        with pytest.raises(ActionRefused, match="brings money home"):
            asked("intent.cancel", order(suite, 49).pk)
        del registry.still_wanted["test"]
        with pytest.raises(ActionRefused, match="nobody can say"):
            asked("intent.cancel", Intent.objects.get().pk)
        registry.still_wanted["test"] = lambda _: ""


class TestRescan:
    def test_what_was_missed_is_stored_once_and_the_cursor_stays(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        lock_source(anvil, suite, 50)
        lock_source(anvil, suite, 51)
        anvil.mine(5)
        read_all(watcher)
        assert ChainEvent.objects.count() == 2
        ChainEvent.objects.first().delete()  # type: ignore[union-attr]
        before = Chain.objects.get()
        final = before.final_height or 0
        for found in ("1 events had been missed", "0 events had been missed"):
            proposal = asked("chain.rescan", "base", first=0, last=final)
            assert (proposal.state, proposal.done) == ("executed", final + 1)
            assert found in proposal.outcome
        assert ChainEvent.objects.filter(orphaned_at=None).count() == 2
        after = Chain.objects.get()
        assert (after.seen_height, after.seen_hash, after.final_height) == (
            before.seen_height,
            before.seen_hash,
            before.final_height,
        )
        read_all(watcher)

    def test_a_range_has_bounds(self, watcher: EvmWatcher) -> None:
        final = Chain.objects.get().final_height or 0
        for first, last, why in ((5, 4, "is after the last one"), (0, final + 1, "is not final")):
            with pytest.raises(ActionRefused, match=why):
                asked("chain.rescan", "base", first=first, last=last)
        Chain.objects.update(final_height=60_000, seen_height=60_000)
        with pytest.raises(ActionRefused, match="at most 50,000"):
            asked("chain.rescan", "base", first=0, last=60_000)

    def test_a_node_that_does_not_answer_is_said(self, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch) -> None:
        from chains.errors import NoQuorum

        def silent(*_: Any) -> None:
            raise NoQuorum("nobody answered")

        monkeypatch.setattr(EvmWatcher, "_logs_of_quorum", silent)
        proposal = asked("chain.rescan", "base", first=0, last=1)
        assert proposal.state == "failed"
        assert "nobody answered" in proposal.outcome


class TestReobserve:
    def test_what_landed_unseen_is_recorded(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, looked_at: list[str]
    ) -> None:
        sent = intent_send(intent_id=order(suite, 52).pk)
        anvil.mine(5)
        read_all(watcher)
        ChainEvent.objects.all().delete()
        proposal = asked("transaction.reobserve", sent.pk)
        assert "It is final, and it did what it should now" in proposal.outcome
        assert "1 events of its block had been missed" in proposal.outcome
        assert (Intent.objects.get().state, ChainEvent.objects.count()) == ("done", 1)
        assert looked_at == ["s52"]
        again = asked("transaction.reobserve", sent.pk)
        assert "as we knew. No event of its block was missing." in again.outcome
        assert ChainEvent.objects.count() == 1

    def test_another_end_than_the_recorded_one_is_an_alarm(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, looked_at: list[str]
    ) -> None:
        sent = intent_send(intent_id=order(suite, 53).pk)
        settle(anvil, watcher)
        ChainTransaction.objects.update(state="failed")
        proposal = asked("transaction.reobserve", sent.pk)
        assert proposal.state == "failed"
        assert "ended otherwise than we recorded" in proposal.outcome


class TestHalt:
    def broken(self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> int:
        """A chain that went back below our final block, halted; the height of the last block that still stands."""
        anvil.mine(3)
        read_all(watcher)
        stands = int(anvil.rpc.call("eth_blockNumber"), 16)
        lock_source(anvil, suite, 54)
        anvil.mine(2)
        read_all(watcher)
        told = Chain.objects.get()
        Chain.objects.update(final_height=told.seen_height, final_hash=told.seen_hash)
        anvil.reorg(3)
        lock_source(anvil, suite, 55)
        anvil.mine(4)
        watcher.chain.refresh_from_db()
        with pytest.raises(Exception, match="halted"):
            read_all(watcher)
        assert Chain.objects.get().halted_reason
        return stands

    def test_set_back_by_two_people_and_read_anew(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        stands = self.broken(anvil, suite, watcher)
        proposal = asked("chain.set_back", "base", height=stands)
        assert (proposal.state, proposal.needs_approval) == ("proposed", True)
        proposal = approved(proposal)
        assert proposal.state == "executed", proposal.outcome
        assert Chain.objects.get().halted_reason, "lifting the halt is an action of its own"
        assert not ChainEvent.objects.filter(orphaned_at=None).exists()
        assert not ChainBlock.objects.filter(orphaned_at=None, height__gt=stands).exists()
        assert approved(asked("chain.resume", "base")).state == "executed"
        read_all(watcher)  # the very watcher that had met the halt goes on
        assert [event.hashlock for event in ChainEvent.objects.filter(orphaned_at=None)] == ["37" * 32]
        assert Chain.objects.get().seen_height == anvil.head

    def test_a_block_that_no_longer_stands_is_refused(
        self, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
    ) -> None:
        stands = self.broken(anvil, suite, watcher)
        before = Chain.objects.get().seen_height
        proposal = approved(asked("chain.set_back", "base", height=stands + 1))
        assert proposal.state == "failed"
        assert "Choose a lower block" in proposal.outcome
        assert Chain.objects.get().seen_height == before

    def test_a_chain_that_is_well_is_neither_set_back_nor_resumed(self, watcher: EvmWatcher) -> None:
        for kind, parameters in (("chain.set_back", {"height": 0}), ("chain.resume", {})):
            with pytest.raises(ActionRefused, match="is not halted"):
                asked(kind, "base", by=ADA, **parameters)
        assert watcher_for("base").chain.halted_reason == ""
