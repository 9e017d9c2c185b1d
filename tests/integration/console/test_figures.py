"""Each figure against rows that were made, and against the list that it leads to."""

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from balancer.conditions import probes_chains, probes_service, probes_swaps
from balancer.console.figures import now as needs_now
from balancer.console.figures.moment import Moment
from balancer.console.survey import SECTIONS, forget, snapshot
from balancer.settings.alerts import RULES
from chains.models import Account, Chain, ChainEvent
from swaps.models import Leg, Pause, Reconciliation, SwapSession
from swaps.overview import active_by_age, durations, ended_by_hour, inventory, legs_standing, money_held
from swaps.services.alerts import Trouble, alert_publish
from tests.crowd import crowd_make
from tests.integration.console.world import USDC, busy_day

pytestmark = pytest.mark.usefixtures("chains")
OWN = {"watcher_silent", "chain_halted", "account_stopped", "ledger_difference", "worker_silent", "swaps_paused"}
"""The alerts of what the first page tells by itself."""


class Links(HTMLParser):
    """Every link that says how many rows it leads to: (href, rows)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, set[int]] = {}
        self.all: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.all.add(str(given["href"]))
            if "data-rows" in given:
                self.found.setdefault(str(given["href"]), set()).add(int(given["data-rows"] or ""))


def test_every_figure_leads_to_as_many_rows(operator: Callable[..., Client]) -> None:
    busy_day(400, active=44)
    client = operator("viewer")
    links = Links(client.get("/admin/").content.decode())
    assert len(links.found) > 80
    wrong = []
    for href, told in links.found.items():
        answer = client.get(href)
        assert answer.status_code == 200, href
        listed = answer.context_data["cl"].queryset.count()  # type: ignore[attr-defined]
        if told != {listed}:
            wrong.append(f"{href}: told {told}, listed {listed}")
    assert not wrong, "\n".join(wrong)


def test_every_link_leads_somewhere(operator: Callable[..., Client]) -> None:
    busy_day(60, active=22)
    client = operator()
    html = client.get("/admin/").content.decode()
    for href in Links(html[html.index('id="console"') :]).all:
        if href.startswith("/"):
            answer = client.get(href, follow=True)
            assert answer.status_code in (200, 503), href  # 503: health, where no worker runs
            assert not answer.redirect_chain or answer.redirect_chain[-1][0] != "/admin/", href


def test_ages_are_cut_where_they_say(db: None) -> None:
    crowd = crowd_make(11, active=11)
    now = timezone.now()
    cuts = tuple(now - age for age in (timedelta(minutes=5), timedelta(minutes=30)))
    SwapSession.objects.update(status="executing", created_at=cuts[1] - timedelta(seconds=1))
    SwapSession.objects.filter(pk__in=crowd.active[:2]).update(created_at=cuts[0])
    SwapSession.objects.filter(pk__in=crowd.active[2:5]).update(created_at=cuts[0] - timedelta(microseconds=1))
    (found,) = active_by_age(cuts)
    assert (found.status, found.counts, found.total) == ("executing", (2, 3, 6), 11)
    assert found.oldest == cuts[1] - timedelta(seconds=1)


def test_only_locks_that_hold_money_are_counted(db: None, chains: dict[str, Chain]) -> None:
    crowd_make(60, active=44)
    standing = legs_standing()
    assert not standing.filter(session__finished_at__isnull=False).exists()
    assert not standing.filter(session__status__in=("initialized", "executing")).exists()
    claimed = Leg.objects.filter(session__status="revealing_secret", side="destination")
    assert claimed.exists() and not standing.filter(pk__in=claimed).exists()
    leg = standing.filter(chain="near").first()
    assert leg is not None
    wanted = {
        "chain_id": "near",
        "lock_id": leg.lock_id,
        "contract": "x",
        "block_height": 1,
        "block_time_ns": 1,
        "payload": {},
    }
    ChainEvent.objects.create(kind="lock_claimed", block_hash="b1", tx_hash="t1", index=7, **wanted)
    assert standing.filter(pk=leg.pk).exists(), "on NEAR the money goes with the payout"
    ChainEvent.objects.create(kind="payout_succeeded", block_hash="b1", tx_hash="t1", index=8, **wanted)
    assert not standing.filter(pk=leg.pk).exists()
    ChainEvent.objects.filter(lock_id=leg.lock_id, index=8).update(orphaned_at=timezone.now())
    assert standing.filter(pk=leg.pk).exists(), "a reorg undid it"
    held = {(one.chain, one.token, one.side): one for one in money_held()}
    rows = legs_standing().filter(chain="base", token=USDC, side="destination")
    one = held["base", USDC, "destination"]
    assert (one.count, one.amount) == (rows.count(), sum(row.amount for row in rows))


def test_what_is_free_is_what_is_not_promised(db: None) -> None:
    busy_day(60, active=44)
    for one in inventory():
        open_ones = Leg.objects.filter(
            side="destination", chain=one.chain, token=one.token, session__reservation__released_at=None,
            session__reservation__isnull=False,
        )  # fmt: skip
        assert (one.promises, one.reserved) == (open_ones.count(), sum(leg.amount for leg in open_ones))
        assert one.free == max(0, one.amount - one.reserved)


def test_the_last_hours(db: None) -> None:
    crowd = crowd_make(40, active=0)
    until = timezone.now().replace(minute=0, second=0, microsecond=0)
    SwapSession.objects.update(finished_at=until - timedelta(days=3), created_at=until - timedelta(days=3, seconds=100))
    done = {"status": "completed", "finished_at": until - timedelta(hours=1)}
    SwapSession.objects.filter(pk__in=crowd.finished[:3]).update(
        **done, created_at=until - timedelta(hours=1, seconds=30)
    )
    SwapSession.objects.filter(pk=crowd.finished[3]).update(status="failed", finished_at=until)
    hours = ended_by_hour(until - timedelta(hours=23), until)
    assert len(hours) == 24
    assert hours[-1].counts == {"failed": 1} and hours[-2].counts == {"completed": 3}
    assert sum(hour.total for hour in hours) == 4
    (day, week, nothing) = durations(
        [until - timedelta(hours=23), until - timedelta(days=7), until + timedelta(hours=5)]
    )
    assert day == (30.0, 30.0) and week == (100.0, 100.0) and nothing == (None, None)


def test_the_settings_pauses_are_told_too(db: None, settings: Any, operator: Callable[..., Client]) -> None:
    settings.PAUSED = ["all"]
    Pause.objects.create(target="base", reason="a drill", actor="alice")
    html = operator("viewer").get("/admin/").content.decode()
    assert "New swaps are paused: all" in html and "New swaps are paused: base" in html and "a drill, by alice" in html


def test_nobody_watches(db: None, chains: dict[str, Chain], operator: Callable[..., Client]) -> None:
    Chain.objects.filter(pk="base").update(watched_at=timezone.now() - timedelta(seconds=60))
    Chain.objects.filter(pk="near").update(watched_at=timezone.now(), halted_reason="two histories")
    html = operator("viewer").get("/admin/").content.decode()
    assert "Nobody watches base" in html and "Nobody watches near" not in html
    assert "Money on near is halted" in html and "two histories" in html


def test_what_the_page_tells_itself_is_not_told_again_by_its_alert(
    db: None, chains: dict[str, Chain], settings: Any
) -> None:
    """Each trouble stands once; an alert of which the page has no word of its own is not crowded out by others'."""
    settings.PAUSED = ["all"]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")  # other tests' workers stay behind
    Pause.objects.create(target="base>near", reason="a drill", actor="alice")
    Chain.objects.filter(pk="base").update(watched_at=timezone.now() - timedelta(seconds=60))
    Chain.objects.filter(pk="near").update(watched_at=timezone.now(), halted_reason="two histories")
    Account.objects.create(chain=chains["near"], address="us.near", public_key="ed25519:x", stopped_reason="a drill")
    Reconciliation.objects.create(differences=[{"chain": "base", "token": "t", "what": "inventory", "units": "1"}])
    probes = (*probes_chains.PROBES, *probes_swaps.PROBES, *probes_service.PROBES)
    readings = [one for probe in probes if OWN.intersection(probe.rules) for one in probe.read() if one.rule in OWN]
    told = {
        one.key: one
        for one in readings
        if one.value > 10 or not RULES[one.rule].unit or one.rule == "ledger_difference"
    }
    for key, one in told.items():
        alert_publish(Trouble(key, f"ALERT {one.says}", rule=one.rule))
    others = {"redis_down": "redis is away", "watcher_silent:base-two": "another chain"}
    for key, says in others.items():
        alert_publish(Trouble(key, says))
    assert {one.rule for one in told.values()} == OWN
    found = needs_now.read(Moment(timezone.now(), lambda: None))  # type: ignore[arg-type,return-value]
    titles = [need.title for need in found["needs"]]
    assert set(others.values()) <= set(titles) and not [title for title in titles if title.startswith("ALERT")], titles
    assert len(titles) == len(told) + len(others) and found["alerts_more"] == 0


