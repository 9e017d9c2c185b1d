"""JSON-RPC over HTTP with the standard library."""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from onebalancer_rescue.errors import BadInput, ChainTrouble, NodeRefused

TIMEOUT_SECONDS = 20
ATTEMPTS = 4
LARGEST_ANSWER = 64 * 2**20


class Node:
    """One endpoint of one chain. Transport failures are tried again: nothing that is asked here does harm when repeated."""

    def __init__(self, chain: str, url: str) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise BadInput(f"--rpc {chain}=…: the URL must begin with http:// or https://")
        self.chain = chain
        self._url = url

    def call(self, method: str, params: Any) -> Any:
        """The result. Raises `NodeRefused` for an error of the node, `ChainTrouble` when it cannot be asked."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(0.5 * 2**attempt)
            try:
                return self._result(method, self._post(body))
            except (OSError, http.client.HTTPException) as error:
                trouble = error
        raise ChainTrouble(f"{self.chain}: the node does not answer {method} ({_reason(trouble)})") from trouble

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "User-Agent": "rescue/1"}
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310  the scheme was checked
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                data: bytes = answer.read(LARGEST_ANSWER)
                return data
        except urllib.error.HTTPError as error:
            data = error.read(LARGEST_ANSWER)  # some nodes send their JSON-RPC errors with a status of 400 or 500
            if data[:1] == b"{":
                return data
            raise

    def _result(self, method: str, data: bytes) -> Any:
        try:
            answer = json.loads(data)
        except ValueError:
            raise ChainTrouble(f"{self.chain}: the node answered {method} with something that is not JSON") from None
        if not isinstance(answer, dict) or ("error" not in answer and "result" not in answer):
            raise ChainTrouble(f"{self.chain}: the node answered {method} with something that is not JSON-RPC")
        if answer.get("error") is not None:
            raise NodeRefused(f"{self.chain}: the node refused {method}: {_short(answer['error'])}", answer["error"])
        return answer["result"]


def _short(error: object) -> str:
    if isinstance(error, dict):
        cause = (error.get("cause") or {}).get("name") if isinstance(error.get("cause"), dict) else None
        return str(cause or error.get("message") or error)[:300]
    return str(error)[:300]


def _reason(error: Exception) -> str:
    """Without the URL: it may hold the key of an account with the node's provider."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    return str(getattr(error, "reason", "") or type(error).__name__)[:120]
