"""Checking the bodies of swaps' requests: every fault at once, and what is merely odd as a warning."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from chains.checking import ChainChecker
from chains.config import ChainConfig, Token
from pricing.limits import limits_of
from swaps.errors import InvalidSession
from swaps.hashlock import NotASecret, parse_secret
from swaps.services.sessions import SwapRequest

SOURCE_LOCKS = ("self", "order")
LEVELS = ("fast", "normal", "secure")
BPS = 10_000
LEAST_LIFE = 60  # seconds: nobody locks sooner
SESSION_FIELDS = {
    "sourceChain", "destinationChain", "sourceToken", "destinationToken", "sourceAmount", "destinationAmount", "maker",
    "taker", "slippageTolerance", "hashlock", "quoteId", "refundAddress", "confirmationLevel", "expiresIn",
}  # fmt: skip


class Checker(ChainChecker):
    """Refuses as `swaps` does."""

    refusal = InvalidSession


def body_of(data: Any) -> dict[str, Any]:
    """The body as an object. Raises `InvalidSession` for anything else."""
    return Checker.of(data).body


def session_request(data: Any) -> SwapRequest:
    """Seed 000's body of `POST /sessions`, checked. Raises `InvalidSession` with every fault."""
    check = Checker.of(data)
    source, destination = check.chain("sourceChain"), check.chain("destinationChain")
    check.pair(source, destination)
    source_token = check.token("sourceToken", source)
    destination_token = check.token("destinationToken", destination)
    request: dict[str, Any] = {
        "source_amount": _limited(check, "sourceAmount", source_token, ours=False),
        "destination_amount": _limited(check, "destinationAmount", destination_token, ours=True),
        "maker": check.account("maker", source),
        "taker": check.account("taker", destination),
        "slippage_bps": check.integer("slippageTolerance", 0, BPS),
        "hashlock": _hashlock(check),
        "quote_id": check.text("quoteId", required=False, max_length=40),
        "confirmation_level": check.choice("confirmationLevel", LEVELS, "normal"),
        "expires_in": _expires_in(check),
    }
    _refund_address(check, source, request["maker"])
    _nobody_of_ours(check, "maker", source, request["maker"])
    _nobody_of_ours(check, "taker", destination, request["taker"])
    check.unknown(SESSION_FIELDS)
    check.raise_errors()
    assert source and destination and source_token and destination_token
    return SwapRequest(
        source_chain=source.name,
        destination_chain=destination.name,
        source_token=source_token.id,
        destination_token=destination_token.id,
        warnings=tuple(check.warnings),
        **request,
    )


def _limited(check: Checker, name: str, token: Token | None, *, ours: bool) -> int:
    """An amount within the token's limits; `ours` is what we lock, which no key of ours may do beyond its cap."""
    amount = check.amount(name)
    if not amount or token is None:
        return amount
    limits = limits_of(token, ours=ours)
    if not limits.allow(amount):
        most = amount if limits.most is None else limits.most
        check.error(name, f"must be from {limits.least} to {most} base units of {token.symbol}", "out_of_limits")
    return amount


def _expires_in(check: Checker) -> int:
    """Seconds until which the source lock must be seen: the client may shorten what we allow."""
    most = int(settings.SESSION_TIMEOUT_SECONDS)
    return check.integer("expiresIn", min(LEAST_LIFE, most), most, default=most)


@dataclass(frozen=True)
class ExecuteRequest:
    """A checked request to execute; `limit_order` is as it came, for `swaps.services.orders` to judge."""

    source_lock: str
    limit_order: dict[str, Any] | None = None
    confirmation_level: str = ""
    warnings: tuple[dict[str, str], ...] = ()


def execute_request(data: Any) -> ExecuteRequest:
    """The body of `POST /sessions/{id}/execute`, checked. Raises `InvalidSession` with every fault."""
    check = Checker.of(data)
    limit_order = check.body.get("limitOrder")
    mode = check.choice("sourceLock", SOURCE_LOCKS, "self" if limit_order is None else "order")
    level = check.choice("confirmationLevel", LEVELS, "normal") if "confirmationLevel" in check.body else ""
    if mode == "order" and not (isinstance(limit_order, dict) and {"order", "signature"} <= set(limit_order)):
        check.error(
            "limitOrder", "is required for this source lock: {order, signature}, extension where it is your own"
        )
    if mode == "self" and limit_order is not None:
        check.error("limitOrder", "goes with sourceLock order, and this is self")
    check.unknown({"sourceLock", "limitOrder", "confirmationLevel"})
    check.raise_errors()
    return ExecuteRequest(mode, limit_order if mode == "order" else None, level, tuple(check.warnings))


@dataclass(frozen=True)
class SecretRequest:
    """A secret as it was written, for `swaps.hashlock` to judge."""

    secret: str = field(repr=False)
    warnings: tuple[dict[str, str], ...] = ()


def secret_request(data: Any) -> SecretRequest:
    """The body of `POST /sessions/{id}/secret`, checked. Raises `InvalidSession` with every fault."""
    check = Checker.of(data)
    secret = check.text("secret")
    check.unknown({"secret"})
    check.raise_errors()
    return SecretRequest(secret, tuple(check.warnings))


def cancel_warnings(data: Any) -> tuple[dict[str, str], ...]:
    """What is odd about the body of `POST /sessions/{id}/cancel`, which has no fields. Raises `InvalidSession`."""
    check = Checker.of(data)
    check.unknown(set())
    check.raise_errors()
    return tuple(check.warnings)


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