def test_no_secret_is_on_the_page(db: None, operator: Callable[..., Client]) -> None:
    busy_day(30, active=22)
    html = operator().get("/admin/").content.decode()
    assert not re.search(r"\b(0x)?[0-9a-f]{64}\b", html)


def test_what_is_drawn_serves_everybody_for_a_while(
    db: None, settings: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    settings.CONSOLE = {**settings.CONSOLE, "survey_seconds": 60.0}
    first = snapshot()
    with django_assert_num_queries(0):
        assert snapshot() == first
    forget()
    assert snapshot().at > first.at


def test_queries_do_not_grow_with_swaps(db: None) -> None:
    """The same number with nothing, with ten and with a thousand sessions."""
    counts = []
    for more in (0, 10, 1_000):
        crowd_make(more, active=more // 2, first=more)
        forget()
        with CaptureQueriesContext(connection) as asked:
            snapshot()
        counts.append(len(asked))
    # what is not there need not be asked for twice: the oldest of nothing
    assert counts[1] == counts[2] and counts[0] <= counts[1] <= 40, counts


def test_every_section_is_drawn() -> None:
    assert {section.name for section in SECTIONS} == {"now", "strip", "active", "recent", "money", "chain", "moved"}
    assert settings.CONSOLE["push_seconds"] >= 1
