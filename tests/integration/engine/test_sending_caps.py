"""HOT-KEY: what one key may pay out is capped in the database, and a stopped key pays nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chains.models import Account, ChainTransaction, Intent, Outflow
from chains.registry import registry
from chains.services.intents import intent_cancel, intent_ensure
from chains.services.sending import caps, intent_send, transactions_tend
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.engine.conftest import NATIVE, immutables, lock_source
from tests.integration.engine.sending import configure, locks, order, settle
from tests.threads import giving_back

LOCK = 1000  # wei of each small order


def cap(settings: Any, *, single: int | None = None, daily: int | None = None) -> None:
    ether = {"symbol": "ETH", "id": NATIVE, "decimals": 18, "max_per_transaction": single, "max_per_day": daily}
    configure(settings, "base", tokens=[ether])


def sends(suite: EvmDeployment, *numbers: int) -> list[str]:
    """Send small orders one after another; the states of their intents."""
    for number in numbers:
        intent_send(intent_id=order(suite, number).pk)
    return list(Intent.objects.order_by("pk").values_list("state", flat=True))


def test_hot_key__one_transaction_pays_no_more_than_its_cap(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    heard: list[str] = []
    registry.attention["test"] = lambda intent, why: heard.append(why)
    cap(settings, single=LOCK - 1)
    assert sends(suite, 1) == [Intent.State.PENDING]
    del registry.attention["test"]
    intent = Intent.objects.get()
    assert "may pay at once (999)" in intent.attention
    assert heard == [intent.attention]
    assert (ChainTransaction.objects.count(), Outflow.objects.count(), locks(anvil, suite)) == (0, 0, 0)
    cap(settings, single=LOCK)
    Intent.objects.update(not_before=None)
    assert sends(suite, 1) == [Intent.State.SENT]


def test_hot_key__a_day_pays_no_more_than_its_cap(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """A rolling day: what was signed more than 24 hours ago makes room."""
    cap(settings, daily=2 * LOCK + LOCK // 2)
    assert sends(suite, 1, 2, 3) == [Intent.State.SENT, Intent.State.SENT, Intent.State.PENDING]
    assert "2000 of 2500 are spent" in Intent.objects.latest("pk").attention
    Outflow.objects.filter(nonce=ChainTransaction.objects.earliest("pk").nonce).update(
        created_at=timezone.now() - timedelta(hours=24, seconds=1)
    )
    Intent.objects.update(not_before=None)
    assert sends(suite, 3) == [Intent.State.SENT] * 3
    settle(anvil, watcher)
    assert locks(anvil, suite) == 3


def test_hot_key__a_crowd_of_senders_sees_one_cap(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """Ten at once, room for four: counted under the account's lock."""
    cap(settings, daily=4 * LOCK)
    intents = [order(suite, number) for number in range(1, 11)]

    @giving_back
    def send(intent: Intent) -> None:
        intent_send(intent_id=intent.pk)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, intents))
    settle(anvil, watcher)
    assert (locks(anvil, suite), Intent.objects.filter(state=Intent.State.PENDING).count()) == (4, 6)


def test_hot_key__replacements_count_once_and_what_moved_nothing_counts_no_more(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    cap(settings, daily=LOCK)
    configure(settings, "base", stuck_seconds=0.0)
    anvil.pause_mining()
    sends(suite, 1)
    transactions_tend(chain="base")
    account = Account.objects.get()
    assert (ChainTransaction.objects.count(), caps.outflow_spent(account=account, token=NATIVE)) == (2, LOCK)
    intent_cancel(Intent.objects.get(), reason="test")
    transactions_tend(chain="base")
    anvil.resume_mining()
    assert sends(suite, 2)[1] == Intent.State.PENDING  # the cancellation is not final yet
    settle(anvil, watcher)
    assert caps.outflow_spent(account=account, token=NATIVE) == 0
    Intent.objects.update(not_before=None)
    assert sends(suite, 2)[1] == Intent.State.SENT


def test_hot_key__a_token_nobody_configured_is_not_paid_out(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    configure(settings, "base", tokens=[])
    assert sends(suite, 1) == [Intent.State.PENDING]
    assert "no configured token" in Intent.objects.get().attention


def test_hot_key__a_stopped_key_pays_nothing_and_still_refunds(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """The kill switch: no more locks from the next signature on, while our money still comes home."""
    sends(suite, 1)
    settle(anvil, watcher)
    account = Account.objects.get()
    caps.key_stop(account=account, reason="strange orders at night")
    assert sends(suite, 2) == [Intent.State.DONE, Intent.State.PENDING]
    assert "strange orders at night" in Intent.objects.latest("pk").attention
    anvil.advance_time(150)  # the lock's cancellation stage
    refund = intent_ensure(
        subject_type="test", subject_id="s1", step="destination_refund", chain="base", call=_refund(anvil, suite)
    )
    intent_send(intent_id=refund.pk)
    settle(anvil, watcher)
    refund.refresh_from_db()
    assert refund.state == Intent.State.DONE
    caps.key_resume(account=account)
    Intent.objects.update(not_before=None)
    assert sends(suite, 2)[1] == Intent.State.SENT


def test_hot_key__an_operator_stops_a_key_from_the_shell(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, capsys: pytest.CaptureFixture[str]
) -> None:
    sends(suite, 1)
    key = Account.objects.get().address
    call_command("keys", "base", key.upper().replace("0X", "0x"), "--stop", "laptop stolen")
    assert sends(suite, 2) == [Intent.State.SENT, Intent.State.PENDING]
    call_command("keys")
    told = capsys.readouterr().out
    assert "STOPPED: laptop stolen" in told and "1000 ETH" in told
    with pytest.raises(CommandError, match="no transaction was ever signed"):
        call_command("keys", "base", "0x" + "77" * 20, "--resume")
    call_command("keys", "base", key, "--resume")
    Intent.objects.update(not_before=None)
    assert sends(suite, 2) == [Intent.State.SENT] * 2


def _refund(anvil: Anvil, suite: EvmDeployment) -> dict[str, Any]:
    """A call that takes the lock of the first order back."""
    from dataclasses import replace

    from chains.codec.evm import DST_ESCROW_CREATED

    query = {"fromBlock": "0x0", "address": suite.factory, "topics": [DST_ESCROW_CREATED]}
    log = anvil.rpc.call("eth_getLogs", query)[0]
    made = int(anvil.rpc.call("eth_getBlockByNumber", log["blockNumber"], False)["timestamp"], 16)
    terms = immutables(suite, 1)
    terms = replace(terms, timelocks=replace(terms.timelocks, deployed_at=made))
    return {"method": "cancel", "escrow": "0x" + log["data"][26:66], "immutables": terms.to_json()}


@pytest.mark.parametrize("method", ["deploy_src", "deploy_dst", "withdraw", "cancel"])
def test_what_a_call_pays_out(method: str, suite: EvmDeployment) -> None:
    from chains.config import chain_config
    from chains.services.calls import evm

    terms = immutables(suite, 1)
    call = {"method": method, "immutables": terms.to_json() | {"safetyDeposit": "7"}, "value": "5"}
    expected = {"deploy_src": {NATIVE: 7}, "deploy_dst": {NATIVE: 1007}}.get(method, {})
    assert evm.outflow(call, chain_config("base")) == expected


def test_a_makers_lock_is_no_outflow_of_ours(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    lock_source(anvil, suite, 1)
    settle(anvil, watcher)
    assert not Outflow.objects.exists()
