"""1inch's spot price, of tokens on EVM chains.

`GET /price/v1.1/{chain id}/{address,address}?currency=USD` answers `{"0x…": "3187.33589"}`, addresses in lower case, prices as
decimal texts; without `currency` they are in wei of the chain's coin. The coin itself is 0xeeee…. `Authorization: Bearer <key>`.
Source: portal.1inch.dev, Spot Price API v1.1. It gives no moment, so the moment of its answer counts, and a price that stands
still for long is taken for frozen (`[market.frozen_seconds]`). Through a proxy (seed 001) the same paths lie below
`PROXY_URL/api/1inch`.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pricing.feeds.base import Answer, FeedError, FeedUnreadable, Said
from pricing.feeds.exact import NotExact, price_of
from pricing.feeds.http import Site


class OneInch:
    """See `Feed`. Its ids are `chain id:address`, such as 1:0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee."""

    name = "oneinch"

    def __init__(self, url: str, key: str, ids: Mapping[str, str], seconds: float) -> None:
        self.ids = ids
        self._site = Site(url, seconds, {"authorization": f"Bearer {key}"} if key else {})
        self._chains: dict[str, dict[str, str]] = defaultdict(dict)
        for symbol, found in ids.items():
            chain, _, address = found.partition(":")
            self._chains[chain][symbol] = address.lower()

    def prices(self) -> Answer:
        """See `Feed`. One request for each chain; a chain that fails leaves the others."""
        answer, failure = Answer(), None
        for chain, tokens in self._chains.items():
            try:
                self._ask(answer, chain, tokens)
            except FeedError as problem:
                failure = problem
                answer.faults |= dict.fromkeys(tokens, str(problem))
        if failure is not None and not answer.prices:
            raise failure
        return answer

    def _ask(self, answer: Answer, chain: str, tokens: Mapping[str, str]) -> None:
        addresses = ",".join(sorted(set(tokens.values())))
        found = self._site.get(f"/price/v1.1/{chain}/{addresses}", {"currency": "USD"})
        if not isinstance(found, dict):
            raise FeedUnreadable("the answer is not an object of addresses")
        by_address = {address.lower(): price for address, price in found.items()}
        for symbol, address in tokens.items():
            _take(answer, symbol, by_address.get(address))


def _take(answer: Answer, symbol: str, price: Any) -> None:
    if price is None:
        answer.faults[symbol] = "no price of this address"
        return
    try:
        answer.prices[symbol] = Said(price_of(price))
    except NotExact as problem:
        answer.faults[symbol] = str(problem)
