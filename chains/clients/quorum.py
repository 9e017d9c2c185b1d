"""What money may rest on: the same answer from so many providers.

Every question must be pinned (a block's hash, or a height that is final), so that sound providers cannot differ.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, Protocol, Self, TypeVar

from chains.clients.provider import Provider
from chains.errors import (
    ChainError,
    NoQuorum,
    ProvidersDisagree,
    RpcRejected,
    Unexplained,
    UnknownBlock,
    UnknownTransaction,
)
from chains.events import BlockRef

GRACE_SECONDS = 0.2  # for the others to contradict, once enough agree
THREADS = 4  # questions to one provider at a time
_NO_CONTRADICTION = (UnknownBlock, UnknownTransaction, Unexplained)  # what a node says that lags, or is in trouble


class Witness(Protocol):
    """A client of one or several providers."""

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Whom it asks."""

    def each_provider(self) -> list[Self]:
        """A client for each provider alone."""

    def head(self) -> BlockRef:
        """The newest block."""


C = TypeVar("C", bound=Witness)
T = TypeVar("T")


class Quorum(Generic[C]):
    """Asks every provider of a chain alone. `needed` of them must agree. Safe to share between threads."""

    def __init__(self, client: C, needed: int, chain: str = "") -> None:
        self.witnesses: list[C] = client.each_provider()
        self.needed, self.chain = needed, chain
        if not 1 <= needed <= len(self.witnesses):
            raise ValueError(f"{chain}: a quorum of {needed} cannot be had from {len(self.witnesses)} providers")
        self._pools: dict[C, ThreadPoolExecutor] = {}

    @property
    def is_alone(self) -> bool:
        """Whether there is but one provider: then its word counts, and nobody can contradict it."""
        return len(self.witnesses) == 1

    # Questions

    def ask(self, what: str, question: Callable[[C], T]) -> T:
        """The answer on which `needed` providers agree; answers are compared by `==`.

        `what` names the question to operators. Raises `ProvidersDisagree` when they contradict each other and none of
        their answers, or more than one, has so many behind it, `NoQuorum` when too few answer, and the `RpcRejected` that
        `needed` of them give. A single provider's own error is raised as it is. Whoever could still make up as large a
        camp against the answer is waited for, which concerns only a `needed` below a majority.
        """
        if self.is_alone:
            return question(self.witnesses[0])
        ballot = _Ballot[C, T](self.needed, len(self.witnesses))
        for witness, outcome in self._outcomes(question, ballot.is_decided):
            ballot.cast(witness, outcome)
        ballot.tell(what)
        return ballot.result(f"{self.chain}: {what}")

    def each(self, question: Callable[[C], T]) -> list[tuple[C, T]]:
        """Every provider's own answer, those left out that gave none, or are slow when a quorum has answered."""
        if self.is_alone:
            return [(self.witnesses[0], question(self.witnesses[0]))]
        answers: list[tuple[C, T]] = []
        for witness, outcome in self._outcomes(question, lambda: len(answers) >= self.needed):
            if not isinstance(outcome, ChainError):
                answers.append((witness, outcome))
        return answers

    def at_least(self, what: str, question: Callable[[C], int]) -> int:
        """The greatest number that `needed` providers reach: a height that so many know, however far ahead one claims
        to be. Raises `NoQuorum`."""
        told = sorted((got for _, got in self.each(question)), reverse=True)
        if len(told) < self.needed:
            raise NoQuorum(f"{self.chain}: {what}: {len(told)} of {self.needed} providers answered")
        return told[self.needed - 1]

    def compare_heads(self) -> None:
        """Note each provider's newest block, and how far it is behind one that a quorum knows."""
        heads = [(witness, head.height) for witness, head in self.each(lambda witness: witness.head())]
        known = sorted((height for _, height in heads), reverse=True)[: self.needed]
        for witness, height in heads:
            witness.providers[0].at_height(height, max(0, known[-1] - height))

    # inside

    def _outcomes(
        self, question: Callable[[C], T], is_decided: Callable[[], bool]
    ) -> Iterator[tuple[C, T | ChainError]]:
        """Each provider's answer or error as it comes; those that are slow are left behind once it is decided."""
        waiting: dict[Future[T], C] = {
            self._threads(witness).submit(question, witness): witness for witness in self.witnesses
        }
        while waiting:
            done, _ = wait(waiting, timeout=GRACE_SECONDS if is_decided() else None, return_when="FIRST_COMPLETED")
            if not done:
                break
            for future in done:
                outcome: T | ChainError = _outcome(future)
                yield waiting.pop(future), outcome
        for future in waiting:
            future.cancel()

    def _threads(self, witness: C) -> ThreadPoolExecutor:
        """Of its own for each provider: one that hangs keeps no other from being asked."""
        if witness not in self._pools:
            name = f"{self.chain}-{witness.providers[0].label}"
            self._pools[witness] = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        return self._pools[witness]

    def close(self) -> None:
        """End its threads."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        self._pools.clear()


class _Ballot(Generic[C, T]):
    """Counts equal answers of so many voters. A refusal is an answer of its own kind; a failure is none, and "not yet" is
    one that contradicts nobody, as is one that nobody can read."""

    def __init__(self, needed: int, voters: int) -> None:
        self.needed, self.awaited = needed, voters
        self.answers: list[tuple[T | RpcRejected, list[C]]] = []
        self.failures: list[tuple[C, ChainError]] = []

    def cast(self, witness: C, outcome: T | ChainError) -> None:
        self.awaited -= 1
        if isinstance(outcome, ChainError) and not isinstance(outcome, RpcRejected):
            self.failures.append((witness, outcome))
            return
        for known, voters in self.answers:
            if _alike(known, outcome):
                voters.append(witness)
                return
        self.answers.append((outcome, [witness]))

    def is_decided(self) -> bool:
        """Whether one answer has enough voters, and no other can have them any more, whatever the awaited say."""
        if not any(len(voters) >= self.needed for _, voters in self.answers):
            return False
        sizes = sorted((len(voters) for _, voters in self._spoken()), reverse=True)
        if self._camps():
            del sizes[0]
        return max(sizes, default=0) + self.awaited < self.needed

    def tell(self, what: str) -> None:
        """Let the providers know who contradicted whom. Of two camps that are both large enough, each is in doubt."""
        spoken, camps = self._spoken(), self._camps()
        believed = camps[0][1] if len(camps) == 1 else []
        for witness in believed:
            witness.providers[0].agreed()
        if len(spoken) > 1:
            for witness in (one for _, voters in spoken if voters is not believed for one in voters):
                witness.providers[0].disagreed(what)

    def result(self, what: str) -> T:
        camps, spoken = self._camps(), self._spoken()
        if len(camps) > 1:
            raise ProvidersDisagree(
                f"{what}: {len(camps)} different answers were given by {self.needed} providers or more"
            )
        answer, voters = max(camps or self.answers, key=lambda entry: len(entry[1]), default=(None, []))
        if len(voters) >= self.needed:
            if isinstance(answer, RpcRejected):
                raise answer
            return answer  # type: ignore[return-value]
        if len(spoken) > 1:
            raise ProvidersDisagree(
                f"{what}: providers gave {len(spoken)} different answers, none of them {self.needed} times"
            )
        raise NoQuorum(f"{what}: {len(voters)} of {self.needed} providers agree{self._reason()}")

    # inside

    def _spoken(self) -> list[tuple[T | RpcRejected, list[C]]]:
        """The answers that contradict each other."""
        return [entry for entry in self.answers if not isinstance(entry[0], _NO_CONTRADICTION)]

    def _camps(self) -> list[tuple[T | RpcRejected, list[C]]]:
        """Those of them that have enough voters."""
        return [entry for entry in self._spoken() if len(entry[1]) >= self.needed]

    def _reason(self) -> str:
        return f"; {self.failures[0][1]}" if self.failures else ""


def _alike(one: object, other: object) -> bool:
    if isinstance(one, ChainError) or isinstance(other, ChainError):
        return type(one) is type(other)
    return one == other


def _outcome(future: Future[T]) -> T | ChainError:
    """The answer or the chain's error; anything else is a fault of ours and is raised."""
    problem = future.exception()
    if problem is None:
        return future.result()
    if isinstance(problem, ChainError):
        return problem
    raise problem
