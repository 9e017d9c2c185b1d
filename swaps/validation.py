"""Checking a client's request field by field: every fault at once, and what is merely odd as a warning."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from chains.codec.address import checksum_ok, is_evm_address
from chains.codec.near_account import is_near_account
from chains.config import ChainConfig, UnknownChain, chain_config
from swaps.errors import InvalidSession
from swaps.hashlock import NotASecret, parse_secret
from swaps.services.sessions import SwapRequest

MAX_AMOUNT = 2**128 - 1  # what NEAR can carry; EVM could carry more
SESSION_FIELDS = {
    "sourceChain",
    "destinationChain",
    "sourceToken",
    "destinationToken",
    "sourceAmount",
    "destinationAmount",
    "maker",
    "taker",
    "slippageTolerance",
    "hashlock",
    "quoteId",
    "refundAddress",
    "confirmationLevel",
}


@dataclass
class Checker:
    """Collects errors and warnings while the fields of one body are read."""

    body: dict[str, Any]
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)

    def error(self, name: str, message: str) -> None:
        self.errors.append({"field": name, "message": message})

    def odd(self, name: str, message: str) -> None:
        """A warning, or an error where strict checking is on."""
        (self.errors if settings.STRICT_VALIDATION else self.warnings).append({"field": name, "message": message})

    def text(self, name: str, *, required: bool = True, max_length: int = 128) -> str:
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                self.error(name, "is required")
            return ""
        if not isinstance(value, str):
            self.error(name, "must be a string")
            return ""
        if len(value) > max_length:
            self.error(name, f"is longer than {max_length} characters")
            return ""
        return value

    def amount(self, name: str) -> int:
        """Base units as a decimal string; a JSON number is refused, since it may have been a float."""
        value = self.text(name, max_length=78)
        if not value:
            return 0
        if not re.fullmatch(r"[0-9]+", value):
            self.error(name, "must be a whole number of base units, as a string of digits")
            return 0
        amount = int(value)
        if not 0 < amount <= MAX_AMOUNT:
            self.error(name, f"must be between 1 and {MAX_AMOUNT}")
        return amount

    def chain(self, name: str) -> ChainConfig | None:
        value = self.text(name)
        if not value:
            return None
        try:
            return chain_config(value.lower())
        except UnknownChain:
            self.error(name, f"must be one of {', '.join(sorted(settings.CHAINS))}")
            return None

    def account(self, name: str, chain: ChainConfig | None) -> str:
        """An account on the chain: EVM addresses come back in lower case, their checksum only warned about."""
        value = self.text(name)
        if not value or chain is None:
            return value
        if chain.family == "near":
            if not is_near_account(value):
                self.error(name, f"is not a NEAR account id, which {chain.name} needs")
            return value
        if not is_evm_address(value):
            self.error(name, f"is not an address (0x and 40 hexadecimal characters), which {chain.name} needs")
            return value
        if not checksum_ok(value):
            self.odd(name, "has a wrong EIP-55 checksum: make sure that no character is mistyped")
        return value.lower()

    def token(self, name: str, chain: ChainConfig | None) -> str:
        """A configured token of the chain, by its contract, or by its symbol."""
        value = self.text(name)
        if not value or chain is None:
            return value
        by_symbol = next((token for token in chain.tokens if token.symbol == value), None)
        token = by_symbol or chain.token(value)
        if token is None:
            known = ", ".join(f"{token.id} ({token.symbol})" for token in chain.tokens)
            self.error(name, f"is not a token we swap on {chain.name}; we do {known}")
            return value
        return token.id

    def integer(self, name: str, low: int, high: int) -> int:
        value = self.body.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.error(name, f"must be a whole number from {low} to {high}")
            return 0
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.body.get(name, default)
        if value not in choices:
            self.error(name, f"must be one of {', '.join(choices)}")
            return default
        return str(value)

    def unknown(self, known: set[str]) -> None:
        for name in sorted(set(self.body) - known):
            self.odd(name, "is not a field of this request, and was ignored")

    def raise_errors(self) -> None:
        """Raise `InvalidSession` with every error found."""
        if self.errors:
            raise InvalidSession("the request has faults; errors[] names each", errors=self.errors)


def body_of(data: Any) -> dict[str, Any]:
    """The body as an object. Raises `InvalidSession` for anything else."""
    if not isinstance(data, dict):
        raise InvalidSession("the body must be a JSON object", errors=[{"field": "", "message": "must be an object"}])
    return data


def session_request(data: Any) -> SwapRequest:
    """Seed 000's body of `POST /sessions`, checked. Raises `InvalidSession` with every fault."""
    check = Checker(body_of(data))
    source, destination = check.chain("sourceChain"), check.chain("destinationChain")
    if source and destination and source.name == destination.name:
        check.error("destinationChain", "must be another chain than sourceChain")
    request: dict[str, Any] = {
        "source_token": check.token("sourceToken", source),
        "destination_token": check.token("destinationToken", destination),
        "source_amount": check.amount("sourceAmount"),
        "destination_amount": check.amount("destinationAmount"),
        "maker": check.account("maker", source),
        "taker": check.account("taker", destination),
        "slippage_bps": check.integer("slippageTolerance", 0, 10_000),
        "hashlock": _hashlock(check),
        "quote_id": check.text("quoteId", required=False, max_length=40),
        "confirmation_level": check.choice("confirmationLevel", ("fast", "normal", "secure"), "normal"),
    }
    _refund_address(check, source, request["maker"])
    _nobody_of_ours(check, "maker", source, request["maker"])
    _nobody_of_ours(check, "taker", destination, request["taker"])
    check.unknown(SESSION_FIELDS)
    check.raise_errors()
    assert source is not None and destination is not None
    return SwapRequest(
        source_chain=source.name, destination_chain=destination.name, warnings=tuple(check.warnings), **request
    )


def _nobody_of_ours(check: Checker, name: str, chain: ChainConfig | None, account: str) -> None:
    """The parties of a swap are people: not nobody, not us, and none of the contracts that a swap goes through."""
    if chain is None or not account:
        return
    taken = {chain.us, chain.contract, chain.native_token, *(token.id for token in chain.tokens)}
    if account.lower() in {one.lower() for one in taken if one}:
        check.error(name, "must be a person's account: this one is nobody's, ours, or a contract's")


def _hashlock(check: Checker) -> str:
    value = check.text("hashlock", required=False)
    if not value:
        return ""
    try:
        hashlock = parse_secret(value)
    except NotASecret:
        check.error("hashlock", "must be 32 bytes: 64 hexadecimal characters, with or without 0x")
        return ""
    if not any(hashlock):
        check.error("hashlock", "must not be zero")
    return hashlock.hex()


def _refund_address(check: Checker, source: ChainConfig | None, maker: str) -> None:
    """Our contracts refund the maker and nobody else: another address cannot be honoured, and is refused."""
    if "refundAddress" not in check.body:
        return
    address: str = check.account("refundAddress", source)
    if address and maker and address != maker:
        check.error("refundAddress", "must be the maker: the contracts refund nobody else")
