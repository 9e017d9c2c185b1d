"""What is done about each kind of failure, as data (seed 002: retry, attempts, backoff, fallback, alert).

Only questions are retried and passed on. A call that hands something to the network goes out once: see `Rpc.call`.
"""

from dataclasses import dataclass

from chains import errors
from chains.errors import ChainError

BACKOFF_FACTOR = 2.0
LONGEST_WAIT_SECONDS = 2.0  # a caller never waits longer between two rounds


@dataclass(frozen=True, slots=True)
class Strategy:
    """What one kind of failure leads to.

    `attempts`: rounds over the providers in all, the first included; 1: no retry. `backoff_seconds`: before the second
    round, doubled before each further one. `fallback`: the next provider is asked in the same round. `alert`: an
    operator is told. `trips`: it counts against the provider's circuit breaker. `unsent`: the request surely did not
    leave, so that even a call that must not be repeated may go to the next provider.
    """

    attempts: int = 1
    backoff_seconds: float = 0.0
    fallback: bool = False
    alert: bool = False
    trips: bool = False
    unsent: bool = False

    @property
    def retry(self) -> bool:
        """Whether a further round is worth anything."""
        return self.attempts > 1

    def wait(self, round_: int) -> float:
        """Seconds to wait after round number `round_` (from 1)."""
        return float(min(self.backoff_seconds * BACKOFF_FACTOR ** (round_ - 1), LONGEST_WAIT_SECONDS))


STRATEGIES: dict[type[ChainError], Strategy] = {
    errors.Unreachable: Strategy(attempts=3, backoff_seconds=0.1, fallback=True, trips=True, unsent=True),
    errors.TimedOut: Strategy(fallback=True, trips=True),
    errors.RateLimited: Strategy(attempts=3, backoff_seconds=0.5, fallback=True),
    errors.ServerError: Strategy(attempts=3, backoff_seconds=0.2, fallback=True, trips=True),
    errors.UnreadableAnswer: Strategy(attempts=2, backoff_seconds=0.1, fallback=True, trips=True),
    errors.NodeTrouble: Strategy(attempts=3, backoff_seconds=0.2, fallback=True, trips=True),
    errors.ProviderResting: Strategy(fallback=True, unsent=True),
    errors.TransportError: Strategy(attempts=2, backoff_seconds=0.1, fallback=True, trips=True),
    errors.WrongNetwork: Strategy(fallback=True, alert=True, unsent=True),
    errors.NodeMisbehaving: Strategy(fallback=True, alert=True, trips=True),
    errors.UnknownBlock: Strategy(fallback=True),  # a node that lags; it is an answer once all say so
    errors.UnknownTransaction: Strategy(fallback=True),
    errors.Unexplained: Strategy(fallback=True),
    errors.InsufficientFunds: Strategy(alert=True),
    errors.RpcRejected: Strategy(),  # an answer
    errors.NoQuorum: Strategy(),
    errors.ProvidersDisagree: Strategy(alert=True),
    errors.ChainError: Strategy(),
}


def strategy_for(error: ChainError) -> Strategy:
    """The strategy of the error's own class, or of the nearest class it derives from."""
    return next(STRATEGIES[kind] for kind in type(error).__mro__ if kind in STRATEGIES)
