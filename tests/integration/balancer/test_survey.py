"""A look at everything: each rule's measurement is true of the rows behind it, and alerts begin and end by it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from access.actions.models import Proposal
from access.models import ActorKind
from access.operating import operating_change
from access.services import audit_record
from balancer import alarms
from balancer.conditions import probes_chains, probes_service, probes_swaps
from balancer.conditions.readings import Probe, Reading
from balancer.conditions.survey import PROBES, look, survey
from balancer.models import Delivery, Notice, Process
from balancer.settings.alerts import RULES
from chains.models import Account, Chain, ChainTransaction, Intent, ProviderHealth
from swaps.models import Alert, Reconciliation, Stock

pytestmark = pytest.mark.django_db(transaction=True)
READINGS: list[Reading] = []
FAULTS: list[Exception] = []


def _played() -> Iterable[Reading]:
    if FAULTS:
        raise FAULTS[0]
    return list(READINGS)


PLAYED = (Probe(("redis_down", "active_swaps", "chain_halted"), _played),)


def play(*readings: Reading) -> int:
    READINGS[:] = readings
    return survey(PLAYED)


def standing() -> dict[str, str]:
    rows = Alert.objects.filter(state="raised", cleared_at=None)
    return dict(rows.values_list("key", "message"))


def of(probe: Callable[[], Iterable[Reading]]) -> dict[str, Reading]:
    return {reading.key: reading for reading in probe()}


@pytest.fixture
def chain() -> Chain:
    return Chain.objects.create(name="base", family="evm", network_id="1", watched_at=timezone.now())


def test_every_rule_is_measured_by_exactly_one_probe() -> None:
    measured = [rule for probe in PROBES for rule in probe.rules] + ["survey_blind"]
    assert sorted(measured) == sorted(RULES)


def test_an_alert_begins_once_ends_once_and_leads_to_its_page() -> None:
    assert play(Reading("chain_halted", "base: halted", subject="base")) == 1
    assert play(Reading("chain_halted", "base: halted", subject="base")) == 0
    alert = Alert.objects.get()
    assert (alert.key, alert.rule, alert.severity) == ("chain_halted:base", "chain_halted", "error")
    assert alert.action.endswith("/admin/runbook/#chain_halted")
    assert play() == 1 and standing() == {}
    assert [row.state for row in Alert.objects.order_by("seq")] == ["raised", "cleared"]


def test_a_threshold_that_an_operator_changes_holds_at_the_next_look() -> None:
    assert play(Reading("active_swaps", "60 swaps are under way", 60)) == 0
    operating_change({"ALERT_ACTIVE_SWAPS": 50}, actor_kind=ActorKind.OPERATOR, actor_id="op")
    assert play(Reading("active_swaps", "60 swaps are under way", 60)) == 1
    operating_change({"ALERT_ACTIVE_SWAPS": 500}, actor_kind=ActorKind.OPERATOR, actor_id="op")
    assert play(Reading("active_swaps", "60 swaps are under way", 60)) == 1 and standing() == {}


def test_a_hold_is_remembered_between_looks_of_whichever_process(monkeypatch: pytest.MonkeyPatch) -> None:
    operating_change({"ALERT_REDIS_DOWN_FOR": 30}, actor_kind=ActorKind.OPERATOR, actor_id="op")
    began = timezone.now()
    for after, told in ((0, 0), (29, 0), (31, 1), (32, 0)):
        monkeypatch.setattr("balancer.conditions.survey._now", lambda after=after: began + timedelta(seconds=after))
        assert play(Reading("redis_down", "redis: away")) == told, after


def test_a_probe_that_fails_ends_no_alert_and_is_one_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    play(Reading("chain_halted", "base: halted", subject="base"))
    began = timezone.now()
    FAULTS.append(RuntimeError("no"))
    try:
        survey(PLAYED)
        monkeypatch.setattr("balancer.conditions.survey._now", lambda: began + timedelta(seconds=20))
        survey(PLAYED)
    finally:
        FAULTS.clear()
    assert standing() == {
        "chain_halted:base": "base: halted",
        "survey_blind:_played": "_played: could not be looked at (RuntimeError)",
    }
    assert play() == 2 and standing() == {}


def test_the_whole_look_fails_nowhere(chain: Chain) -> None:
    assert look().unread == set()
    alarms.survey()
    alarms.survey()


def test_a_chain_that_is_not_watched_and_one_that_is_halted(chain: Chain, settings: Any) -> None:
    config = settings.CHAINS["base"] | {
        "rpc_urls": ["http://127.0.0.1:1"],
        "factory": "0x" + "fa" * 20,
        "resolver": "0x" + "ce" * 20,
    }
    settings.CHAINS = {"base": config}
    Chain.objects.update(watched_at=timezone.now() - timedelta(seconds=40), halted_reason="finality was broken")
    found = of(probes_chains.watchers)
    assert 40 <= found["watcher_silent:base"].value < 60
    assert found["chain_halted:base"].says == "base: finality was broken"
    Chain.objects.all().delete()
    assert of(probes_chains.watchers)["watcher_silent:base"].says == "base: never watched"


def test_providers(chain: Chain, settings: Any) -> None:
    settings.CHAINS = {
        "base": settings.CHAINS["base"]
        | {"rpc_urls": ["http://127.0.0.1:1"], "factory": "0x" + "fa" * 20, "resolver": "0x" + "ce" * 20}
    }
    row = ProviderHealth.objects.create(
        chain=chain, label="https://rpc", lag=25, state="open", disagreed_at=timezone.now()
    )
    found = of(probes_chains.providers)
    assert set(found) >= {
        f"{rule}:base:https://rpc" for rule in ("provider_down", "provider_disagrees", "provider_behind")
    }
    assert found["provider_behind:base:https://rpc"].value == 25
    assert "chain_providers:base" in found
    ProviderHealth.objects.filter(pk=row.pk).update(state="closed", disagreed_at=None, lag=0)
    assert {reading.rule: reading.value for reading in probes_chains.providers()} == {"provider_behind": 0}


def _sent(chain: Chain, account: Account, nonce: int, state: str = "broadcast", waited: int = 0) -> ChainTransaction:
    intent = Intent.objects.create(
        chain=chain, subject_type="t", subject_id=f"s{nonce}", step="lock", call={}, state="sent"
    )
    return ChainTransaction.objects.create(
        intent=intent,
        chain=chain,
        account=account,
        nonce=nonce,
        hash=f"0x{nonce:064x}",
        raw=b"",
        state=state,
        waiting_since=timezone.now() - timedelta(seconds=waited),
    )


def test_a_transaction_that_is_stuck_a_gap_and_an_overdue_intent(chain: Chain) -> None:
    account = Account.objects.create(chain=chain, address="0xours", next_nonce=9)
    assert of(probes_chains.sending) == {}
    _sent(chain, account, 4, "succeeded")
    _sent(chain, account, 5, waited=400)
    _sent(chain, account, 6)
    found = of(probes_chains.sending)
    assert 400 <= found["transaction_stuck:base"].value < 420
    assert found["nonce_gap:base:0xours"].value == 0
    _sent(chain, account, 8)
    assert of(probes_chains.sending)["nonce_gap:base:0xours"].value == 1
    late = Intent.objects.create(chain=chain, subject_type="t", subject_id="late", step="lock", call={})
    Intent.objects.filter(pk=late.pk).update(updated_at=timezone.now() - timedelta(seconds=150))
    assert 150 <= of(probes_chains.sending)["intent_overdue:base"].value < 170


def test_an_account_that_was_stopped(chain: Chain) -> None:
    Account.objects.create(chain=chain, address="0xwell")
    Account.objects.create(chain=chain, address="0xours", stopped_reason="its nonce was used elsewhere")
    assert [reading.says for reading in probes_chains.accounts()] == ["base:0xours: its nonce was used elsewhere"]


def test_the_books_by_one_unit_and_what_could_not_be_read() -> None:
    assert of(probes_swaps.books) == {}
    Reconciliation.objects.create(
        differences=[{"chain": "base", "token": "0xusdc", "what": "inventory", "units": "-1"}], unreadable={"near": "x"}
    )
    found = of(probes_swaps.books)
    assert found["ledger_difference:base:0xusdc:inventory"].value == 1
    assert "differ by 1 base units" in found["ledger_difference:base:0xusdc:inventory"].says
    assert "reconcile_blind:near" in found and found["reconcile_late"].value < 10


def test_inventory_that_is_promised(chain: Chain) -> None:
    Stock.objects.create(chain=chain, token="0xusdc", amount=Decimal(10_000), read_at=timezone.now())
    assert of(probes_swaps.inventory)["inventory_low:base:0xusdc"].value == 10_000
    Stock.objects.update(amount=0)
    assert of(probes_swaps.inventory)["inventory_low:base:0xusdc"].value == 0


def test_machines_and_slow_answers() -> None:
    now = timezone.now()
    for host, p95 in (("one", 1500.0), ("two", None)):
        Process.objects.create(
            kind="web",
            name="asgi",
            host=host,
            pid=1,
            version="1",
            started_at=now,
            heartbeat_at=now,
            api_p95_ms=p95,
            disk_free_mib=1_000,
            memory_free_mib=90,
        )
    found = of(probes_service.machines)
    assert {reading.rule for reading in found.values()} == {"disk_low", "memory_low", "api_slow"}
    assert [reading.value for reading in found.values() if reading.rule == "api_slow"] == [1500.0]
    assert found["disk_low:two"].value == 1_000 and found["memory_low:one"].value == 90
    Process.objects.update(heartbeat_at=now - timedelta(minutes=1))
    assert of(probes_service.machines) == {}, "what a dead one last said counts no more"


def test_the_audit_linker_lagging() -> None:
    assert of(probes_service.audit)["audit_late"].value == 0
    audit_record(action="a", actor_kind=ActorKind.SYSTEM, actor_id="t", target="x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch from now() - min(at)) FROM access_auditentry WHERE seq IS NULL")
        waited = float(cursor.fetchone()[0])
    assert of(probes_service.audit)["audit_late"].value >= waited


def test_messages_that_were_given_up() -> None:
    notice = Notice.objects.create(title="t", body="b", severity="error")
    Delivery.objects.create(notice=notice, target="x", label="Slack (1)", due_at=timezone.now())
    assert of(probes_service.outside)["notices_fail"].value == 0
    Delivery.objects.update(given_up_at=timezone.now())
    assert of(probes_service.outside)["notices_fail"].value == 1


def test_failed_jobs() -> None:
    from swaps.tasks import advance_session

    before = of(probes_service.jobs)["jobs_failed"].value
    job = advance_session.defer(session_id="sess_none")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job])
    assert of(probes_service.jobs)["jobs_failed"].value == before + 1


def test_a_proposal_that_waits_for_a_second_person_is_told_until_it_is_decided() -> None:
    until = timezone.now() + timedelta(hours=1)
    asked = {"fingerprint": "f", "reason": "r", "proposed_by": "olga", "expires_at": until, "needs_approval": True}
    waiting = Proposal.objects.create(kind="session.refund", subject="sess_a", **asked)
    Proposal.objects.create(kind="session.refund", subject="sess_b", state=Proposal.State.REJECTED, **asked)
    found = of(probes_service.proposals)
    assert list(found) == [f"proposal_waits:{waiting.pk}"]
    assert found[f"proposal_waits:{waiting.pk}"].says == (
        f"olga asks for a second person until {until:%H:%M:%S} UTC: session.refund sess_a"
    )
    Proposal.objects.filter(pk=waiting.pk).update(state=Proposal.State.WITHDRAWN)
    assert not of(probes_service.proposals)
