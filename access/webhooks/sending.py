"""One attempt: a POST to a receiver, and what became of it. No redirect is followed, no proxy of the environment is used,
no cookie is kept, and of the answer only its beginning is read."""

import ssl
import time
from dataclasses import dataclass
from functools import cache

import httpcore
import httpx
from django.conf import settings

from access.webhooks import dialing
from access.webhooks.targets import TargetRefused, target_of

KEPT_BYTES = 1024
KEPT_ERROR = 200
AGENT = "1Balancer-Webhooks/1"


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt. `status` is 0 where there was no answer, and `error` says why; `body` is the answer's
    first KiB; `retry_after` its header; `address` whom we reached."""

    status: int = 0
    error: str = ""
    body: str = ""
    retry_after: str = ""
    address: str = ""
    milliseconds: int = 0

    @property
    def delivered(self) -> bool:
        return 200 <= self.status < 300


@cache
def ssl_context() -> ssl.SSLContext:
    """The certificate authorities that ship with httpx, and no setting of the environment."""
    return httpx.create_ssl_context(trust_env=False)


def send(url: str, headers: dict[str, str], body: bytes) -> Outcome:
    """POST the body. Never raises for what a receiver, a network or a name server does."""
    started = time.monotonic()
    rules = settings.WEBHOOKS
    backend = dialing.PinnedBackend(
        resolve=dialing.system_resolve,
        allowed=rules["allowed_networks"],
        deadline=dialing.Deadline(rules["timeout_seconds"]),
    )
    try:
        status, retry_after, beginning = _exchange(url, headers, body, backend)
        found = Outcome(status, "" if 200 <= status < 300 else _status_told(status), _text(beginning), retry_after)
    except (TargetRefused, dialing.Unresolved) as error:
        found = Outcome(error=str(error))
    except (httpcore.TimeoutException, TimeoutError):
        found = Outcome(error=f"no whole answer within {rules['timeout_seconds']:g} s")
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        found = Outcome(error=f"{type(error).__name__}: {error}")
    return Outcome(
        status=found.status,
        error=_clean(found.error)[:KEPT_ERROR],
        body=found.body,
        retry_after=found.retry_after[:60],
        address=backend.reached,
        milliseconds=int((time.monotonic() - started) * 1000),
    )


def _exchange(url: str, headers: dict[str, str], body: bytes, backend: dialing.PinnedBackend) -> tuple[int, str, bytes]:
    """Status, Retry-After and the beginning of the answer."""
    rules = settings.WEBHOOKS
    target = target_of(url, rules)
    sent: dict[bytes | str, bytes | str] = {
        "Host": target.authority,
        "User-Agent": AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    sent.update(headers.items())
    limits = dict.fromkeys(("connect", "read", "write", "pool"), float(rules["timeout_seconds"]))
    origin = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    with (
        httpcore.ConnectionPool(ssl_context=ssl_context(), network_backend=backend, max_connections=1) as pool,
        pool.stream("POST", origin, headers=sent, content=body, extensions={"timeout": limits}) as answer,
    ):
        retry_after = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
        return answer.status, retry_after.decode("latin-1"), _beginning(answer)


def _beginning(answer: httpcore.Response) -> bytes:
    """A receiver that answered has answered: what goes wrong in the body of its answer is no matter."""
    found = b""
    try:
        for part in answer.iter_stream():
            found += part[:KEPT_BYTES]
            if len(found) >= KEPT_BYTES:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return found[:KEPT_BYTES]


def _status_told(status: int) -> str:
    return (
        f"redirects ({status}) are not followed: give the endpoint its final URL"
        if 300 <= status < 400
        else f"HTTP {status}"
    )


def _text(raw: bytes) -> str:
    return _clean(raw.decode("utf-8", "replace"))


def _clean(text: str) -> str:
    """PostgreSQL stores no U+0000."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
