"""What comes in by 1inch's interface, checked field by field: every fault at once. Raises `InvalidSession` with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from chains.codec.address import is_evm_address
from chains.codec.auction import MAX_BUMP, MAX_DELAY
from chains.config import ChainConfig, Token
from pricing.auction import bump_within
from swaps.fusion.errors import PartialFillsUnsupported
from swaps.fusion.presets import ORDER_DELAY, Preset, custom_preset
from swaps.fusion.routes import chain_by_id
from swaps.validation import Checker

NATIVE = "0x" + "e" * 40
NOBODY = "0x" + "0" * 40
MAX_EXTENSION = 8192  # characters
MAX_POINTS = 20
MAX_MANY = 10
MAX_PAGE = 10**6
DEFAULT_LIMIT, MAX_LIMIT = 100, 500
HASH = re.compile(r"0x[0-9a-fA-F]{64}")
HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
ORDER_NUMBERS = ("salt", "makingAmount", "takingAmount", "makerTraits")
ORDER_ADDRESSES = ("maker", "receiver", "makerAsset", "takerAsset")


@dataclass(frozen=True)
class QuoteRequest:
    """What is to be quoted; `amount` in base units of the source token, addresses in lower case."""

    source: ChainConfig
    destination: ChainConfig
    source_token: Token
    destination_token: Token
    amount: int
    wallet: str
    estimate: bool
    custom: Preset | None = None


@dataclass(frozen=True)
class SubmittedOrder:
    """A signed order: what an order of `execute` is, and the quote that it was built from."""

    chain: ChainConfig
    quote_id: str
    limit_order: dict[str, Any]
    secret_hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Counted from 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size


# Quotes


def quote_request(query: Mapping[str, str], body: Any = None) -> QuoteRequest:
    """The query of `/quote/receive/`, with the body of a custom preset if there is one."""
    check = _of_query(query)
    source, destination = _chain(check, "srcChain"), _chain(check, "dstChain")
    if source and destination and source.name == destination.name:
        check.error("dstChain", "must be another chain than srcChain")
    source_token = _token(check, "srcTokenAddress", source, native=False)
    destination_token = _token(check, "dstTokenAddress", destination, native=True)
    amount = check.amount("amount")
    wallet = _address(check, "walletAddress")
    estimate = _flag(check, "enableEstimate")
    if estimate and wallet == NOBODY:
        check.error("walletAddress", "must be the maker's, where enableEstimate is true")
    _refuse_extras(check)
    custom = _custom(check, body) if body is not None else None
    check.raise_errors()
    assert source and destination and source_token and destination_token
    return QuoteRequest(source, destination, source_token, destination_token, amount, wallet, estimate, custom)


def _of_query(query: Mapping[str, str]) -> Checker:
    """Of a field that stands twice, the last one."""
    return Checker({name: query[name] for name in query})


def _chain(check: Checker, name: str) -> ChainConfig | None:
    value = check.body.get(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else check.text(name, max_length=20)
    if not text:
        return None
    found = chain_by_id(text)
    if found is None:
        check.error(name, "is not the id of an EVM chain that we swap on")
    return found


def _address(check: Checker, name: str) -> str:
    value = check.text(name)
    if value and not is_evm_address(value):
        check.error(name, "is not an address (0x and 40 hexadecimal characters)")
        return ""
    return value.lower()


def _token(check: Checker, name: str, chain: ChainConfig | None, *, native: bool) -> Token | None:
    address = _address(check, name)
    if not address or chain is None:
        return None
    if address in (NATIVE, NOBODY):
        if not native:
            check.error(name, "must be an ERC-20 token: orders of the native coin are not filled here; wrap it")
            return None
        address = NOBODY
    token = chain.token(address)
    if token is None:
        check.error(name, f"is not a token we swap on {chain.name}")
    return token


def _flag(check: Checker, name: str) -> bool:
    value = str(check.body.get(name, "") or "").lower()
    if value not in ("", "true", "false"):
        check.error(name, "must be true or false")
    return value == "true"


def _refuse_extras(check: Checker) -> None:
    """What would change the order into one that we do not fill."""
    if check.text("permit", required=False, max_length=MAX_EXTENSION):
        check.error("permit", "is not filled here: approve the Limit Order Protocol instead")
    if _flag(check, "isPermit2"):
        check.error("isPermit2", "is not filled here: approve the Limit Order Protocol instead")
    if check.text("fee", required=False) not in ("", "0"):
        check.error("fee", "must be left out: orders with an integrator's fee are not filled here")


def _custom(check: Checker, body: Any) -> Preset | None:
    inner = Checker(Checker.of(body).body, errors=check.errors)
    start, end = inner.amount("auctionStartAmount"), inner.amount("auctionEndAmount")
    duration = inner.integer("auctionDuration", 1, int(settings.SESSION_TIMEOUT_SECONDS) - ORDER_DELAY)
    points = _points(inner, start, end)
    if not (start and end and duration) or points is None:
        return None
    if start < end:
        inner.error("auctionStartAmount", "must be at least auctionEndAmount")
        return None
    if bump_within(start, end) > MAX_BUMP:
        inner.error("auctionStartAmount", "is too far above auctionEndAmount: an order cannot say so")
        return None
    return custom_preset(start=start, end=end, duration=duration, points=points)


def _points(check: Checker, start: int, end: int) -> list[tuple[int, int]] | None:
    """(amount, delay) of each, or None when one is faulty."""
    given = check.body.get("points")
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MAX_POINTS or not all(isinstance(one, dict) for one in given):
        check.error("points", f"must be a list of at most {MAX_POINTS} objects")
        return None
    inner = [Checker(one) for one in given]
    points = [(one.amount("toTokenAmount"), one.integer("delay", 0, MAX_DELAY)) for one in inner]
    if any(one.errors for one in inner) or not all(end <= amount <= start for amount, _ in points):
        check.error("points", "must each have a toTokenAmount within the auction, and a delay in seconds")
        return None
    return points


# Orders


def submitted_order(data: Any) -> SubmittedOrder:
    """The body of `/submit`. Raises `PartialFillsUnsupported` for one with several secrets."""
    check = Checker.of(data)
    chain = _chain(check, "srcChainId")
    quote_id = check.text("quoteId", max_length=40)
    signature = _hex(check, "signature", 132)
    extension = _hex(check, "extension", MAX_EXTENSION)
    order = _order(check)
    hashes = _secret_hashes(check)
    check.raise_errors()
    assert chain is not None
    if len(hashes) > 1:
        raise PartialFillsUnsupported("an order is filled once here, with one secret; secretHashes has several")
    limit_order = {"order": order, "signature": signature, "extension": extension}
    return SubmittedOrder(chain, quote_id, limit_order, hashes)


def submitted_orders(data: Any) -> list[Any]:
    """The body of `/submit/many`: its orders, not read yet."""
    check = Checker({})
    if not isinstance(data, list) or not 1 <= len(data) <= MAX_MANY:
        check.error("", f"must be a list of 1 to {MAX_MANY} orders")
    check.raise_errors()
    return list(data)


def _hex(check: Checker, name: str, max_length: int) -> str:
    value = check.text(name, max_length=max_length)
    if value and not HEX.fullmatch(value):
        check.error(name, "must be 0x and whole bytes in hexadecimal")
        return ""
    return value.lower()


def _order(check: Checker) -> dict[str, str]:
    given = check.body.get("order")
    if not isinstance(given, dict):
        check.error("order", "must be an object")
        return {}
    inner = Checker(given)
    found = {name: inner.text(name, max_length=80) for name in (*ORDER_NUMBERS, *ORDER_ADDRESSES)}
    for name in ORDER_NUMBERS:
        if found[name] and not (found[name].isascii() and found[name].isdigit()):
            inner.error(name, "must be a whole number, as a string of digits")
    for name in ORDER_ADDRESSES:
        if found[name] and not is_evm_address(found[name]):
            inner.error(name, "is not an address (0x and 40 hexadecimal characters)")
    for fault in inner.errors:
        check.error(f"order.{fault['field']}", fault["message"])
    return {name: value.lower() for name, value in found.items()}


def _secret_hashes(check: Checker) -> tuple[str, ...]:
    given = check.body.get("secretHashes")
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) and HASH.fullmatch(one) for one in given):
        check.error("secretHashes", "must be a list of hashes, each 0x and 64 hexadecimal characters")
        return ()
    return tuple(one.lower() for one in given)


def submitted_secret(data: Any) -> tuple[str, str]:
    """The body of `/submit/secret`: the order's hash (hex without 0x) and the secret as it was sent."""
    check = Checker.of(data)
    order_hash, secret = check.text("orderHash"), check.text("secret")
    if order_hash and not HASH.fullmatch(order_hash):
        check.error("orderHash", "must be 0x and 64 hexadecimal characters")
    check.raise_errors()
    return order_hash[2:].lower(), secret


