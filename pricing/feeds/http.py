"""One request to a feed, bounded in time and in size."""

import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from pricing.feeds.base import FeedRefused, FeedTimedOut, FeedUnreachable, FeedUnreadable
from pricing.feeds.exact import read_json

LARGEST = 1 << 20  # bytes of an answer
POOL = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=120.0)
LOCAL = ("127.0.0.1", "localhost", "::1")


@cache
def _trust() -> ssl.SSLContext:
    """Reading the certificates of the world takes 30 ms of processor: once is enough."""
    return httpx.create_ssl_context()


class Site:
    """A feed's HTTP site. `seconds` bounds connecting, the wait for each byte, and the body as a whole; what lasts longer all the
    same (a name server, headers that drip) is given up by `refresh.py`."""

    def __init__(self, url: str, seconds: float, headers: Mapping[str, str]) -> None:
        base = httpx.URL(url)
        self._seconds = seconds
        self._http = httpx.Client(
            base_url=base,
            headers={"accept": "application/json", "user-agent": "1balancer", **headers},
            timeout=seconds,
            limits=POOL,
            verify=_trust(),
            trust_env=base.host not in LOCAL,
        )

    def get(self, path: str, params: Mapping[str, Any]) -> Any:
        """The answer's JSON, its numbers exact. Raises `FeedError`."""
        ends = time.monotonic() + self._seconds
        try:
            with self._http.stream("GET", path, params=dict(params)) as response:
                body = _body(response, ends)
        except httpx.TimeoutException:
            raise FeedTimedOut(f"no answer within {self._seconds:g} s") from None
        except httpx.RemoteProtocolError:
            raise FeedUnreadable("the answer was cut off") from None
        except httpx.DecodingError:
            raise FeedUnreadable("the answer's compression is broken") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise FeedUnreachable(f"no connection: {type(problem).__name__}") from None
        if response.status_code != httpx.codes.OK:
            retry = _retry_seconds(response.headers.get("retry-after", ""))
            raise FeedRefused(f"HTTP {response.status_code}", retry_seconds=retry)
        return read_json(body)


def _body(response: httpx.Response, ends: float) -> bytes:
    """The whole answer. A server that sends a byte now and then does not hold us longer than `ends`."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST:
            raise FeedUnreadable(f"an answer of more than {LARGEST} bytes")
        if time.monotonic() > ends:
            raise FeedTimedOut("the answer came too slowly")
    return bytes(body)


def _retry_seconds(header: str) -> float:
    """What `Retry-After` asks us to wait: seconds, or a date (RFC 9110, 10.2.3). 0 when it says nothing."""
    if header.strip().isdecimal():
        return float(header[:9])
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
