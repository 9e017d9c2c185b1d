"""One play of a scenario: the world's hands and the client's requests around victims that may die at a point."""

import hashlib
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chains.codec import calldata
from devnet.client import sign_typed_data
from devnet.network import ALICE, USDC_ON_BASE, USDT
from devnet.proofs.crashmatrix.nursery import Broken, Died, Life, Nursery
from devnet.proofs.crashmatrix.points import Place
from devnet.proofs.crashmatrix.scenarios import Scenario
from devnet.proofs.world import API_KEY, World

STALLED_SECONDS = (
    30  # as balancer/tasks.py has it: without a sign of life, after which a worker's jobs are given to others
)
MAX_ROUNDS = 20
QUIET_ROUNDS = 2  # without a change, after which time is let pass
PATIENCE = 12  # seconds of chain time that pass then
SOURCE_AMOUNT, DESTINATION_AMOUNT = 10_000_000, 9_990_000
TOKENS = {"base": USDC_ON_BASE, "near": USDT}
TERMINAL = ("completed", "cancelled", "refunded", "failed")
Document = dict[str, Any]
State = Document


class Stuck(Broken):
    """The session did not get where it should, however long the chains went on."""


@dataclass
class Play:
    """Plays a scenario once. `kill_at` is the place, or the number, of the point at which the first victim dies.

    `record` has the points described: "status", or "digest" for what a death leaves behind as well. `with_rival`: a second
    process of the service works beside the victim from the beginning, and goes on alone. `act` names the part of the
    scenario that is played; the acts in `COMMON` are the same in every scenario of a route.
    """

    world: World
    nursery: Nursery
    scenario: Scenario
    kill_at: Place | int | None = None
    record: str = ""
    with_rival: bool = False
    act: str = "opening"
    plant: str = ""
    secret: bytes = field(default_factory=lambda: os.urandom(32))
    died_at: dict[str, str] | None = None
    story: list[str] = field(default_factory=list)
    points: list[Document] = field(default_factory=list)
    passed: int = 0
    state: State = field(default_factory=lambda: {"session": None, "status": "none", "sent": {}})

    def run(self) -> None:
        """From an empty database to the end. Raises `Broken`."""
        self.world.align()
        self._life = self._be_born(counts=True, kill_at=self.kill_at, record=self.record)
        self.rival = self._be_born() if self.with_rival else None
        try:
            self.scenario.ending.script(self)
            if self.died_at:
                self._outlive()
            else:
                told = self._tell("points")
                self.points, self.passed = told["points"], told["passed"]
        finally:
            for life in (self._life, self.rival):
                if life is not None:
                    life.end()

    # Victims

    def _be_born(self, **mode: Any) -> Life:
        life = self.nursery.life()
        life.tell({"do": "begin", "now": self.world.now, "plant": self.plant, "tell": False, **mode})
        return life

    def _tell(self, do: str, **more: Any) -> Document:
        """Give a command to the victim; when it dies of it, its successor gets the same command."""
        command = {"do": do, "now": self.world.now, "act": self.act, **more}
        rival = self.rival if do == "turn" else None
        if rival is not None:
            rival.order(command)
        try:
            answer = self._life.tell(command)
        except Died as death:
            self.died_at = death.point
            self.story.append(f"{do}: killed, {death.point['what']} {death.point['moment']}; another one goes on")
            if rival is not None:
                rival.answer(command)
            self._succeed()
            return self._tell(do, **more)
        if rival is not None:
            rival.answer(command)
        self._notice(do, answer)
        return answer

    def _succeed(self) -> None:
        """The dead one's place is taken by its rival, if it had one, or by a process that is started now."""
        self._life.end()
        self._life, self.rival = self.rival or self._be_born(), None

    def _notice(self, do: str, answer: Document) -> None:
        if "state" not in answer:
            return
        before, self.state = self.state, answer["state"]
        if self.state["faults"] and not self.with_rival:  # two at once may get in each other's way, and try again
            raise Broken(f"an exception left a job: {self.state['faults'][0]}")
        if (before["status"], before["sent"]) != (self.state["status"], self.state["sent"]):
            self.story.append(f"{do}: {self.state['status']} {self.state.get('reason', '')} {self.state['sent']}")

    # The client

    @property
    def _maker(self) -> str:
        return ALICE if self.scenario.source == "near" else self.world.maker.address

    @property
    def _taker(self) -> str:
        return ALICE if self.scenario.destination == "near" else self.world.maker.address

    def _post(self, path: str, body: Document, key: str = "") -> Document:
        answer = self._tell("post", path=path, body=body, key=key, api_key=API_KEY)
        if answer["status_code"] >= 300:
            raise Broken(f"POST {path} was answered with {answer['status_code']}: {answer['body']}")
        body_: Document = answer["body"]
        return body_

    def create(self) -> None:
        """POST the session; who dies meanwhile is asked again with the same idempotency key."""
        body = {
            "sourceChain": self.scenario.source,
            "destinationChain": self.scenario.destination,
            "sourceToken": TOKENS[self.scenario.source],
            "destinationToken": TOKENS[self.scenario.destination],
            "sourceAmount": str(SOURCE_AMOUNT),
            "destinationAmount": str(DESTINATION_AMOUNT),
            "maker": self._maker,
            "taker": self._taker,
        }
        if self.scenario.custody == "maker":
            body["hashlock"] = "0x" + hashlib.sha256(self.secret).hexdigest()
        self.document = self._post("/sessions", body, key="create")
        self.session = self.document["sessionId"]

    def execute(self) -> None:
        """POST execute, with a signed order if the scenario has one."""
        body: Document = {"sourceLock": "self"}
        if self.scenario.source_lock == "order":
            offer = self.document["next"]["limitOrder"]
            approve = offer["approve"]
            data = calldata.erc20_approve(approve["spender"], int(approve["amount"]))
            self.world.send({"to": approve["token"], "data": "0x" + data.hex(), "value": "0"})
            self.world.settle()
            signature = sign_typed_data(self.world.maker, offer["typedData"])
            body = {"limitOrder": {"order": offer["order"], "signature": signature, "extension": offer["extension"]}}
        self.executed = self._post(f"/sessions/{self.session}/execute", body, key="execute")

    def lock_source(self, *, seen: bool = True) -> None:
        """The maker's own lock. With an order the lock is ours, and comes by itself."""
        if self.scenario.source_lock == "order":
            return
        for call in self.executed["calls"]:
            self.world.send(call)
        if not seen:
            self.settle_unseen()

    def hand_over(self) -> None:
        """POST the secret."""
        self._post(f"/sessions/{self.session}/secret", {"secret": "0x" + self.secret.hex()})

    def call_off(self) -> None:
        """POST cancel."""
        self._post(f"/sessions/{self.session}/cancel", {}, key="cancel")

    def order_refund(self) -> None:
        """An operator's refund."""
        self._tell("refund", session=self.session)

    # Time

    def rounds(self, count: int) -> None:
        """So many times: the chains include what waits, then make it final, and are read each time."""
        self._tell("turn")
        for _ in range(count):
            for step in (self.world.include, self.world.settle):
                step()
                self._tell("turn")

    def until(self, wanted: Callable[[State], bool], what: str) -> None:
        """Rounds until the state is as wanted; when nothing happens, time passes more quickly. Raises `Stuck`."""
        self._tell("turn")
        quiet = 0
        for step in itertools.islice(itertools.cycle((self.world.include, self.world.settle)), 2 * MAX_ROUNDS):
            if wanted(self.state):
                return
            before = (self.state["status"], self.state["sent"])
            step()
            self._tell("turn")
            quiet = 0 if before != (self.state["status"], self.state["sent"]) else quiet + 1
            if quiet >= 2 * QUIET_ROUNDS:
                self.world.travel(PATIENCE)
        raise Stuck(f"{what}: not after {MAX_ROUNDS} rounds; the session is {self.state}")

    def until_status(self, status: str) -> None:
        """Rounds until the session has the status."""
        self.until(lambda state: state["status"] == status, f"the session is {status}")

    def until_end(self) -> None:
        """Rounds until the session is terminal."""
        self.until(lambda state: state["status"] in TERMINAL, "the session is at its end")

    def settle_unseen(self) -> None:
        """Blocks that no watcher reads yet."""
        self.world.include()
        self.world.settle()

    def travel(self, seconds: int) -> None:
        """Time passes on both chains, and nobody looks."""
        self.world.travel(seconds)

    def _outlive(self) -> None:
        """What the dead left in the queue is done by others half a minute later, and must do no harm."""
        self._tell("turn")
        self.world.travel(2 * STALLED_SECONDS)
        self._tell("turn")

    def watch(self) -> None:
        """The watchers read, and no worker is up."""
        self._tell("watch")
