"""Everything that this package raises.

OneBalancerError
    ApiError                 the service refused: a problem document (RFC 9457) with a stable `code`
        InvalidRequest       400, 422: `errors` names every faulty field
        Unauthorized         401
        Forbidden            403
        NotFound             404
        Conflict             409
        RateLimited          429
        ServiceFault         5xx
    ConnectionFailed         the service could not be reached, or did not answer in time
    ChainUnreachable         your own node could not be asked
        NodeRefused          it understood, and said no
    ConfigurationError       something that you gave is missing or wrong
    VerificationFailed       what we see is not what you asked for: nothing was signed, no secret was sent
    SwapEnded                the swap ended otherwise than awaited
    TimedOut                 what was awaited did not come in time
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onebalancer.models import FieldError, Receipt, SessionAnswer


class OneBalancerError(Exception):
    """The root of all."""


class ApiError(OneBalancerError):
    """The service refused. `code` is stable: switch on it. `incident` names the service's own log line, where the fault is
    its own."""

    def __init__(self, problem: Mapping[str, Any], status: int, retry_after: float | None = None) -> None:
        self.status = status
        self.code = str(problem.get("code", "http_error"))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[FieldError] = list(problem.get("errors") or [])
        self.incident: str | None = problem.get("incident")
        self.retry_after = retry_after
        named = "".join(f"; {fault['field'] or 'the body'} {fault['message']}" for fault in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail or 'the answer says no more'}{named}")


class InvalidRequest(ApiError):
    """400, 422."""


class Unauthorized(ApiError):
    """401."""


class Forbidden(ApiError):
    """403."""


class NotFound(ApiError):
    """404."""


class Conflict(ApiError):
    """409."""


class RateLimited(ApiError):
    """429."""


class ServiceFault(ApiError):
    """5xx."""


BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: InvalidRequest,
    429: RateLimited,
}


def api_error(problem: Mapping[str, Any], status: int, retry_after: float | None = None) -> ApiError:
    """The error that a problem document stands for."""
    kind = BY_STATUS.get(status, ServiceFault if status >= 500 else ApiError)
    return kind(problem, status, retry_after)


class ConnectionFailed(OneBalancerError):
    """No answer from the service."""


class ChainUnreachable(OneBalancerError):
    """No answer from a node."""


class NodeRefused(ChainUnreachable):
    """A node's error."""


class ConfigurationError(OneBalancerError):
    """Something that you gave is missing or wrong."""


class TimedOut(OneBalancerError):
    """It did not come in time."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was agreed. `may_change`: waiting may mend it, the chain has not come so far yet."""

    where: str
    what: str
    found: str
    expected: str
    may_change: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what} is {self.found}, expected {self.expected}"


class VerificationFailed(OneBalancerError):
    """What the chains, the calls or the order show is not what was asked for."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        self.differences = tuple(differences)
        told = "; ".join(map(str, differences))
        super().__init__(f"not as agreed: {told}. No secret was sent and nothing was signed")


class SwapEnded(OneBalancerError):
    """The swap ended otherwise than awaited. The receipt is what `sdk/rescue` works with."""

    def __init__(self, session: SessionAnswer, receipt: Receipt | None = None) -> None:
        self.session, self.receipt = session, receipt
        explanation = session.get("explanation")
        why = explanation["happened"] if explanation else session["reason"] or "no reason was given"
        super().__init__(f"{session['sessionId']} is {session['status']}: {why}")