# Reading


def page_of(query: Mapping[str, str]) -> Page:
    """`page` and `limit` of a list."""
    check = _of_query(query)
    number = _number(check, "page", 1, 1, MAX_PAGE)
    size = _number(check, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    check.raise_errors()
    return Page(number, size)


def _number(check: Checker, name: str, default: int, low: int, high: int) -> int:
    text = check.text(name, required=False, max_length=20)
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        check.error(name, f"must be a whole number from {low} to {high}")
        return default
    return int(text)


def order_filters(query: Mapping[str, str]) -> dict[str, Any]:
    """What a maker's orders are narrowed down to, as filters of sessions."""
    check = _of_query(query)
    found: dict[str, Any] = {}
    for name, field in (("srcChain", "source_chain_id"), ("dstChain", "destination_chain_id")):
        chain = _chain(check, name) if check.body.get(name) else None
        if chain is not None:
            found[field] = chain.name
    for name, field in (("srcToken", "source_token"), ("dstToken", "destination_token"), ("withToken", "with_token")):
        if check.body.get(name):
            address = _address(check, name)
            found[field] = NOBODY if address == NATIVE else address
    for name, field in (("timestampFrom", "from_ms"), ("timestampTo", "to_ms")):
        if check.body.get(name):
            found[field] = _number(check, name, 0, 0, 10**14)
    check.raise_errors()
    return found


def chain_wanted(query: Mapping[str, str]) -> ChainConfig:
    """`chainId` of a question about one chain."""
    check = _of_query(query)
    found = _chain(check, "chainId")
    check.raise_errors()
    assert found is not None
    return found
