"""A soak from beginning to end: makers at work, processes killed, progress told, everything compared."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from devnet.client import Document, RestClient
from devnet.network import Figures, maker_evm, maker_near
from devnet.proofs.soak import checks, plan
from devnet.proofs.soak.maker import ENDED, Desk, Maker, Record
from devnet.proofs.soak.world import SoakWorld
from devnet.service import API_KEY
from devnet.supervisor import ProcessDied

SAY_SECONDS = 5.0
CALM_SECONDS = 60.0  # given to the service, all up again, to let its last transactions be final
STORY_LINES = 60
# Quick chains, and room for a service that is killed every few seconds: what is away for longer than the ladder was told
# (watcher lag, inclusion) may lose. A lock that nobody touches goes back after three minutes.
FIGURES = Figures(destination=110, slack=50, finality=6, inclusion=8, watcher_lag=8, public_stage=50)


@dataclass(frozen=True)
class Options:
    """How much, how wild. `only` names kinds of victims; `minutes` ends the making of new swaps; `hurry` moves the clocks
    once nothing but expiries is waited for."""

    swaps: int
    seed: int
    kill_every: float
    only: tuple[str, ...] = ()
    minutes: float | None = None
    active: int = 20
    max_kills: int | None = None
    hurry: bool = False
    figures: Figures = FIGURES


@dataclass
class Soak:
    """One run. `say` prints a line."""

    options: Options
    directory: Path
    say: Callable[[str], object]
    records: dict[int, list[Record]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def run(self) -> bool:
        """Whether everything held; if not, `faults` were told with the stories of the sessions."""
        self.began = time.monotonic()
        self.todo: queue.SimpleQueue[plan.SwapPlan] = queue.SimpleQueue()
        for swap in plan.swaps(self.options.seed, self.options.swaps):
            self.todo.put(swap)
        self.stop = threading.Event()
        makers = min(self.options.active, self.options.swaps)
        with SoakWorld(self.directory, self.options.figures, makers) as world:
            self._tell(f"all is up; seed {self.options.seed}, {self.options.swaps} swaps, {makers} at once")
            before = checks.balances(world.network)
            world.manage("reconcile", "--open")
            self._work(world, makers)
            self._check(world, before)
        return not self.faults

    @property
    def all_records(self) -> list[Record]:
        return [record for records in self.records.values() for record in records]

    # working

    def _work(self, world: SoakWorld, makers: int) -> None:
        killing = threading.Event()
        killer = threading.Thread(target=self._kill, args=(world, killing), name="killer", daemon=True)
        threads = [
            threading.Thread(target=self._make, args=(world, number), name=f"maker-{number}", daemon=True)
            for number in range(makers)
        ]
        for thread in (*threads, killer):
            thread.start()
        try:
            self._watch(world, threads)
        finally:
            killing.set()
            self.stop.set()
            for thread in (*threads, killer):
                thread.join(60)

    def _make(self, world: SoakWorld, number: int) -> None:
        desk = Desk(
            world.network,
            world.service.base_url,
            API_KEY,
            maker_evm(number),
            maker_near(number),
            self.options.seed,
            self.stop,
        )
        records = self.records.setdefault(number, [])
        while not self.stop.is_set() and not self._is_late:
            try:
                swap = self.todo.get_nowait()
            except queue.Empty:
                return
            record = Record(swap)
            records.append(record)
            try:
                Maker(desk, record).run()
            except Exception as error:  # a bug of the soak's: it is told with the story, and the others go on
                record.problem = f"{type(error).__name__}: {error}"

    @property
    def _is_late(self) -> bool:
        return self.options.minutes is not None and time.monotonic() - self.began > 60 * self.options.minutes

    def _kill(self, world: SoakWorld, over: threading.Event) -> None:
        kills = plan.Kills(self.options.seed, self.options.kill_every, self.options.only)
        made = 0
        while self.options.max_kills is None or made < self.options.max_kills:
            kill = kills.next()
            if over.wait(kill.pause):
                return
            try:
                world.kill(kill, kills)
            except Exception as error:  # it was just dying or being born: the next one is chosen
                self._tell(f"{kill.victim} could not be killed: {error}")
            made += 1

    def _watch(self, world: SoakWorld, threads: list[threading.Thread]) -> None:
        said = time.monotonic()
        hurried = 0
        while any(thread.is_alive() for thread in threads):
            trouble = world.trouble()
            if trouble:
                self.faults.append(trouble)
                return
            if time.monotonic() - said > SAY_SECONDS:
                said = time.monotonic()
                self._progress(world)
            if self.options.hurry and hurried < 3 and self._only_expiries_left():
                hurried += 1
                world.network.advance(self.options.figures.destination + self.options.figures.slack + 60)
                time.sleep(5)
            time.sleep(0.2)
        self._progress(world)

    def _only_expiries_left(self) -> bool:
        active = [record for record in self.all_records if record.ended is None]
        waiting = {"cancelling", "timeout", "refunding"}
        return (
            self.todo.empty()
            and bool(active)
            and all(
                record.status in waiting or (record.plan.fate is plan.Fate.SILENT and record.status == "both_locked")
                for record in active
            )
        )

    # telling

    def _tell(self, text: str) -> None:
        self.say(f"{time.monotonic() - self.began:7.1f} s  {text}")

    def _progress(self, world: SoakWorld) -> None:
        records = self.all_records
        ended = Counter(record.status for record in records if record.ended is not None)
        active = [record for record in records if record.ended is None]
        oldest = max(active, key=lambda record: time.monotonic() - record.began, default=None)
        told = f"{len(records)} started; " + ", ".join(f"{count} {status}" for status, count in sorted(ended.items()))
        told += f"; {len(active)} active; kills: " + ", ".join(f"{name} {n}" for name, n in sorted(world.kills.items()))
        if oldest is not None:
            age = time.monotonic() - oldest.began
            told += f"; oldest {age:.0f} s: {oldest.plan} {oldest.status}"
        self._tell(told)

    # comparing

    def _check(self, world: SoakWorld, before: checks.Balances) -> None:
        if not self.faults:
            self._let_settle(world)
        records = self.all_records
        stories: dict[int, Record] = {}
        for record, fault in [*checks.session_faults(records), *checks.effect_faults(world.network, records)]:
            self.faults.append(f"{record.plan} {record.session_id}: {fault}")
            stories[record.plan.number] = record
        self.faults += checks.balance_faults(world.network, before, self.records)
        self._reconcile(world)
        self._summary(world)
        for record in stories.values():
            self._story(world, record)

    def _let_settle(self, world: SoakWorld) -> None:
        """The last claims and refunds are final before their sessions end; NEAR's refunds of gas take a block more."""
        client = RestClient(world.service.base_url, API_KEY)
        end = time.monotonic() + CALM_SECONDS
        while time.monotonic() < end:
            try:
                world.service.wait_ready(CALM_SECONDS)
                for record in self.all_records:
                    if record.session_id and record.status in ENDED:
                        record.document = client.get(f"/sessions/{record.session_id}")
                        record.status = record.document["status"]
                return
            except Exception as error:
                self._tell(f"not calm yet: {error}")
                time.sleep(1)

    def _reconcile(self, world: SoakWorld) -> None:
        try:
            said = world.manage("reconcile")
            self._tell(f"reconcile: {said.strip().splitlines()[-1]}")
        except ProcessDied as died:
            self.faults.append(f"reconcile found differences: {died}")

    def _summary(self, world: SoakWorld) -> None:
        records = self.all_records
        for fate in plan.Fate:
            mine = [record for record in records if record.plan.fate is fate]
            counts = Counter(record.status for record in mine)
            self.say(
                f"  {fate:<14} {len(mine):>4}  " + ", ".join(f"{status} {n}" for status, n in sorted(counts.items()))
            )
        others = Counter(
            f"{record.plan.fate} {record.status}: {record.plan.legal.get(record.status)}; {record.document.get('reason')}"
            for record in records
            if not record.problem and not record.is_as_planned
        )
        for reason, count in others.items():
            self.say(f"  otherwise than planned, and legal: {count} × {reason}")
        self.say(f"  kills {dict(world.kills)}, restarts {dict(world.restarts.counts)}")

    def _story(self, world: SoakWorld, record: Record) -> None:
        self.say(f"\n  {record.plan} {record.session_id} {record.status}: {record.problem}")
        for line in record.story[-STORY_LINES:]:
            self.say(f"    {line}")
        for event in self._events(world, record):
            data = event["data"]
            self.say(
                f"    service: {data['at']} {event['seq']} {event['status']} {data['cause']} {data.get('transaction', '')}"
            )

    @staticmethod
    def _events(world: SoakWorld, record: Record) -> list[Document]:
        if not record.session_id:
            return []
        try:
            client = RestClient(world.service.base_url, API_KEY)
            found: list[Document] = client.get(f"/sessions/{record.session_id}/events")["events"]
            return found
        except Exception as error:
            return [{"seq": "?", "status": "?", "data": {"at": "?", "cause": f"cannot be had: {error}"}}]
