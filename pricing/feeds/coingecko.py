"""CoinGecko's simple price.

`GET /simple/price?ids=ethereum&vs_currencies=usd&include_last_updated_at=true&precision=full` answers
`{"ethereum": {"usd": 3187.3358936566, "last_updated_at": 1711356300}}`; a key goes in `x-cg-demo-api-key`, or, at
pro-api.coingecko.com, in `x-cg-pro-api-key`. Prices move each 60 s, with a paid key each 20 s.
Source: docs.coingecko.com/v3.0.1/reference/simple-price.
"""

from collections.abc import Mapping
from typing import Any

from pricing.feeds.base import Answer, FeedUnreadable, Said
from pricing.feeds.exact import NotExact, price_of, whole_of
from pricing.feeds.http import Site

USD = "usd"


class CoinGecko:
    """See `Feed`. Its ids are CoinGecko's coin ids: ethereum, near, usd-coin, tether."""

    name = "coingecko"

    def __init__(self, url: str, key: str, ids: Mapping[str, str], seconds: float) -> None:
        header = "x-cg-pro-api-key" if "pro-api." in url else "x-cg-demo-api-key"
        self.ids = ids
        self._site = Site(url, seconds, {header: key} if key else {})

    def prices(self) -> Answer:
        """See `Feed`."""
        query = {
            "ids": ",".join(sorted(set(self.ids.values()))),
            "vs_currencies": USD,
            "include_last_updated_at": "true",
            "precision": "full",
        }
        coins = self._site.get("/simple/price", query)
        if not isinstance(coins, dict):
            raise FeedUnreadable("the answer is not an object of coins")
        answer = Answer()
        for symbol, coin in self.ids.items():
            try:
                answer.prices[symbol] = _said(coins.get(coin))
            except NotExact as problem:
                answer.faults[symbol] = str(problem)
        return answer


def _said(coin: Any) -> Said:
    if not isinstance(coin, dict) or USD not in coin:
        raise NotExact("no price in US dollars")
    if "last_updated_at" not in coin:
        raise NotExact("no last_updated_at: nobody knows how old it is")
    return Said(price_of(coin[USD]), whole_of(coin["last_updated_at"]) * 1000)
