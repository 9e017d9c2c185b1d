"""Pyth's prices, from Hermes.

`GET /v2/updates/price/latest?ids[]=0xff61…&parsed=true&encoding=hex&ignore_invalid_price_ids=true` answers
`{"binary": …, "parsed": [{"id": "ff61…", "price": {"price": "184136023127", "conf": "177166324", "expo": -8,
"publish_time": 1692110601}, "ema_price": …}]}`: price and confidence times 10**expo, publish_time in seconds since 1970.
Since August 2026 Hermes wants `Authorization: Bearer <key>`. Source: docs.pyth.network/price-feeds/core/fetch-price-updates.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pricing.feeds.base import Answer, FeedUnreadable, Said
from pricing.feeds.exact import LEAST, MOST, NotExact, whole_of
from pricing.feeds.http import Site

MOST_DOUBT_BPS = 100
"""A price whose own confidence interval is wider than this part of it is not used: Pyth advises to look at it."""
EXPONENTS = range(-30, 13)


class Pyth:
    """See `Feed`. Its ids are Pyth's price feed ids, 32 bytes as hex, of pairs against the US dollar."""

    name = "pyth"

    def __init__(self, url: str, key: str, ids: Mapping[str, str], seconds: float) -> None:
        self.ids = ids
        self._site = Site(url, seconds, {"authorization": f"Bearer {key}"} if key else {})

    def prices(self) -> Answer:
        """See `Feed`."""
        query = {
            "ids[]": sorted(set(self.ids.values())),
            "parsed": "true",
            "encoding": "hex",
            "ignore_invalid_price_ids": "true",
        }
        document = self._site.get("/v2/updates/price/latest", query)
        parsed = document.get("parsed") if isinstance(document, dict) else None
        if not isinstance(parsed, list):
            raise FeedUnreadable("the answer has no parsed prices")
        by_id = {_plain(one["id"]): one for one in parsed if isinstance(one, dict) and isinstance(one.get("id"), str)}
        answer = Answer()
        for symbol, feed_id in self.ids.items():
            try:
                answer.prices[symbol] = _said(by_id.get(_plain(feed_id)))
            except NotExact as problem:
                answer.faults[symbol] = str(problem)
        return answer


def _said(one: Any) -> Said:
    figures = one.get("price") if isinstance(one, dict) else None
    if not isinstance(figures, dict):
        raise NotExact("no price of this id")
    try:
        price, doubt = whole_of(figures["price"]), whole_of(figures["conf"])
        exponent, seconds = whole_of(figures["expo"]), whole_of(figures["publish_time"])
    except KeyError as missing:
        raise NotExact(f"no {missing.args[0]}") from None
    if exponent not in EXPONENTS:
        raise NotExact(f"out of all proportion: expo {exponent}")
    if price <= 0 or doubt < 0:
        raise NotExact(f"not positive: {price}, give or take {doubt}")
    if doubt * 10_000 > price * MOST_DOUBT_BPS:
        raise NotExact(f"in doubt: {price}, give or take {doubt}")
    exact = Fraction(price) * Fraction(10) ** exponent
    if not LEAST <= exact <= MOST:
        raise NotExact(f"out of all proportion: {price}e{exponent}")
    return Said(exact, seconds * 1000)


def _plain(feed_id: str) -> str:
    return feed_id.lower().removeprefix("0x")
