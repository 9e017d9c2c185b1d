"""An exchange's prices, through ccxt: the middle of the best bid and ask.

ccxt is large (7 MB to fetch, 74 MB on disk) and is not required: `pip install --no-deps -r requirements-exchange.txt` where
`PRICE_FEEDS` names an `exchange:NAME`. What it needs is here already, and its own pins would move other libraries. Its numbers
are floats by default; here its JSON is read with numbers as texts, and `number = str` keeps them so (docs.ccxt.com, "Ticker
Structure").
"""

import json
from collections.abc import Mapping
from fractions import Fraction
from importlib import import_module
from typing import Any

from access.strict_json import check_depth
from pricing.feeds.base import (
    Answer,
    FeedError,
    FeedMissing,
    FeedRefused,
    FeedTimedOut,
    FeedUnreachable,
    FeedUnreadable,
    Said,
)
from pricing.feeds.exact import NotExact, price_of, whole_of

QUOTED = "/USD"
INSTALLED_BY = "pip install --no-deps -r requirements-exchange.txt"


class Exchange:
    """See `Feed`. Its ids are ccxt's symbols of markets against the US dollar: ETH/USD."""

    def __init__(self, exchange: str, ids: Mapping[str, str], seconds: float, url: str = "") -> None:
        """`exchange` as ccxt names it; `url` replaces the address of its public calls."""
        self.name = f"exchange:{exchange}"
        self.ids = ids
        self._exchange, self._seconds, self._url = exchange, seconds, url
        self._client: Any = None

    def prices(self) -> Answer:
        """See `Feed`."""
        answer = Answer(
            {}, {symbol: f"{one} is not {QUOTED[1:]}" for symbol, one in self.ids.items() if not _in_usd(one)}
        )
        wanted = {symbol: one for symbol, one in self.ids.items() if _in_usd(one)}
        tickers = self._tickers(sorted(set(wanted.values())))
        for symbol, market in wanted.items():
            try:
                answer.prices[symbol] = _said(tickers.get(market))
            except NotExact as problem:
                answer.faults[symbol] = str(problem)
        return answer

    def _tickers(self, markets: list[str]) -> Mapping[str, Any]:
        ccxt = self._library()
        client = self._connected(ccxt)
        try:
            tickers: Mapping[str, Any] = client.fetch_tickers(markets)
        except ccxt.RateLimitExceeded:
            raise FeedRefused("too many requests", retry_seconds=60.0) from None
        except ccxt.RequestTimeout:
            raise FeedTimedOut(f"no answer within {self._seconds:g} s") from None
        except ccxt.NetworkError as problem:
            raise FeedUnreachable(f"no connection: {type(problem).__name__}") from None
        except ccxt.BaseError as problem:
            raise FeedUnreadable(f"{type(problem).__name__}: {str(problem)[:80]}") from None
        except Exception as problem:  # ccxt's parsers trust the exchange: anything may come out of them
            raise FeedUnreadable(f"ccxt cannot read the answer: {type(problem).__name__}") from None
        return tickers

    def _library(self) -> Any:
        try:
            return import_module("ccxt")
        except ImportError:
            raise FeedMissing(f"{self.name} needs ccxt, which is not installed: {INSTALLED_BY}") from None

    def _connected(self, ccxt: Any) -> Any:
        if self._client is None:
            self._client = self._make(ccxt)
        return self._client

    def _make(self, ccxt: Any) -> Any:
        kind = getattr(ccxt, self._exchange, None)
        if self._exchange not in ccxt.exchanges or kind is None:
            raise FeedError(f"ccxt knows no exchange {self._exchange!r}")
        client = kind({"timeout": int(self._seconds * 1000), "enableRateLimit": True})
        client.number = str
        client.on_json_response = _as_texts
        if self._url:
            client.urls["api"]["public"] = self._url
        return client


def _as_texts(text: str) -> Any:
    check_depth(text)
    return json.loads(text, parse_float=str, parse_int=str)


def _in_usd(market: str) -> bool:
    return market.endswith(QUOTED)


def _said(ticker: Any) -> Said:
    if not isinstance(ticker, Mapping):
        raise NotExact("no such market")
    moment = ticker.get("timestamp")
    observed = whole_of(str(moment)) if moment is not None else 0
    bid, ask = ticker.get("bid"), ticker.get("ask")
    if bid is None or ask is None:
        raise NotExact("no bid and ask")
    low, high = price_of(str(bid)), price_of(str(ask))
    if low > high:
        raise NotExact(f"the bid {bid} is above the ask {ask}")
    return Said((low + high) / Fraction(2), observed)
