"""A client that does not lose its patience: every request is repeated, with its Idempotency-Key, until it is answered."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from devnet.client import Document

# what comes of an outage and goes with it: the same request again is the right thing
PASSING = {"chain_unreachable", "idempotency_in_progress", "ladder_infeasible", "swaps_paused", "route_unavailable"}
AGAIN_SECONDS = 0.4


class Refused(RuntimeError):
    """The service said no, and means it. `code` is the problem document's."""

    def __init__(self, told: str, code: str) -> None:
        super().__init__(told)
        self.code = code


class GaveUp(RuntimeError):
    """It took longer than anybody would wait."""


class PatientClient:
    """`/api/v1` for one maker. `say` notes what happened; `stop` ends all patience."""

    def __init__(self, base_url: str, api_key: str, say: Callable[[str], None], stop: threading.Event) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url}/api/v1", headers={"Authorization": f"Bearer {api_key}"}, timeout=20, trust_env=False
        )
        self._say, self._stop = say, stop

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, seconds: float = 240.0) -> Document:
        """The answer of a GET. Raises `Refused`, `GaveUp`."""
        return self._until_answered("GET", path, {}, seconds)

    def post(self, path: str, key: str, body: Document | None = None, seconds: float = 240.0) -> Document:
        """The answer of a POST that is done once, however often it is sent. Raises `Refused`, `GaveUp`."""
        return self._until_answered("POST", path, {"json": body or {}, "headers": {"Idempotency-Key": key}}, seconds)

    def _until_answered(self, method: str, path: str, more: dict[str, Any], seconds: float) -> Document:
        end = time.monotonic() + seconds
        trouble = ""
        while time.monotonic() < end:
            answer, told = self._once(method, path, more)
            if answer is not None:
                return answer
            if told != trouble:
                self._say(f"{method} {path}: {told}")
                trouble = told
            if self._stop.wait(AGAIN_SECONDS):
                break
        raise GaveUp(f"{method} {path} was not answered within {seconds:.0f} s: {trouble}")

    def _once(self, method: str, path: str, more: dict[str, Any]) -> tuple[Document | None, str]:
        """The answer, or why to ask again."""
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            return None, f"{type(error).__name__}"
        if answer.status_code >= 500 and "json" not in answer.headers.get("content-type", ""):
            return None, str(answer.status_code)
        try:
            document: Document = answer.json()
        except ValueError:
            return None, f"{answer.status_code}, cut short"
        if not answer.is_error:
            return document, ""
        code = str(document.get("code", ""))
        if answer.status_code >= 500 or code in PASSING or answer.status_code == 429:
            return None, f"{answer.status_code} {code}"
        raise Refused(f"{method} {path}: {answer.status_code} {code} {document.get('detail')}", code)
