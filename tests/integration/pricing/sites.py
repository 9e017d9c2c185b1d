"""The price sources, played on one local HTTP server in their documented shapes, with faults on demand.

Shapes: docs.coingecko.com/v3.0.1/reference/simple-price; docs.pyth.network/price-feeds/core/fetch-price-updates (Hermes v2);
portal.1inch.dev, Spot Price API v1.1; docs.kraken.com/api-reference/market-data (AssetPairs, Ticker).
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ETH_PYTH = "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace"
USDC_PYTH = "eaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a"
ETH_1INCH, USDC_1INCH = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
ASSETS = {
    "ETH": {
        "coingecko": "ethereum",
        "pyth": f"0x{ETH_PYTH}",
        "oneinch": f"1:{ETH_1INCH}",
        "exchange": "ETH/USD",
    },
    "USDC": {
        "coingecko": "usd-coin",
        "pyth": f"0x{USDC_PYTH}",
        "oneinch": f"1:{USDC_1INCH}",
        "exchange": "USDC/USD",
    },
}
NUMBERS = {
    "nan": "NaN", "infinity": "Infinity", "negative": "-3200.5", "zero": "0.00", "huge": "1e400000000", "digits": "9" * 5000,
    "word": '"cheap"', "null": "null", "boolean": "true", "list": "[3200]",
}  # fmt: skip
"""Faults of a number, as JSON text."""


class Sites:
    """Every source says `prices` (US dollars, decimal texts) now, unless `faults` has something for it, or for a folder of it."""

    def __init__(self) -> None:
        self.prices = {"ETH": "3200.123456789012345678", "USDC": "0.9998"}
        self.faults: dict[str, str] = {}
        self.age_seconds: dict[str, int] = {}
        self.asked: Counter[str] = Counter()
        self.seen: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.released = threading.Event()
        self.arrived = threading.Semaphore(0)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Let everything go that hangs, and stop listening."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def text(self, source: str, symbol: str) -> str:
        """The number that a source says, as JSON text."""
        fault = self.faults.get(source, "")
        if fault in NUMBERS:
            return NUMBERS[fault]
        if fault.startswith("price="):
            return fault.removeprefix("price=")
        price = self.prices[symbol]
        if fault == "x10":
            whole, _, part = price.partition(".")
            return f"{int(whole + (part[:1] or '0'))}.{part[1:] or '0'}"
        return price

    def document(self, source: str, query: dict[str, list[str]]) -> str:
        """A source's whole answer."""
        return PLAYS[source](self, query)

    def now(self, source: str) -> int:
        """The moment that a source gives, seconds since 1970."""
        return int(time.time()) - self.age_seconds.get(source, 0)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sites = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                source = source_of(path)
                sites.asked[source] += 1
                sites.seen.append((path, {name.lower(): value for name, value in self.headers.items()}, query))
                sites.arrived.release()
                self.play(source, path, query)

            def play(self, source: str, path: str, query: dict[str, list[str]]) -> None:
                fault = sites.faults.get(source, "") or sites.faults.get(path.rpartition("/")[0], "")
                if fault == "hang":
                    sites.released.wait(30)
                    self.answer(200, sites.document(source, {**query, "path": [path]}).encode())
                elif fault == "cut":
                    self.close_connection = True
                elif fault == "drip":
                    self.drip()
                elif fault in ("429", "500"):
                    self.answer(int(fault), b"{}", {"Retry-After": "77"} if fault == "429" else {})
                elif fault == "garbage":
                    self.answer(200, b"<html>maintenance</html>")
                elif fault == "deep":
                    self.answer(200, b"[" * 100_000)
                elif fault == "empty":
                    self.answer(200, b"{}")
                else:
                    query = {**query, "path": [path]}
                    body = sites.document(source, query).encode()
                    self.answer(200, body, cut=fault == "truncated")

            def answer(
                self, status: int, body: bytes, headers: dict[str, str] | None = None, *, cut: bool = False
            ) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if cut else body)
                self.close_connection = self.close_connection or cut

            def drip(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "100000")
                self.end_headers()
                while not sites.released.wait(0.05):
                    try:
                        self.wfile.write(b" ")
                    except OSError:
                        return

        return Handler


def source_of(path: str) -> str:
    """Whose path it is."""
    if "/price/v1.1/" in path:
        return "oneinch"
    return {"/simple/price": "coingecko", "/v2/updates/price/latest": "pyth"}.get(path, "kraken")


