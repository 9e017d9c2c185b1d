"""One provider of a chain: whether it may be asked, how it has behaved, and that it serves the right network."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog

from chains.clients.circuit import Circuit
from chains.clients.endpoint import Endpoint, Rejection
from chains.clients.strategies import strategy_for
from chains.errors import (
    ChainError,
    CodecError,
    NodeMisbehaving,
    ProviderResting,
    RateLimited,
    RpcRejected,
    Unexplained,
    UnreadableAnswer,
    WrongNetwork,
)

T = TypeVar("T")
log = structlog.get_logger(__name__)
COOL_DOWN_SECONDS = 30.0  # a provider that failed is asked last for so long
LONGEST_REST_SECONDS = 60.0  # whatever Retry-After says
LAGGING_BLOCKS = 5  # a provider so far behind is asked after the others


@dataclass(frozen=True)
class Rules:
    """How a chain's providers are dealt with. Empty identities are not checked.

    `breaker_failures` in a row open a provider's circuit for `breaker_seconds`.
    """

    network_id: str = ""
    genesis_hash: str = ""
    breaker_failures: int = 5
    breaker_seconds: float = 10.0


NO_RULES = Rules()


@dataclass(frozen=True)
class Check:
    """What a provider must answer before it is believed in anything: `read(result) == expected`, of `what`."""

    what: str
    method: str
    params: Any
    read: Callable[[Any], Any]
    expected: str


@dataclass
class Tally:
    """What happened since the tally was last taken."""

    requests: int = 0
    errors: int = 0
    disagreements: int = 0


@dataclass(eq=False)
class Provider:
    """A node with its circuit breaker. Safe to share between threads.

    `label` shows scheme, host and port only: a path may hold a key. `height` is its newest head, `lag` how many blocks
    that was behind the others.
    """

    endpoint: Endpoint
    rejection: Rejection
    checks: Sequence[Check] = ()
    rules: Rules = NO_RULES
    label: str = ""
    refused: str = ""
    last_error: str = ""
    last_error_at: datetime | None = None
    last_ok_at: datetime | None = None
    disagreed_at: datetime | None = None
    height: int | None = None
    lag: int = 0
    _tally: Tally = field(default_factory=Tally)
    _failed_at: float | None = None
    _failed_to_send_at: float | None = None
    _rests_until: float = 0.0

    def __post_init__(self) -> None:
        self.label = self.label or self.endpoint.name
        self.circuit = Circuit(self.rules.breaker_failures, self.rules.breaker_seconds, self.label)
        self._lock = threading.Lock()
        self._identified = not self.checks

    # Asking

    def ask(self, method: str, params: Any, read: Callable[[Any], T]) -> T:
        """`read(result)` of its answer to one request.

        Raises `WrongNetwork` or `ProviderResting` without asking; `TransportError`, `NodeMisbehaving` or the
        `RpcRejected` otherwise. What `read` raises over an impossible shape becomes `NodeMisbehaving`.
        """
        self._admit(method)
        try:
            self._identify()
            answer = self._exchange(method, params, read)
        except ChainError as problem:
            self._note(problem)
            raise
        except BaseException:
            self.circuit.failed()
            raise
        self._well()
        return answer

    def _admit(self, method: str) -> None:
        if self.refused:
            raise WrongNetwork(self.refused)
        if self._rests_until > time.monotonic():
            raise ProviderResting(f"{self.label}: {method} was not asked: it told us to wait")
        if not self.circuit.admit():
            raise ProviderResting(f"{self.label}: {method} was not asked: it failed again and again; {self.last_error}")

    def _identify(self) -> None:
        """Once, and again after its circuit was open: another machine may answer by then."""
        if self._identified and self.circuit.state == "closed":
            return
        for check in self.checks:
            found = str(self._exchange(check.method, check.params, check.read))
            if found != check.expected:
                raise WrongNetwork(
                    f"{self.label} is refused: its {check.what} is {found}, and {check.expected} is configured; "
                    "correct the endpoint, or the chain's network id"
                )
        self._identified = True

    def _exchange(self, method: str, params: Any, read: Callable[[Any], T]) -> T:
        answer = self.endpoint.post(method, params)
        error = answer.get("error")
        if error is not None:
            if not isinstance(error, Mapping):
                raise UnreadableAnswer(f"{self.label}: {method} was answered with a malformed error")
            raise self.rejection(method, error)
        if "result" not in answer:
            raise UnreadableAnswer(f"{self.label}: {method} was answered with neither result nor error")
        try:
            return read(answer["result"])
        except NodeMisbehaving as problem:
            raise NodeMisbehaving(f"{self.label}: {method}: {problem}") from None
        except (CodecError, KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
            raise NodeMisbehaving(f"{self.label}: {method} has an impossible shape: {problem!r}"[:500]) from None

    # What became of it

    def _well(self) -> None:
        self.circuit.succeeded()
        with self._lock:
            self._tally.requests += 1
            self._failed_at = None
            self.last_ok_at = datetime.now(tz=UTC)

    def _note(self, problem: ChainError) -> None:
        """A refusal is an answer of a sound node, if it can be read; anything else is the provider's failure."""
        if _is_answer(problem):
            self._well()
            return
        strategy = strategy_for(problem)
        (self.circuit.failed if strategy.trips else self.circuit.succeeded)()
        with self._lock:
            self._tally.requests += 1
            self._tally.errors += 1
            self._failed_at = time.monotonic()
            self.last_error, self.last_error_at = str(problem)[:500], datetime.now(tz=UTC)
            if isinstance(problem, RateLimited) and problem.retry_after is not None:
                self._rests_until = time.monotonic() + min(problem.retry_after, LONGEST_REST_SECONDS)
            if isinstance(problem, WrongNetwork):
                self.refused = str(problem)
        if strategy.alert:
            log.error("rpc.provider_failed", provider=self.label, kind=type(problem).__name__, error=str(problem)[:300])

    def handed_over(self, problem: ChainError | None) -> None:
        """What became of a transaction that it was given to send. Reads that go well say nothing of that."""
        self._failed_to_send_at = None if problem is None or _is_answer(problem) else time.monotonic()

    def disagreed(self, what: str) -> None:
        """It contradicted other providers."""
        with self._lock:
            self._tally.disagreements += 1
            self.disagreed_at = datetime.now(tz=UTC)
        log.error("rpc.provider_disagrees", provider=self.label, about=what)

    def agreed(self) -> None:
        """It told the same as the others."""
        self.disagreed_at = None

    def at_height(self, height: int, lag: int) -> None:
        """Its newest head, and how far that is behind the others."""
        self.height, self.lag = height, lag

    # For those who look on

    @property
    def state(self) -> str:
        """`closed`, `open`, `half-open`, `resting` (told to wait) or `refused` (of another network)."""
        if self.refused:
            return "refused"
        return "resting" if self._rests_until > time.monotonic() else self.circuit.state

    @property
    def rests_for(self) -> float:
        """Seconds for which it told us to wait, from now."""
        return max(0.0, self._rests_until - time.monotonic())

    @property
    def rank(self) -> tuple[bool, bool, bool, bool]:
        """Lower is better: able to answer, in agreement with the others, without a failure lately, not behind."""
        unable = bool(self.refused) or self.rests_for > 0 or not self.circuit.is_willing
        return unable, self.disagreed_at is not None, _lately(self._failed_at), self.lag > LAGGING_BLOCKS

    @property
    def rank_to_send(self) -> tuple[bool, ...]:
        """The same for who is to hand a transaction on: one that lately did not is asked after those that did."""
        unable, *others = self.rank
        return unable, _lately(self._failed_to_send_at), *others

    def take_tally(self) -> Tally:
        """What was counted since the last call."""
        with self._lock:
            taken, self._tally = self._tally, Tally()
        return taken

    def close(self) -> None:
        """Close its connections."""
        self.endpoint.close()


def _is_answer(problem: ChainError) -> bool:
    return isinstance(problem, RpcRejected) and not isinstance(problem, Unexplained)


def _lately(moment: float | None) -> bool:
    return moment is not None and time.monotonic() - moment < COOL_DOWN_SECONDS
