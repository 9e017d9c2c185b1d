"""The matrix: every scenario is played once to list its points, and then once for each point that is to be died at."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devnet.proofs.crashmatrix.checks import Before, problems
from devnet.proofs.crashmatrix.hooks import SENDS
from devnet.proofs.crashmatrix.nursery import Broken, Nursery
from devnet.proofs.crashmatrix.play import Play
from devnet.proofs.crashmatrix.points import Point
from devnet.proofs.crashmatrix.scenarios import COMMON, Scenario
from devnet.proofs.world import World

Choice = Callable[[Sequence[Point], random.Random], list[Point]]
WRITING = SENDS | {"commit"}
MAX_PLAYS = 3  # to come by a point again; a play that does not proves nothing
PLAYS_A_WORLD = 400  # after so many plays the chains are begun anew: they only grow


@dataclass(frozen=True)
class Listing:
    """One scenario's points, from a run without a kill, and what was wrong with that run."""

    scenario: Scenario
    points: tuple[Point, ...]
    problems: tuple[str, ...]
    story: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What came of one death. `problems` is empty when nothing was lost."""

    scenario: Scenario
    point: Point
    problems: tuple[str, ...]
    story: tuple[str, ...]
    seconds: float
    with_rival: bool = False


@dataclass
class Stage:
    """A world with victims for it, renewed now and then. One thread uses it."""

    server_url: str
    redis_url: str
    directory: Path
    name: str
    _stack: ExitStack = field(default_factory=ExitStack)
    _plays: int = 0

    def close(self) -> None:
        """End everything."""
        self._stack.close()

    def list_points(self, scenario: Scenario, *, record: str = "digest", plant: str = "") -> Listing:
        """Play once without a kill."""
        play, found = self._play(scenario, record=record, plant=plant)
        points = tuple(Point.from_json(document) for document in play.points)
        return Listing(scenario, points, tuple(found), tuple(play.story))

    def kill(self, scenario: Scenario, point: Point, *, with_rival: bool = False, plant: str = "") -> Verdict:
        """Play once with a death. With a rival the course is never the same twice, and the point only a moment in it."""
        started = time.monotonic()
        kill_at = point.number if with_rival else point.place
        for _ in range(MAX_PLAYS):
            play, found = self._play(scenario, kill_at=kill_at, with_rival=with_rival, plant=plant)
            if found or with_rival or play.died_at is not None:
                break
        else:
            found = [f"the point was not reached in {MAX_PLAYS} plays: the last passed {play.passed} others"]
        seconds = time.monotonic() - started
        return Verdict(scenario, point, tuple(found), tuple(play.story), seconds, with_rival)

    def _play(self, scenario: Scenario, **how: Any) -> tuple[Play, list[str]]:
        self._renew()
        self.world.fresh_database()
        before = Before.of(self.world)
        play = Play(self.world, self.nursery, scenario, **how)
        try:
            play.run()
            found = problems(play, before)
        except Broken as problem:
            found = [str(problem), *_safely(play, before)]
        if found:
            self._plays = PLAYS_A_WORLD  # whatever is left of it must not trouble the next play
        return play, found

    def _renew(self) -> None:
        if self._plays % PLAYS_A_WORLD == 0:
            self._plays = 0
            self._stack.close()
            self.world = self._stack.enter_context(
                World(self.server_url, self.redis_url, self.directory / self.name, name=self.name)
            )
            log = self.directory / f"{self.name}.log"
            self.nursery = self._stack.enter_context(Nursery(self.world.environment(), log))
        self._plays += 1


def _safely(play: Play, before: Before) -> list[str]:
    try:
        return problems(play, before)
    except Exception as error:
        return [f"the world could not be asked afterwards: {error!r}"]


# Choosing the points


def all_points(points: Sequence[Point], rng: random.Random) -> list[Point]:
    """Every one."""
    return list(points)


def only(points: Sequence[Point], rng: random.Random, *, number: int) -> list[Point]:
    """The one with this number."""
    return [point for point in points if point.number == number]


def every_state(points: Sequence[Point], rng: random.Random) -> list[Point]:
    """Points such that everything a death can leave behind is left once, and every cell of the table is died in.

    Among points that leave the same behind, one is taken whose cell is not covered yet.
    """
    by_left: dict[str, list[Point]] = {}
    for point in points:
        by_left.setdefault(point.left, []).append(point)
    covered: set[tuple[str, str, str]] = set()
    chosen = []
    for same in by_left.values():
        fresh = [point for point in same if point.cell not in covered]
        chosen.append(rng.choice(fresh or same))
        covered.add(chosen[-1].cell)
    for point in points:
        if point.cell not in covered:
            covered.add(point.cell)
            chosen.append(point)
    return sorted(chosen, key=lambda point: point.number)


def sample(points: Sequence[Point], rng: random.Random, *, size: int) -> list[Point]:
    """So many points, of as many cells, those first that change something: commits, and what is sent."""
    cells: dict[tuple[str, str, str], list[Point]] = {}
    for point in points:
        cells.setdefault(point.cell, []).append(point)
    order = sorted(cells, key=lambda cell: (cell[0] not in WRITING, rng.random()))
    return sorted((rng.choice(cells[cell]) for cell in order[:size]), key=lambda point: point.number)


# Many at once


@dataclass
class Matrix:
    """Plays scenarios on several stages at once, and tells of every failure as it is judged.

    The acts that scenarios share are died in once, unless `everywhere`; all deaths are beside a rival if `rival`, but for
    scenarios that are played alone.
    """

    server_url: str
    redis_url: str
    directory: Path
    stages: int = 2
    seed: int = 0
    plant: str = ""
    everywhere: bool = False
    rival: bool = False
    tell: Callable[[str], None] = lambda line: None

    def run(
        self, scenarios: Sequence[Scenario], choose: Choice, *, record: str = "digest", races: int = 0
    ) -> Iterator[tuple[Listing, list[Verdict]]]:
        """Each scenario's points and the verdicts on those chosen, in the scenarios' order; `races` more of them all die
        beside a rival."""
        self._local = threading.local()
        self._made: list[Stage] = []
        with ThreadPoolExecutor(self.stages, thread_name_prefix="stage") as pool:
            try:
                futures = [pool.submit(self._list, scenario, record) for scenario in scenarios]
                for number, future in enumerate(futures):
                    share = races // len(scenarios) + (number < races % len(scenarios))
                    yield future.result(), self._deaths(pool, future.result(), choose, share)
            finally:
                pool.shutdown(cancel_futures=True)
                for stage in self._made:
                    stage.close()

    def _deaths(self, pool: ThreadPoolExecutor, listing: Listing, choose: Choice, races: int) -> list[Verdict]:
        if listing.problems:
            return []
        scenario, points = listing.scenario, listing.points
        if not self.everywhere and not scenario.plays_common_acts:
            points = tuple(point for point in points if point.act not in COMMON)
        rng, alone = random.Random(f"{self.seed}:{scenario.name}"), scenario.ending.alone
        beside = self.rival and not alone
        futures = [pool.submit(self._kill, scenario, point, beside) for point in choose(points, rng)]
        futures += [pool.submit(self._kill, scenario, rng.choice(points), True) for _ in range(0 if alone else races)]
        verdicts = []
        for future in as_completed(futures):
            verdicts.append(future.result())
            if verdicts[-1].problems:
                self.tell(f"{scenario.name} point {verdicts[-1].point.number}: {verdicts[-1].problems[0][:200]}")
        return sorted(verdicts, key=lambda verdict: (verdict.with_rival, verdict.point.number))

    def _list(self, scenario: Scenario, record: str) -> Listing:
        return self._stage().list_points(scenario, record=record, plant=self.plant)

    def _kill(self, scenario: Scenario, point: Point, with_rival: bool) -> Verdict:
        return self._stage().kill(scenario, point, with_rival=with_rival, plant=self.plant)

    def _stage(self) -> Stage:
        """This thread's own."""
        stage: Stage | None = getattr(self._local, "stage", None)
        if stage is None:
            name = f"crash_{len(self._made)}"
            stage = self._local.stage = Stage(self.server_url, self.redis_url, self.directory, name)
            self._made.append(stage)
        return stage
