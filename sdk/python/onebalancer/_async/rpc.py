"""JSON-RPC to the client's own nodes. Nothing that is asked here does harm when repeated."""

import ssl
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from onebalancer._async.io import pause
from onebalancer.errors import ChainUnreachable, NodeRefused
from onebalancer.retries import backoff

ATTEMPTS = 3
TIMEOUT = 15.0


class AsyncNode:
    """One endpoint. `host` is all that errors tell of it: the URL may hold the key of an account with its provider."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.host = urlsplit(url).netloc.rpartition("@")[2]

    async def rpc(self, method: str, params: Any) -> Any:
        """The result of one call. Raises `NodeRefused`, and `ChainUnreachable` when the node does not answer."""
        failures = 0
        while True:
            try:
                return await self._once(method, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            except NodeRefused:
                raise
            except ChainUnreachable:
                failures += 1
                if failures >= ATTEMPTS:
                    raise
                await pause(backoff(failures))

    async def _once(self, method: str, body: dict[str, Any]) -> Any:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, verify=_certificates()) as client:
                answer = (await client.post(self._url, json=body)).json()
        except (httpx.HTTPError, ValueError) as error:
            raise ChainUnreachable(f"{self.host} does not answer {method}") from error
        if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
            raise ChainUnreachable(f"{self.host} answered {method} with something that is not JSON-RPC")
        if answer.get("error") is not None:
            raise NodeRefused(f"{self.host} refused {method}: {str(answer['error'])[:300]}")
        return answer["result"]


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes longer than a call."""
    return httpx.create_ssl_context()
