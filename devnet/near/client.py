"""A small JSON-RPC client of the devnet, with connections that stay open."""

import http.client
import itertools
import json
import threading
from typing import Any
from urllib.parse import urlsplit


class NearRpcError(RuntimeError):
    """The node answered with an error. `cause` is its name, `error` the whole object."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        self.error = error
        self.cause: str = (error.get("cause") or {}).get("name", "")
        super().__init__(f"{method}: {self.cause or error.get('name')}: {error.get('data')}")


class Client:
    """Calls methods of one node. Safe for threads: each has its own connection."""

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._timeout = timeout
        self._local = threading.local()
        self._ids = itertools.count(1)

    def call(self, method: str, params: Any = None, path: str = "/") -> Any:
        """The result of a method. Raises `NearRpcError`, or `OSError` when the node is out of reach."""
        request = {
            "jsonrpc": "2.0",
            "id": next(self._ids),
            "method": method,
            "params": {} if params is None else params,
        }
        answer = json.loads(self._post(path, json.dumps(request).encode()))
        if "error" in answer:
            raise NearRpcError(method, answer["error"])
        return answer["result"]

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection

    def _post(self, path: str, body: bytes) -> bytes:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            self._local.connection = connection
        try:
            connection.request("POST", path, body, {"content-type": "application/json"})
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            # what was sent may have been done: it is not sent again
            self.close()
            raise
