"""What `manage.py check` says of where prices come from."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info
from django.core.checks import Warning as Caution

from chains.config import chain_configs
from pricing.feeds.desk import EXCHANGE, Desk
from pricing.feeds.exchange import INSTALLED_BY
from pricing.feeds.fixed import NAME as FIXED

SHAPES = {
    "oneinch": (re.compile(r"[1-9][0-9]*:0x[0-9a-fA-F]{40}"), "chain id:address"),
    "pyth": (re.compile(r"(0x)?[0-9a-fA-F]{64}"), "32 bytes as hex"),
    "coingecko": (re.compile(r"[a-z0-9][a-z0-9._-]*"), "a coin's API id"),
}
MARKET = (re.compile(r"[A-Za-z0-9]+/USD"), "a market against USD, such as ETH/USD")


def check_prices(**_: Any) -> list[CheckMessage]:
    """Names that no source can know are errors; missing keys and tokens without a price are warnings."""
    return [*_names(), *_sources(), *_tokens()]


def _names() -> Iterator[CheckMessage]:
    for symbol, names in settings.MARKET["assets"].items():
        for source, name in names.items():
            shape, words = SHAPES.get(source, MARKET)
            if not isinstance(name, str) or not shape.fullmatch(name):
                yield Error(f"[assets.{symbol}] {source} is {name!r}, and must be {words}", id="pricing.E001")


def _sources() -> Iterator[CheckMessage]:
    feeds, sites = settings.MARKET["feeds"], settings.MARKET["sites"]
    if settings.NODE_ENV == "production" and FIXED in feeds:
        yield Info("PRICE_FEEDS names fixed: these prices are for development, and never move", id="pricing.I001")
    if any(name.startswith(EXCHANGE) for name in feeds) and find_spec("ccxt") is None:
        yield Caution(f"PRICE_FEEDS names an exchange, and ccxt is not installed: {INSTALLED_BY}", id="pricing.W002")
    for name, variable in (("oneinch", "ONEINCH_API_KEY"), ("pyth", "PYTH_API_KEY")):
        if name in feeds and not sites[name]["key"]:
            yield Caution(f"PRICE_FEEDS names {name}, which wants a key: set {variable}", id="pricing.W003")


def _tokens() -> Iterator[CheckMessage]:
    at = Desk(settings.MARKET)
    if at.is_fixed:
        return
    for symbol in sorted({token.symbol for chain in chain_configs() for token in chain.tokens}):
        if at.knows(symbol) < at.rules.min_sources:
            yield Caution(
                f"{symbol} cannot be quoted: {at.knows(symbol)} of the price sources know it, and "
                f"{at.rules.min_sources} are needed: complete [assets.{symbol}] of the chains file",
                id="pricing.W004",
            )
