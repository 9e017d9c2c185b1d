"""The crash matrix itself: a sample of it survives, and a fault that is planted into the product is found."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from devnet.proofs.crashmatrix.matrix import Listing, Stage, sample
from devnet.proofs.crashmatrix.points import Moment, Point
from devnet.proofs.crashmatrix.scenarios import Scenario, scenarios
from devnet.proofs.world import DAY, HOUR

HOUR_OF_THE_DAILY_TASK = 4  # balancer.tasks prunes its finished jobs at 04:17
Where = Callable[[Point], bool]


@pytest.fixture(scope="module")
def stage(server_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(server_url, redis_url, Path(tmp_path_factory.mktemp("crash")), "crash_test")
    yield made
    made.close()


def scenario_named(name: str) -> Scenario:
    return next(scenario for scenario in scenarios() if scenario.name == name)


def test_a_sample_of_a_swap_survives_its_deaths(stage: Stage) -> None:
    scenario = scenario_named("base-near/maker/self/completes")
    listing = stage.list_points(scenario, record="status")
    assert listing.problems == ()
    assert {"commit", "eth_sendRawTransaction", "send_tx"} <= {point.what for point in listing.points}
    assert {"initialized", "destination_locking", "both_locked", "revealing_secret"} <= {
        point.status for point in listing.points
    }
    verdicts = [stage.kill(scenario, point) for point in sample(listing.points, Random(7), size=5)]
    assert [verdict.problems for verdict in verdicts] == [()] * 5


def test_two_processes_at_once_and_one_of_them_dies(stage: Stage) -> None:
    scenario = scenario_named("near-base/service/self/completes")
    points = stage.list_points(scenario, record="status").points
    sent = next(point for point in points if point.what == "eth_sendRawTransaction" and point.moment is Moment.ACCEPTED)
    assert stage.kill(scenario, sent, with_rival=True).problems == ()


def test_a_play_is_the_same_at_whatever_hour_it_begins(stage: Stage) -> None:
    """A play of hours that begins at three in the night would meet the task of the day, and others would not."""
    scenario = scenario_named("base-near/maker/self/never-locked")
    first = stage.list_points(scenario, record="status").points
    stage.world.travel((HOUR_OF_THE_DAILY_TASK - 2) * HOUR + HOUR // 2 - stage.world.now % DAY + DAY)
    again = stage.list_points(scenario, record="status").points
    assert [point.place for point in again] == [point.place for point in first]


def _found(stage: Stage, plant: str, name: str, where: Where) -> str:
    """What a death at the first such point is found to do, in a product that was spoilt."""
    scenario = scenario_named(name)
    listing: Listing = stage.list_points(scenario, record="status", plant=plant)
    assert listing.problems == (), "without a death the fault does no harm"
    point = next(point for point in listing.points if where(point))
    return "\n".join(stage.kill(scenario, point, plant=plant).problems)


def test_double_lockup__broadcast_before_storing_is_found(stage: Stage) -> None:
    def taken(point: Point) -> bool:
        return point.what == "eth_sendRawTransaction" and point.moment is Moment.ACCEPTED

    found = _found(stage, "broadcast-before-storing", "near-base/maker/self/completes", taken)
    assert "'destination locked': 2" in found
    assert "money: us on base has" in found


def test_missed_events_at_restart__a_cursor_that_runs_ahead_is_found(stage: Stage) -> None:
    def torn(point: Point) -> bool:
        return point.what == "commit" and point.moment is Moment.AFTER and point.act == "locking"

    found = _found(
        stage,
        "cursor-before-events",
        "base-near/maker/self/completes",
        lambda point: torn(point) and "_forward" in point.where,
    )
    assert "the session is executing" in found or "end: the session is executing" in found


def test_repeated_request__an_answer_that_is_forgotten_is_found(stage: Stage) -> None:
    def created(point: Point) -> bool:
        return point.what == "commit" and point.moment is Moment.AFTER

    found = _found(stage, "forget-answers", "base-near/service/self/cancel-early", created)
    assert "sessions: there are 2" in found
