"""JSON-RPC 2.0 to one or several providers of a chain: the one path of every call, ruled by the table in `strategies`."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import stamina

from chains.clients.endpoint import Endpoint, Rejection
from chains.clients.provider import NO_RULES, Check, Provider, Rules
from chains.clients.strategies import LONGEST_WAIT_SECONDS, STRATEGIES, Strategy, strategy_for
from chains.errors import ChainError, ProviderResting, RpcRejected, WrongNetwork

T = TypeVar("T")
MOST_ROUNDS = max(strategy.attempts for strategy in STRATEGIES.values())


class Rpc:
    """Calls by method name, to the first provider that answers; those that failed lately or lag are asked last."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        if not providers:
            raise ValueError("a client needs at least one URL")
        self.providers = tuple(providers)

    def call(self, method: str, params: Any, read: Callable[[Any], T], *, once: bool = False) -> T:
        """`read(result)` of the first usable answer.

        `read` may raise `NodeMisbehaving`, or whatever follows from a shape it did not expect. `once` is for what must
        not be repeated blindly, a transaction: it goes to the next provider only if it surely did not leave, and is
        never retried; but whoever did not take it is asked last when it is handed over again. Raises `TransportError`,
        `NodeMisbehaving`, `WrongNetwork` or the `RpcRejected`.
        """
        if once:
            return self._round(method, params, read, once=True)
        patience = _Patience(self.providers)
        for attempt in stamina.retry_context(on=patience.wait, attempts=MOST_ROUNDS, timeout=None):
            with attempt:
                return self._round(method, params, read)
        raise AssertionError("the last attempt returns or raises")

    def _round(self, method: str, params: Any, read: Callable[[Any], T], *, once: bool = False) -> T:
        """Ask each provider in turn until one answers. Raises the failure that tells the most."""
        failures: list[ChainError] = []
        for provider in sorted(self.providers, key=lambda each: each.rank_to_send if once else each.rank):
            try:
                answer = provider.ask(method, params, read)
                if once:
                    provider.handed_over(None)
                return answer
            except ChainError as problem:
                if once:
                    provider.handed_over(problem)
                strategy = strategy_for(problem)
                if not strategy.fallback or (once and not strategy.unsent):
                    raise
                failures.append(problem)
        raise max(failures, key=_weight)

    def close(self) -> None:
        """Close every connection."""
        for provider in self.providers:
            provider.close()


class _Patience:
    """How long one call waits before each further round, by the failures it has met."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = providers
        self._round = 0

    def wait(self, error: Exception) -> bool | float:
        """False: give up; else the seconds to wait."""
        if not isinstance(error, ChainError):
            return False
        self._round += 1
        strategy = strategy_for(error)
        if self._round >= strategy.attempts:
            return False
        return self._seconds(strategy)

    def _seconds(self, strategy: Strategy) -> bool | float:
        """The strategy's backoff, or longer where every provider told us to wait; False if that is too long."""
        seconds = max(strategy.wait(self._round), min(provider.rests_for for provider in self._providers))
        return seconds if seconds <= LONGEST_WAIT_SECONDS else False


def _weight(error: ChainError) -> int:
    """One that did not answer leaves more open than one that answered "unknown", and that more than one not asked."""
    if isinstance(error, WrongNetwork):
        return 0
    if isinstance(error, ProviderResting):
        return 1
    return 2 if isinstance(error, RpcRejected) else 3


def as_urls(url: str | Sequence[str]) -> tuple[str, ...]:
    """One URL or several, as a tuple."""
    return (url,) if isinstance(url, str) else tuple(url)


def providers_of(
    endpoints: Sequence[Endpoint], rejection: Rejection, checks: Sequence[Check] = (), rules: Rules = NO_RULES
) -> list[Provider]:
    """A provider for each endpoint, labelled by host; where several share one: "https://a", "https://a#2"."""
    counted: Counter[str] = Counter()
    found = []
    for endpoint in endpoints:
        counted[endpoint.name] += 1
        nth = counted[endpoint.name]
        label = endpoint.name if nth == 1 else f"{endpoint.name}#{nth}"
        found.append(Provider(endpoint, rejection, checks, rules, label))
    return found
