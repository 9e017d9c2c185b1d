"""The ladder with the chains as they are: configured, measured, at execute, before a reveal; the order of claims."""

import copy
import re
from collections.abc import Callable
from io import StringIO
from itertools import permutations
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from balancer.checks import check_ladders
from chains.config import chain_config, chain_configs
from chains.measures import ENOUGH
from chains.models import Chain
from swaps.evidence import ClaimOrder
from swaps.models import SwapSession
from swaps.routes import ladder_of
from swaps.services.facts import facts_gather
from swaps.services.ladders import facts_with_margins_today, figures_today, routes_assess

PostSession = Callable[..., Any]


def slow(name: str, **seconds: float) -> None:
    """Let a chain have been measured as so slow lately, by the clock of now."""
    samples = {kind: [round(value * 1000)] * ENOUGH for kind, value in seconds.items()}
    now = int(timezone.now().timestamp()) * 10**9
    Chain.objects.filter(name=name).update(measured=samples, head_time_ns=now, seen_time_ns=now)


def test_a_measured_figure_counts_where_it_is_worse(chains: dict[str, Chain]) -> None:
    config = chain_config("near")
    slow("near", finality=config.finality_seconds + 90.2, lag=0.1)
    figures = figures_today(config, Chain.objects.get(name="near"))
    assert figures.finality == config.finality_seconds + 91
    assert figures.watcher_lag == config.watcher_lag_seconds
    assert figures.inclusion == config.inclusion_seconds


def test_clock_skew_a_chain_from_the_future_is_taken_at_its_configured_figures(chains: dict[str, Chain]) -> None:
    config = chain_config("near")
    slow("near", finality=10_000)
    Chain.objects.filter(name="near").update(head_time_ns=(int(timezone.now().timestamp()) + 3600) * 10**9)
    assert figures_today(config, Chain.objects.get(name="near")).finality == config.finality_seconds


def test_execute_refuses_a_plan_that_has_become_infeasible(post_session: PostSession, api: APIClient) -> None:
    session_id = post_session().json()["sessionId"]
    slow("near", finality=100_000)
    refused = api.post(f"/api/v1/sessions/{session_id}/execute", {"sourceLock": "self"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "ladder_infeasible")
    assert any("outlives" in item["name"] for item in refused.json()["inequalities"])
    assert SwapSession.objects.get(pk=session_id).executed_at is None


def test_before_a_reveal_todays_margins_count(post_session: PostSession) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    facts = facts_gather(session, wall=timezone.now()).facts
    assert facts_with_margins_today(session, facts).margins == facts.margins
    slow("near", finality=5000)
    session = SwapSession.objects.get(pk=session.pk)
    assert facts_with_margins_today(session, facts).margins.tail > facts.margins.tail


def test_the_margins_left_are_in_the_session_and_the_admin(
    locked: SwapSession, api: APIClient, admin_client: Client
) -> None:
    shown = api.get(f"/api/v1/sessions/{locked.pk}").json()["margins"]
    assert shown["sourceClaim"] == 60
    assert shown["reveal"] is None
    assert shown["claims"] == "destination_first"
    page = admin_client.get(f"/admin/swaps/swapsession/{locked.pk}/change/").content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Claim the source open closes in" in words


def test_routes_assessed_and_shown(chains: dict[str, Chain]) -> None:
    assert {(route.source, route.destination) for route in routes_assess()} >= {("base", "near"), ("near", "base")}
    out = StringIO()
    call_command("ladder", stdout=out)
    assert "base -> near" in out.getvalue()
    assert "the source outlives the destination" in out.getvalue()
    slow("near", finality=100_000)
    with pytest.raises(CommandError, match="near -> base"):
        call_command("ladder", stdout=StringIO())


def test_an_infeasible_route_is_in_health(chains: dict[str, Chain], client: Client) -> None:
    slow("near", finality=100_000)
    assert any("near>base" in reason for reason in client.get("/health").json()["reasons"])


def test_timelock_misorder_unsafe_settings_do_not_start(settings: Any) -> None:
    assert check_ladders() == []
    settings.ROUTE_DEFAULTS = {**settings.ROUTE_DEFAULTS, "destination_seconds": 5}
    assert {message.id for message in check_ladders()} == {"balancer.E001"}
    settings.ROUTE_DEFAULTS = {**django_settings.ROUTE_DEFAULTS, "destination_seconds": 7200, "claims": "sideways"}
    assert "must be destination_first or source_first" in check_ladders()[0].msg


def test_timelock_units__every_pair_in_seconds_beside_its_block_times() -> None:
    """UNITS: a ladder of milliseconds, or of blocks, would be outside of these bounds."""
    for source, destination in permutations(chain_configs(), 2):
        ladder, blocks = ladder_of(source, destination), (source.block_seconds, destination.block_seconds)
        assert max(blocks) < 60
        assert all(config.finality_seconds >= config.block_seconds for config in (source, destination))
        assert 20 * max(blocks) < ladder.destination_cancellation < ladder.source_cancellation < 24 * 3600


def test_timelock_units__a_chain_that_counts_in_other_units_closes_its_routes(chains: dict[str, Chain]) -> None:
    """Block times a thousand times the configured ones are noticed where they are measured."""
    config = chain_config("near")
    slow("near", finality=config.finality_seconds * 1000)
    assert {route.destination for route in routes_assess() if not route.feasible} >= {"near"}


class TestSourceFirst:
    @pytest.fixture(autouse=True)
    def route(self, chains: dict[str, Chain], settings: Any) -> None:
        routes = copy.deepcopy(settings.ROUTES)
        routes["base>near"] = {**settings.ROUTE_DEFAULTS, "claims": "source_first"}
        settings.ROUTES = routes

    def test_the_ladder_is_the_other_way_round(self, post_session: PostSession) -> None:
        session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
        plan = session.plan
        assert plan["claims"] == "source_first"
        assert plan["destination_cancellation"] >= plan["source_cancellation"] + plan["margins"]["source_tail"]
        assert facts_gather(session, wall=timezone.now()).facts.claims is ClaimOrder.SOURCE_FIRST
        assert all(route.feasible for route in routes_assess())

    def test_a_maker_may_not_keep_his_secret_there(self, post_session: PostSession) -> None:
        refused = post_session(hashlock="0x" + "ab" * 32)
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == "hashlock"
