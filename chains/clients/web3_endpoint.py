"""A node behind web3.py's HTTP provider: its session and request encoding, without its formatters and retries.

web3 takes more than a second to import, so this module imports it when the first endpoint is made.
"""

from collections.abc import Mapping
from typing import Any

from chains.clients.endpoint import is_loopback, public_name, usable_answer
from chains.clients.recursion import keep_recursion_limit
from chains.errors import TimedOut, TransportError, Unreachable, UnreadableAnswer

POOL_SIZE = 32


class Web3Endpoint:
    """See `Endpoint`. `timeout` in seconds, for each of connecting and reading."""

    def __init__(self, url: str, timeout: float) -> None:
        import requests
        from web3 import HTTPProvider

        keep_recursion_limit()
        self.name = public_name(url)
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(url)
        pool = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=POOL_SIZE)
        self._session.mount("http://", pool)
        self._session.mount("https://", pool)
        self._errors = requests
        self._provider = HTTPProvider(
            url, request_kwargs={"timeout": timeout}, session=self._session, exception_retry_configuration=None
        )

    def post(self, method: str, params: Any) -> Mapping[str, Any]:
        """See `Endpoint`."""
        try:
            answer = self._provider.make_request(method, params)
        except self._errors.HTTPError as problem:
            response = problem.response
            assert response is not None
            retry_after = response.headers.get("retry-after")
            return usable_answer(self.name, method, response.status_code, response.json, retry_after)
        except self._errors.ConnectTimeout:
            raise Unreachable(f"{self.name}: {method} timed out while connecting") from None
        except self._errors.Timeout:
            raise TimedOut(f"{self.name}: {method} timed out") from None
        except self._errors.exceptions.ChunkedEncodingError:
            raise UnreadableAnswer(f"{self.name}: the answer to {method} was cut off") from None
        except self._errors.ConnectionError as problem:
            kind = Unreachable if _never_connected(problem) else TransportError
            raise kind(f"{self.name}: {method} failed: {type(problem).__name__}") from None
        except (self._errors.RequestException, OSError) as problem:
            raise TransportError(f"{self.name}: {method} failed: {type(problem).__name__}") from None
        except (ValueError, RecursionError):
            raise UnreadableAnswer(f"{self.name}: {method} was answered with no JSON that we can read") from None
        return usable_answer(self.name, method, 200, lambda: answer)

    def close(self) -> None:
        """See `Endpoint`."""
        self._session.close()


def _never_connected(problem: BaseException) -> bool:
    """Whether requests failed to open a connection, so that nothing was sent."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = problem.args[0] if problem.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
