"""One place to play on: a world whose nodes are asked through fault proxies, and the plays of its swaps."""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from devnet.faultproxy import FaultProxy
from devnet.faults import Rule
from devnet.network import Figures
from devnet.proofs.crashmatrix.checks import Before, problems
from devnet.proofs.crashmatrix.nursery import Broken, Life, Nursery
from devnet.proofs.crashmatrix.play import Play
from devnet.proofs.crashmatrix.scenarios import ENDINGS, Ending, Scenario
from devnet.proofs.faultmatrix.cells import CALLS, Cell, Setting
from devnet.proofs.world import FIGURES, World

TIMEOUT_SECONDS = 0.25  # that the product waits for an answer
HANG_SECONDS = 0.4  # that a proxy lets it wait
STALE_BLOCKS = 3
BIRTHS = 8  # attempts at starting up against nodes that fail; watch_chain tries for ever
ASKS = 12
NOT_NOW = ("chain_unreachable", "route_unavailable")
SETTLED = {"succeeded", "replaced"}
PLAYS_A_WORLD = 150  # after so many the chains are begun anew: they only grow
QUICK = f"rpc_timeout_seconds = {TIMEOUT_SECONDS}\nbreaker_failures = 5\nbreaker_seconds = 0.2\n"
REFUNDED = {ending.locks: ending for ending in ENDINGS if ending.terminal == "refunded"}


@dataclass(frozen=True)
class Verdict:
    """What came of one cell. `hits`: how often the fault struck; `end`: the session's last status."""

    cell: Cell
    problems: tuple[str, ...]
    story: tuple[str, ...]
    end: str
    hits: int
    seconds: float


@dataclass
class FaultyPlay(Play):
    """A play in which one method fails at the beginning of every status."""

    cell: Cell | None = None
    proxy: FaultProxy | None = None
    rules: list[Rule] = field(default_factory=list)

    def run(self) -> None:
        """As a play; the fault is there from the start-up on."""
        self._arm()
        super().run()

    def until_end(self) -> None:
        """The fault strikes in the last status too: what we sent is looked up until it is known to be final."""
        super().until_end()
        self.until(lambda state: set(state["sent"].values()) <= SETTLED, "all that was sent is final")

    @property
    def hits(self) -> int:
        """How often the fault struck."""
        return sum(rule.hits for rule in self.rules)

    def _arm(self) -> None:
        assert self.cell is not None and self.proxy is not None
        if self.cell.setting.always and self.rules:
            return
        self.proxy.clear()
        times = None if self.cell.setting.always else CALLS
        options: dict[str, Any] = {"seconds": HANG_SECONDS, "blocks": STALE_BLOCKS, "retry_after": 0}
        self.rules.append(self.proxy.add(self.cell.method, self.cell.fault, times=times, **options))

    def _be_born(self, **mode: Any) -> Life:
        for _ in range(BIRTHS - 1):
            try:
                return super()._be_born(**mode)
            except Broken as problem:
                self.story.append(f"did not start: {problem}"[-200:])
                time.sleep(HANG_SECONDS)
        return super()._be_born(**mode)

    def _post(self, path: str, body: dict[str, Any], key: str = "") -> dict[str, Any]:
        """A client asks again, with the same idempotency key, while the service says that a chain cannot be asked."""
        for _ in range(ASKS):
            try:
                return super()._post(path, body, key)
            except Broken as problem:
                if not any(code in str(problem) for code in NOT_NOW):
                    raise
                self.story.append(f"asked again: {problem}"[:200])
            time.sleep(HANG_SECONDS)
            self._tell("watch")
        raise Broken(f"POST {path} was refused {ASKS} times")

    def _notice(self, do: str, answer: dict[str, Any]) -> None:
        before = self.state["status"]
        super()._notice(do, answer)
        if self.state["status"] != before:
            self._arm()


@dataclass
class Stage:
    """A world, its proxies, and the service's process for each number of providers. One thread uses it."""

    server_url: str
    redis_url: str
    directory: Path
    name: str
    figures: Figures = FIGURES
    _stack: ExitStack = field(default_factory=ExitStack)
    _nurseries: dict[int, Nursery] = field(default_factory=dict)
    _plays: int = 0

    def close(self) -> None:
        """End everything."""
        self._stack.close()
        self._nurseries.clear()

    def play(self, cell: Cell) -> Verdict:
        """One swap with one fault."""
        self._renew()
        nursery = self._nursery(cell.setting)
        self.world.fresh_database()
        for proxies in self.proxies.values():
            for proxy in proxies:
                proxy.clear()
                proxy.forget()
        before, started = Before.of(self.world), time.monotonic()
        play = FaultyPlay(self.world, nursery, cell.scenario, cell=cell, proxy=self.proxies[cell.chain][0])
        try:
            play.run()
            found = self._problems(play, before)
        except Broken as problem:
            found = [str(problem)]
        if found:
            self._plays = PLAYS_A_WORLD  # whatever is left of it must not trouble the next play
        seconds = time.monotonic() - started
        return Verdict(cell, tuple(found), tuple(play.story), str(play.state["status"]), play.hits, seconds)

    def _problems(self, play: FaultyPlay, before: Before) -> list[str]:
        """What is wrong with the end; a swap may have been refunded earlier than was planned, whole, and a transaction
        that does not come through may have had rivals."""
        if play.state["status"] == "refunded":
            play.scenario = replace(play.scenario, ending=self._refund_of(play.scenario))
        return problems(play, before, rivals=True)

    def _refund_of(self, scenario: Scenario) -> Ending:
        with psycopg.connect(self.world.database_url) as database:
            rows = database.execute("SELECT side FROM swaps_leg WHERE lock_id <> '' ORDER BY side DESC").fetchall()
        return REFUNDED.get(tuple(row[0] for row in rows), scenario.ending)

    def _renew(self) -> None:
        if self._plays % PLAYS_A_WORLD == 0:
            self._plays = 0
            self.close()
            self.world = self._stack.enter_context(
                World(self.server_url, self.redis_url, self.directory / self.name, name=self.name, figures=self.figures)
            )
            nodes = {"base": self.world.anvil.url, "near": self.world.near.url}
            self.proxies = {
                chain: [self._stack.enter_context(FaultProxy(url)) for _ in range(3)] for chain, url in nodes.items()
            }
        self._plays += 1

    def _nursery(self, setting: Setting) -> Nursery:
        """The service with so many providers to ask for each chain."""
        count = setting.providers
        if count not in self._nurseries:
            environment = self.world.environment()
            chains = Path(environment["CHAINS_FILE"])
            quick = chains.with_name(f"chains_{count}.toml")
            quick.write_text(chains.read_text().replace("poll_ms =", f"{QUICK}poll_ms ="))
            environment["CHAINS_FILE"] = str(quick)
            for chain, proxies in self.proxies.items():
                environment[f"{chain.upper()}_RPC_URL"] = ",".join(proxy.url for proxy in proxies[:count])
            log = self.directory / f"{self.name}_{count}.log"
            self._nurseries[count] = self._stack.enter_context(Nursery(environment, log))
        return self._nurseries[count]
