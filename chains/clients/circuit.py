"""A provider's circuit breaker: after several failures in a row it is left alone for a while, then tried once."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta

import pybreaker


class _Failure(Exception):
    """What pybreaker is told of."""


class Circuit:
    """pybreaker's states, told of each outcome after the fact.

    `CircuitBreaker.call` holds its lock while the call runs, which would make all threads of a process ask a provider one
    after the other, so the question is asked outside of it. Safe to share between threads.
    """

    def __init__(self, failures: int, seconds: float, name: str = "") -> None:
        """`failures` in a row open it; after `seconds` one question is let through."""
        self._seconds = seconds
        self._storage = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures, reset_timeout=seconds, state_storage=self._storage, name=name
        )
        self._lock = threading.Lock()
        self._probing = False

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        return str(self._breaker.current_state)

    @property
    def is_willing(self) -> bool:
        """Whether `admit` would let a question through now."""
        return self.state == pybreaker.STATE_CLOSED or (not self._probing and self._is_over())

    def admit(self) -> bool:
        """Whether a question may go out; whoever is let through tells `succeeded` or `failed` afterwards."""
        with self._lock:
            if self.state == pybreaker.STATE_CLOSED:
                return True
            if self._probing or not self._is_over():
                return False
            self._breaker.half_open()
            self._probing = True
            return True

    def succeeded(self) -> None:
        """The provider answered."""
        with self._lock:
            self._probing = False
            if self.state != pybreaker.STATE_OPEN:
                self._breaker.call(lambda: None)

    def failed(self) -> None:
        """The provider did not answer, or nonsense."""
        with self._lock:
            self._probing = False
            if self.state != pybreaker.STATE_OPEN:
                with contextlib.suppress(_Failure, pybreaker.CircuitBreakerError):
                    self._breaker.call(_fail)

    def _is_over(self) -> bool:
        opened_at = self._storage.opened_at
        return opened_at is None or datetime.now(tz=UTC) >= opened_at + timedelta(seconds=self._seconds)


def _fail() -> None:
    raise _Failure
