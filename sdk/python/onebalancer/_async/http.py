"""Requests to the service: authenticated, retried where that is safe, errors typed."""

import uuid
from typing import Any
from urllib.parse import urlencode

import httpx

from onebalancer._async.io import pause
from onebalancer.errors import ConnectionFailed, OneBalancerError, api_error
from onebalancer.retries import retry_after, wait_before_retry


class AsyncHttp:
    """`/api/v1` with an API key or a JWT. `attempts`: tries of one request in all; `timeout`: seconds for one try."""

    def __init__(self, base_url: str, api_key: str, *, timeout: float = 30.0, attempts: int = 6) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self._attempts = attempts
        headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        self._client = httpx.AsyncClient(base_url=f"{self.base_url}/api/v1", headers=headers, timeout=timeout)

    async def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        """The answer of a GET. Raises `ApiError`, `ConnectionFailed`."""
        return await self._request("GET", f"{path}?{urlencode(query)}" if query else path, None, {})

    async def post(self, path: str, body: object = None, *, idempotency_key: str | None = None) -> Any:
        """The answer of a POST, which carries the same `Idempotency-Key` in every try. Raises as `get`."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return await self._request("POST", path, {} if body is None else body, headers)

    async def _request(self, method: str, path: str, body: object, headers: dict[str, str]) -> Any:
        failures = 0
        while True:
            try:
                return await self._once(method, path, body, headers)
            except OneBalancerError as error:
                failures += 1
                wait = wait_before_retry(error, failures)
                if wait is None or failures >= self._attempts:
                    raise
                await pause(wait)

    async def _once(self, method: str, path: str, body: object, headers: dict[str, str]) -> Any:
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise ConnectionFailed(f"{method} {path}: no answer from {self.base_url} ({error!r})") from error
        if answer.is_success:
            return answer.json()
        raise api_error(_problem_in(answer), answer.status_code, retry_after(answer.headers.get("Retry-After")))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _problem_in(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