def _coingecko(sites: Sites, query: dict[str, list[str]]) -> str:
    symbols = {"ethereum": "ETH", "usd-coin": "USDC"}
    currency = "eur" if sites.faults.get("coingecko") == "currency" else "usd"
    coins = [
        f'"{coin}":{{"{currency}":{sites.text("coingecko", symbols[coin])},"last_updated_at":{sites.now("coingecko")}}}'
        for coin in query["ids"][0].split(",")
        if coin in symbols
    ]
    return "{" + ",".join(coins) + "}"


def _oneinch(sites: Sites, query: dict[str, list[str]]) -> str:
    symbols = {ETH_1INCH: "ETH", USDC_1INCH: "USDC"}
    in_usd = query.get("currency") == ["USD"] and sites.faults.get("oneinch") != "currency"
    found = {}
    for address in query["path"][0].rsplit("/", 1)[1].split(","):
        text = sites.text("oneinch", symbols[address])
        found[address] = text if in_usd else "312500000000000000"
    return json.dumps(found)


def _pyth(sites: Sites, query: dict[str, list[str]]) -> str:
    symbols, fault = {ETH_PYTH: "ETH", USDC_PYTH: "USDC"}, sites.faults.get("pyth", "")
    parsed = []
    for feed_id in query["ids[]"]:
        if feed_id.removeprefix("0x") not in symbols:
            continue
        text = sites.text("pyth", symbols[feed_id.removeprefix("0x")])
        whole, _, part = text.partition(".")
        digits = f"{whole}{part[:8]:0<8}" if fault not in NUMBERS else text
        doubt = int(digits) // 20 if fault == "doubt" else 177166
        price = {"price": digits, "conf": str(doubt), "expo": -8, "publish_time": sites.now("pyth")}
        if fault == "exponent":
            price["expo"] = 4_000_000
        if fault == "currency":
            parsed.append({"id": "00" * 32, "price": price})
        else:
            parsed.append({"id": feed_id.removeprefix("0x"), "price": price, "ema_price": price})
    return json.dumps({"binary": {"encoding": "hex", "data": ["504e4155"]}, "parsed": parsed})


def _kraken(sites: Sites, query: dict[str, list[str]]) -> str:
    pairs = {"XETHZUSD": ("XETH", "ETH"), "USDCUSD": ("USDC", "USDC")}
    path = query["path"][0]
    if path.endswith("/AssetPairs"):
        found: dict[str, Any] = {
            name: {
                "altname": name, "wsname": f"{symbol}/USD", "aclass_base": "currency", "base": base, "quote": "ZUSD",
                "aclass_quote": "currency", "lot": "unit", "cost_decimals": 5, "pair_decimals": 2, "lot_decimals": 8,
                "lot_multiplier": 1, "leverage_buy": [], "leverage_sell": [], "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]],
                "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40, "ordermin": "0.002", "costmin": "0.5",
                "tick_size": "0.01", "status": "online",
            }
            for name, (base, symbol) in pairs.items()
        }  # fmt: skip
    elif path.endswith("/Ticker"):
        found = {name: _ticker(sites.text("kraken", symbol)) for name, (_, symbol) in pairs.items()}
    else:
        found = {base: {"altname": symbol, "aclass": "currency", "decimals": 10} for base, symbol in pairs.values()}
    return json.dumps({"error": [], "result": found})


def _ticker(price: str) -> dict[str, Any]:
    return {
        "a": [price, "1", "1.000"], "b": [price, "2", "2.000"], "c": [price, "0.04"], "v": ["1", "2"], "p": [price, price],
        "t": [1, 2], "l": [price, price], "h": [price, price], "o": price,
    }  # fmt: skip


PLAYS: dict[str, Callable[[Sites, dict[str, list[str]]], str]] = {
    "coingecko": _coingecko,
    "oneinch": _oneinch,
    "pyth": _pyth,
    "kraken": _kraken,
}


def market(url: str, *feeds: str, **other: Any) -> dict[str, Any]:
    """A `MARKET` setting whose feeds are played at `url`; exchanges too."""
    names = feeds or ("oneinch", "coingecko", "pyth")
    return {
        "feeds": list(names), "assets": ASSETS, "cache_seconds": 30.0, "stale_seconds": 120.0, "timeout_seconds": 1.0,
        "max_spread_bps": 200, "min_sources": None, "frozen_seconds": {"oneinch": 900},
        "sites": {name: {"url": url, "key": "a-key"} for name in ("oneinch", "coingecko", "pyth", "exchange:kraken")},
        **other,
    }  # fmt: skip
