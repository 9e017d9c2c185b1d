# Made from _async/rpc.py by sdk/generate.py: change that file instead.
"""JSON-RPC to the client's own nodes. Nothing that is asked here does harm when repeated."""

import ssl
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from onebalancer._sync.io import pause
from onebalancer.errors import ChainUnreachable, NodeRefused
from onebalancer.retries import backoff

ATTEMPTS = 3
TIMEOUT = 15.0


class Node:
    """One endpoint. `host` is all that errors tell of it: the URL may hold the key of an account with its provider."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.host = urlsplit(url).netloc.rpartition("@")[2]

    def rpc(self, method: str, params: Any) -> Any:
        """The result of one call. Raises `NodeRefused`, and `ChainUnreachable` when the node does not answer."""
        failures = 0
        while True:
            try:
                return self._once(method, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            except NodeRefused:
                raise
            except ChainUnreachable:
                failures += 1
                if failures >= ATTEMPTS:
                    raise
                pause(backoff(failures))

    def _once(self, method: str, body: dict[str, Any]) -> Any:
        try:
            with httpx.Client(timeout=TIMEOUT, verify=_certificates()) as client:
                answer = (client.post(self._url, json=body)).json()
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
