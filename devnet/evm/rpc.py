"""Plain JSON-RPC over HTTP, for the devnet's own use: no retries, no cache, errors as they come."""

import itertools
from typing import Any

import httpx


class RpcError(RuntimeError):
    """The node answered with an error. `code` and `data` are the node's; `data` may be None."""

    def __init__(self, method: str, code: int, message: str, data: Any) -> None:
        super().__init__(f"{method}: {message} ({code})")
        self.code, self.data = code, data


class Rpc:
    """A connection to one node, safe to use from several threads."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url
        self._http = httpx.Client(timeout=timeout, trust_env=False)
        self._ids = itertools.count(1)

    def call(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises `RpcError`, or an `httpx` error when the node is out of reach."""
        answer = self._http.post(self.url, json=self._request(method, params)).json()
        return _result(method, answer)

    def batch(self, calls: list[tuple[Any, ...]]) -> list[Any]:
        """The results of several calls, each (method, *params), in one request and in order."""
        requests = [self._request(method, params) for method, *params in calls]
        answers = {answer["id"]: answer for answer in self._http.post(self.url, json=requests).json()}
        return [_result(request["method"], answers[request["id"]]) for request in requests]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _request(self, method: str, params: Any) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}


def _result(method: str, answer: dict[str, Any]) -> Any:
    if "error" in answer:
        error = answer["error"]
        raise RpcError(method, error.get("code", 0), error.get("message", ""), error.get("data"))
    return answer["result"]
