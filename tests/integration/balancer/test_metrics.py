"""/metrics tells what the rows say, quickly, with labels that do not grow, and to those alone who may read it."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from access.models import RateViolation
from balancer.metrics.tallies import tallies_advance
from balancer.processes.registry import process_enter
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent, ProviderHealth
from swaps.models import Leg, Pause, Reconciliation, Secret, SessionTransition, Stock, SwapSession
from swaps.services.alerts import Trouble, alert_publish
from tests.integration.balancer.test_processes import VITALS, silence
from tests.integration.console.pages import worked

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
BY_PROMETHEUS = {"up"}
WORDS = re.compile(r"\b(orchestrator_\w+|django_\w+|up)\b")
SUFFIXES = ("_bucket", "_count", "_sum", "_total")


def scrape(client: Client) -> Samples:
    """By name and labels."""
    text = client.get("/metrics").content.decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, metric: str, /, **labels: str) -> float:
    return samples[f"orchestrator_{metric}", tuple(sorted(labels.items()))]


@pytest.fixture
def chains() -> list[Chain]:
    now = timezone.now()
    return [
        Chain.objects.create(
            name=name, family=family, network_id="1", watched_at=now, head_height=12, seen_height=9, final_height=7
        )
        for name, family in (("base", "evm"), ("near", "near"))
    ]


def session(number: int, status: str = "executing", custody: str = "maker", ended: bool = False) -> SwapSession:
    return SwapSession.objects.create(
        id=f"sess_{number}",
        principal="p",
        status=status,
        source_chain_id="base",
        destination_chain_id="near",
        source_token="0xusdc",
        destination_token="usdt",
        source_amount=5,
        destination_amount=5,
        maker="m",
        taker="t",
        custody=custody,
        hash_function="sha256",
        hashlock=f"{number:064x}",
        salt="s",
        plan={},
        expires_at=timezone.now(),
        finished_at=timezone.now() if ended else None,
    )


def moved(of: SwapSession, seq: int, before: str, after: str, at: Any) -> None:
    row = SessionTransition.objects.create(
        session=of, seq=seq, principal="p", position=SessionTransition.objects.count() + 1,
        from_status=before, to_status=after, cause="c",
    )  # fmt: skip
    SessionTransition.objects.filter(pk=row.pk).update(at=at)


def test_swaps_and_how_long_they_took(client: Client, chains: list[Chain]) -> None:
    begun = timezone.now() - timedelta(minutes=10)
    done = session(1, "completed", ended=True)
    SwapSession.objects.update(created_at=begun)
    session(2)
    session(3, custody="service")
    for seq, (before, after, seconds) in enumerate(
        (("", "initialized", 0), ("initialized", "executing", 4), ("executing", "completed", 44)), 1
    ):
        moved(done, seq, before, after, begun + timedelta(seconds=seconds))
    assert tallies_advance() == 3 and tallies_advance() == 0, "each is counted once"
    got = scrape(client)
    route = {"route": "base-near"}
    assert value(got, "swaps", status="executing", custody="maker", **route) == 1
    assert value(got, "swaps", status="executing", custody="service", **route) == 1
    assert value(got, "swaps", status="completed", custody="maker", **route) == 1
    assert value(got, "swaps_reached_total", status="initialized", custody="maker", **route) == 1
    assert value(got, "step_seconds_sum", status="initialized", **route) == 4
    assert value(got, "step_seconds_bucket", status="executing", le="30.0", **route) == 0
    assert value(got, "step_seconds_bucket", status="executing", le="60.0", **route) == 1
    assert value(got, "swap_seconds_count", status="completed", **route) == 1
    assert value(got, "swap_seconds_sum", status="completed", **route) == pytest.approx(44, abs=0.1)


def test_what_is_noted_of_a_session_is_no_move(client: Client, chains: list[Chain]) -> None:
    """A row whose status stays says that a transaction changed, also of sessions that have ended: it counts nothing, and the
    time in a status goes on over it."""
    begun = timezone.now() - timedelta(minutes=10)
    done = session(1, "completed", ended=True)
    for seq, (before, after, seconds) in enumerate(
        (
            ("initialized", "initialized", 0),
            ("initialized", "initialized", 1),
            ("initialized", "executing", 4),
            ("executing", "executing", 9),
            ("executing", "executing", 40),
            ("executing", "completed", 44),
            ("completed", "completed", 50),
        ),
        1,
    ):
        moved(done, seq, before, after, begun + timedelta(seconds=seconds))
    assert tallies_advance() == 3 and tallies_advance() == 0
    got = scrape(client)
    route = {"route": "base-near"}
    for status in ("initialized", "executing", "completed"):
        assert value(got, "swaps_reached_total", status=status, custody="maker", **route) == 1
    assert value(got, "swaps", status="completed", custody="maker", **route) == 1
    assert value(got, "swap_seconds_count", status="completed", **route) == 1
    assert value(got, "step_seconds_count", status="executing", **route) == 1
    assert value(got, "step_seconds_sum", status="executing", **route) == 40
    assert value(got, "step_seconds_sum", status="initialized", **route) == 4


SENT = (("destination_lock", "near", 13.25), ("destination_claim", "near", 21.4), ("source_claim", "base", 30.0))
LIVES = (
    ("initialized", "initialized", 0),
    ("initialized", "source_locking", 5),
    ("source_locking", "source_locked", 13.1),
    ("source_locked", "destination_locking", 13.1),
    ("destination_locking", "destination_locking", 14),
    ("destination_locking", "both_locked", 20.2),
    ("both_locked", "revealing_secret", 21.2),
    ("revealing_secret", "completed", 40),
)


def reacted(one: SwapSession, chains: list[Chain], begun: Any) -> None:
    """A swap whose locks are final after 13 s and 20 s, whose secret comes after 21 s, with what was sent for it."""
    for side, chain, final in (("source", chains[0], 13), ("destination", chains[1], 20)):
        Leg.objects.create(
            session=one, side=side, chain=chain, token="t", amount=1, payee="p", refundee="r", lock_id=f"l-{side}",
            claim_from=int(begun.timestamp()) + 2,
        )  # fmt: skip
        ChainEvent.objects.create(
            chain=chain, kind="lock_created", lock_id=f"l-{side}", contract="c", block_height=1, block_hash="b", index=0,
            block_time_ns=1, tx_hash=side, payload={}, final_at=begun + timedelta(seconds=final),
        )  # fmt: skip
    Secret.objects.create(session=one, ciphertext=b"c", nonce=b"n", expires_at=timezone.now())
    Secret.objects.update(received_at=begun + timedelta(seconds=21))
    for nonce, (step, name, at) in enumerate(SENT):
        chain = chains[0] if name == "base" else chains[1]
        account, _ = Account.objects.get_or_create(chain=chain, address="ours")
        intent = Intent.objects.create(
            chain=chain, subject_type="session", subject_id=one.pk, step=step, call={}, state="done"
        )
        ChainTransaction.objects.create(
            intent=intent, chain=chain, account=account, nonce=nonce, hash=f"0x{nonce}", raw=b"", state="succeeded",
            first_broadcast_at=begun + timedelta(seconds=at),
        )  # fmt: skip


def test_how_quickly_we_react_is_told_once(client: Client, chains: list[Chain]) -> None:
    """From the source lock being final to our lock's broadcast; from the secret being ours to give to its claim's."""
    begun = timezone.now() - timedelta(minutes=10)
    one = session(1, "completed", ended=True)
    reacted(one, chains, begun)
    for seq, (before, after, seconds) in enumerate(LIVES, 1):
        moved(one, seq, before, after, begun + timedelta(seconds=seconds))
    tallies_advance()
    route = {"route": "base-near"}
    got = scrape(client)
    for step, seconds in (("destination_lock", 0.25), ("destination_claim", 0.4)):
        assert value(got, "reaction_seconds_count", step=step, **route) == 1
        assert value(got, "reaction_seconds_sum", step=step, **route) == pytest.approx(seconds, abs=0.001)
    assert value(got, "reaction_seconds_bucket", step="destination_lock", le="0.2", **route) == 0
    assert value(got, "reaction_seconds_bucket", step="destination_lock", le="0.25", **route) == 1
    assert value(got, "secrets_revealed_total", **route) == 1
    assert not [of for of in got if of[0] == "orchestrator_reaction_seconds_count" and "source_claim" in str(of)]


def test_a_lock_that_is_ordered_again_is_no_second_reaction(client: Client, chains: list[Chain]) -> None:
    begun = timezone.now() - timedelta(minutes=10)
    one = session(1, "refunded", ended=True)
    reacted(one, chains, begun)
    again = (
        *LIVES[:4],
        ("destination_locking", "source_locked", 20),
        ("source_locked", "destination_locking", 21),
        ("destination_locking", "timeout", 90),
    )
    for seq, (before, after, seconds) in enumerate(again, 1):
        moved(one, seq, before, after, begun + timedelta(seconds=seconds))
    tallies_advance()
    got = scrape(client)
    assert value(got, "reaction_seconds_count", step="destination_lock", route="base-near") == 1
    assert ("orchestrator_secrets_revealed_total", (("route", "base-near"),)) not in got


def test_a_transition_that_may_not_be_committed_yet_is_waited_for(chains: list[Chain]) -> None:
    """Keys are given before commits: a lower one may still appear below one that is seen."""
    one = session(1)
    moved(one, 1, "", "initialized", timezone.now() - timedelta(seconds=60))
    moved(one, 2, "initialized", "executing", timezone.now() - timedelta(seconds=3))
    moved(one, 3, "executing", "source_locking", timezone.now() - timedelta(seconds=40))
    assert tallies_advance() == 1
    assert tallies_advance(settled_seconds=1) == 2


def test_money(client: Client, chains: list[Chain], settings: Any) -> None:
    usdc = next(one for one in settings.CHAINS["base"]["tokens"] if one["symbol"] == "USDC")["id"]
    one = session(1)
    Leg.objects.create(
        session=one, side="source", chain_id="base", token=usdc, amount=700, payee="p", refundee="r", lock_id="0xl"
    )
    Leg.objects.create(session=one, side="destination", chain_id="near", token="odd", amount=9, payee="p", refundee="r")
    Stock.objects.create(chain_id="base", token=usdc, amount=Decimal(1000), read_at=timezone.now())
    Reconciliation.objects.create(
        differences=[{"chain": "base", "token": "USDC", "what": "inventory", "units": "-1"}], unreadable={"near": "x"}
    )
    got = scrape(client)
    assert value(got, "locked_units", chain="base", token="USDC", side="source") == 700
    assert value(got, "locks_standing", chain="base", side="source") == 1
    assert ("orchestrator_locks_standing", (("chain", "near"), ("side", "destination"))) not in got
    assert [
        value(got, "inventory_units", chain="base", token="USDC", what=what) for what in ("amount", "promised", "free")
    ] == [
        1000,
        0,
        1000,
    ]
    assert value(got, "ledger_difference", chain="base", token="USDC", what="inventory") == 1
    assert value(got, "reconcile_unreadable", chain="near") == 1 and value(got, "reconciled_age_seconds") < 30


def test_chains_and_what_we_send(client: Client, chains: list[Chain]) -> None:
    ProviderHealth.objects.create(chain=chains[0], label="https://rpc", requests=7, errors=2, disagreements=1, lag=3)
    account = Account.objects.create(chain=chains[0], address="0xours", next_nonce=9)
    for nonce, state in ((3, "succeeded"), (5, "broadcast"), (7, "broadcast")):
        intent = Intent.objects.create(
            chain=chains[0], subject_type="t", subject_id=str(nonce), step="lock", call={},
            state="done" if state == "succeeded" else "sent",
        )  # fmt: skip
        ChainTransaction.objects.create(
            intent=intent, chain=chains[0], account=account, nonce=nonce, hash=f"0x{nonce}", raw=b"", state=state
        )
    Pause.objects.create(target="base", reason="r", actor="a")
    got = scrape(client)
    assert value(got, "chain_height", chain="base", watermark="final") == 7
    assert value(got, "chain_lag_blocks", chain="base") == 3
    assert value(got, "provider_requests_total", chain="base", provider="https://rpc") == 7
    assert value(got, "provider_disagreements_total", chain="base", provider="https://rpc") == 1
    assert value(got, "intents", chain="base", step="lock", state="sent") == 2
    assert value(got, "transactions", chain="base", state="broadcast") == 2
    assert value(got, "nonce_gap", chain="base", account="0xours") == 2, "4 and 6 are missing"
    assert value(got, "paused", target="base") == 1


def test_the_service(client: Client) -> None:
    process_enter(kind="web", name="asgi", host="one", pid=1, version="1", vitals=VITALS)
    silence(process_enter(kind="worker", name="", host="one", pid=2, version="1", vitals=VITALS))
    alert_publish(Trouble("redis_down", "away", rule="redis_down"))
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    RateViolation.objects.create(hour=hour, kind="requests", count=12, last_at=timezone.now())
    got = scrape(client)
    assert value(got, "processes", kind="web", name="asgi", state="alive") == 1
    assert value(got, "processes", kind="worker", name="", state="lost") == 1
    assert value(got, "processes", kind="worker", name="", state="alive") == 0
    assert value(got, "process_resident_bytes", kind="web", name="asgi", host="one", number="0") == 10**8
    assert value(got, "disk_free_bytes", host="one") == 5_000 * 2**20
    assert (
        value(got, "alerts_standing", rule="redis_down") == 1 and value(got, "alerts_standing", rule="nonce_gap") == 0
    )
    assert value(got, "alerts", severity="error", state="open") == 1
    assert value(got, "rate_limited", kind="requests") == 12
    assert value(got, "audit_unlinked") == 0
    failed = [one for (name, _), one in got.items() if name == "orchestrator_scrape_failed"]
    assert len(failed) == 5 and not any(failed)


def test_a_collector_that_fails_takes_none_of_the_others_with_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("balancer.metrics.of_service.processes_seen", fail)
    got = scrape(client)
    assert value(got, "scrape_failed", collector="ServiceCollector") == 1
    assert value(got, "scrape_failed", collector="SwapCollector") == 0
    assert ("orchestrator_session_overdue_seconds", ()) in got


def test_labels_do_not_grow_with_sessions(client: Client, chains: list[Chain]) -> None:
    session(1)
    before = len(scrape(client))
    for number in range(2, 30):
        session(number)
    assert len(scrape(client)) <= before + 2, "the latency of /metrics itself is one more"


def test_who_may_read(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
    here, elsewhere = Client(), Client(REMOTE_ADDR="203.0.113.9")
    assert here.get("/metrics").status_code == 200
    refused = elsewhere.get("/metrics")
    assert refused.status_code == 401 and "orchestrator" not in refused.content.decode()
    assert refused["WWW-Authenticate"].startswith("Bearer")
    settings.OPERATIONS = {**settings.OPERATIONS, "metrics_token": "a-token-of-the-test"}
    for token, status in (("a-token-of-the-test", 200), ("another", 401), ("", 401), ("ä", 401)):
        assert elsewhere.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == status
    assert here.get("/metrics").status_code == 200
    settings.OPERATIONS = {**settings.OPERATIONS, "metrics_allowed": ["203.0.113.0/24"]}
    assert (here.get("/metrics").status_code, elsewhere.get("/metrics").status_code) == (401, 200)


def _known(client: Client, chains: list[Chain]) -> set[str]:
    """Every name that a scrape can have: of a process that serves sockets too, and with prices of sources."""
    import swaps.push.instruments  # noqa: F401

    client.get("/api/v1/version")
    text = client.get("/metrics").content.decode()
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    names |= set(WORDS.findall((ROOT / "pricing" / "metrics.py").read_text()))
    return names | {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def _exists(name: str, known: set[str]) -> bool:
    bases = [name, *(name.removesuffix(suffix) for suffix in SUFFIXES)]
    return name in BY_PROMETHEUS or any(base in known for base in bases)


def test_every_query_of_the_dashboard_names_metrics_that_there_are(client: Client, chains: list[Chain]) -> None:
    known = _known(client, chains)
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    assert len(queries) > 30
    for query in queries:
        names = WORDS.findall(query)
        assert names and all(_exists(name, known) for name in names), query
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_every_rule_of_prometheus_names_metrics_that_there_are(client: Client, chains: list[Chain]) -> None:
    known = _known(client, chains)
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        names = WORDS.findall(rule["expr"])
        assert names and all(_exists(name, known) for name in names), rule
        assert rule["expr"].count("(") == rule["expr"].count(")"), rule


def test_promtool_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on PATH; the structure is checked by the tests above")
    for words in (["rules", "alerts.yml"], ["config", "--syntax-only", "prometheus.yml"]):
        ended = subprocess.run(
            [promtool, "check", *words], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


MANY = """
    INSERT INTO swaps_swapsession (id, principal, status, reason, attention, seq, source_chain_id, destination_chain_id, source_token,
        destination_token, source_amount, destination_amount, maker, taker, slippage_bps, quote_id, custody, hash_function, hashlock,
        salt, plan, confirmation_level, source_lock, maker_calls, warnings, created_at, updated_at, expires_at, finished_at, wake_at)
    SELECT 'sess_m' || n, 'p' || n %% 50, CASE WHEN n %% 200 = 0 THEN 'executing' ELSE 'completed' END, '', '', 3, 'base', 'near', 'a',
        'b', 5, 5, 'm', 't', 0, '', CASE WHEN n %% 2 = 0 THEN 'maker' ELSE 'service' END, 'sha256', lpad(to_hex(n), 64, '0'), 's', '{}',
        'normal', 'self', '[]', '[]', now() - n * interval '1 second', now(), now(),
        CASE WHEN n %% 200 = 0 THEN NULL ELSE now() - n * interval '1 second' END, NULL
    FROM generate_series(1, 100000) AS n
"""


@pytest.mark.slow
def test_with_100_000_sessions_it_answers_within_300_ms(client: Client, chains: list[Chain]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY.replace("%%", "%"))
        cursor.execute("ANALYZE swaps_swapsession")
    client.get("/metrics")
    took = [worked(client, "/metrics") for _ in range(5)]
    got = scrape(client)
    assert value(got, "swaps", status="executing", route="base-near", custody="maker") == 500
    assert min(took) < 0.3, took
    assert min(worked(client, "/health") for _ in range(3)) < 0.3
