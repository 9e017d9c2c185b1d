"""A node behind a pooled httpx client."""

import itertools
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from chains.clients.endpoint import is_loopback, public_name, usable_answer
from chains.clients.recursion import keep_recursion_limit
from chains.errors import TimedOut, TransportError, Unreachable, UnreadableAnswer

POOL = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=60.0)


class HttpxEndpoint:
    """See `Endpoint`. `timeout` in seconds, for each of connecting, writing and reading."""

    def __init__(self, url: str, timeout: float) -> None:
        keep_recursion_limit()
        self.name = public_name(url)
        self._url = url
        self._http = httpx.Client(timeout=timeout, limits=POOL, trust_env=not is_loopback(url))
        self._ids = itertools.count(1)

    def post(self, method: str, params: Any) -> Mapping[str, Any]:
        """See `Endpoint`."""
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            response = self._http.post(
                self._url, content=msgspec.json.encode(request), headers={"content-type": "application/json"}
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
            raise Unreachable(f"{self.name}: {method} failed: {type(problem).__name__}") from None
        except httpx.TimeoutException:
            raise TimedOut(f"{self.name}: {method} timed out") from None
        except httpx.RemoteProtocolError:
            raise UnreadableAnswer(f"{self.name}: the answer to {method} was cut off") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise TransportError(f"{self.name}: {method} failed: {type(problem).__name__}") from None
        return usable_answer(
            self.name,
            method,
            response.status_code,
            lambda: msgspec.json.decode(response.content),
            response.headers.get("retry-after"),
        )

    def close(self) -> None:
        """See `Endpoint`."""
        self._http.close()
