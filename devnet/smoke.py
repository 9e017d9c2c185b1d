"""One small swap on a running service and the chains that are configured, by this checkout's Python SDK.

It is an outsider: REST, the socket, the maker's own keys, and his own look at both locks before the secret leaves. What he
pays with is real, so the amount is small, the secret and the receipt are kept in a folder before anything is locked, and
an interrupted swap is taken up again by its id.
"""

import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from chains.config import ChainConfig, Token, chain_config, client

if TYPE_CHECKING:
    from onebalancer import Chain, CreateSession, SessionAnswer, SwapUpdate

SDK = Path(__file__).parents[1] / "sdk" / "python"
SLIPPAGE_BPS = 100


class NotReady(ValueError):
    """Something that the swap needs is not there; the sentence says what."""


@dataclass(frozen=True)
class Keys:
    """The maker's: an EVM private key (0x and 64 digits), and a NEAR account with its full-access key (ed25519:…)."""

    evm_key: str = ""
    near_account: str = ""
    near_key: str = ""


@dataclass(frozen=True)
class Terms:
    """What is swapped: one token for another, `amount` base units of the source token."""

    source: ChainConfig
    destination: ChainConfig
    token: Token
    wanted: Token
    amount: int


def terms_of(route: str, *, token: str = "", wanted: str = "", amount: str = "1") -> Terms:
    """From `base-near`, symbols (by default each chain's first token that is not its coin) and whole tokens.

    Raises `NotReady`.
    """
    names = route.split("-")
    if len(names) != 2 or names[0] == names[1]:
        raise NotReady(f"{route!r} is not a route: say two of {', '.join(settings.CHAINS)} as in base-near")
    source, destination = (_usable(name) for name in names)
    given, got = _token(source, token), _token(destination, wanted)
    return Terms(source, destination, given, got, _base_units(amount, given))


def _usable(name: str) -> ChainConfig:
    if name not in settings.CHAINS:
        raise NotReady(f"there is no chain {name!r}: {', '.join(settings.CHAINS)} are configured")
    config = chain_config(name)
    if not config.is_usable:
        raise NotReady(f"{name} has no endpoint, contract or account yet: see the README's table of variables")
    return config


def _token(config: ChainConfig, symbol: str) -> Token:
    found = [token for token in config.tokens if not symbol or token.symbol.lower() == symbol.lower()]
    if not found:
        known = ", ".join(token.symbol for token in config.tokens) or "no token"
        raise NotReady(f"{config.name} has no token {symbol or 'at all'}: {known} is configured")
    return next((token for token in found if token.id != config.native_token), found[0])


def _base_units(text: str, token: Token) -> int:
    try:
        amount = Fraction(text) * 10**token.decimals
    except (ValueError, ZeroDivisionError):
        raise NotReady(f"{text!r} is not an amount: whole tokens, as 0.5") from None
    if amount <= 0 or amount.denominator != 1:
        raise NotReady(f"{text} {token.symbol} is no whole number of base units: it has {token.decimals} decimals")
    return int(amount)


@dataclass
class Smoke:
    """One swap. `say` prints a line; secrets and receipts are kept in `folder`."""

    terms: Terms
    keys: Keys
    base_url: str
    api_key: str
    folder: Path
    say: Callable[[str], Any]

    def __post_init__(self) -> None:
        if str(SDK) not in sys.path:
            sys.path.insert(0, str(SDK))

    async def run(self, session_id: str = "") -> "SessionAnswer":
        """The whole swap, or the rest of one. Raises `NotReady`, the SDK's errors, and `NotReady` where we were not paid."""
        from onebalancer import AsyncClient, FileStore

        began, resumed = time.monotonic(), bool(session_id)
        chains = {config.name: _trusted(config) for config in (self.terms.source, self.terms.destination)}
        before = self._held()
        async with (
            self._wallet(self.terms.source) as wallet,
            AsyncClient(self.base_url, self.api_key, chains=chains, store=FileStore(self.folder)) as orchestrator,
        ):

            def tell(update: "SwapUpdate") -> None:
                self.say(f"{time.monotonic() - began:6.1f} s  {update.progress:>3} %  {update.status}")

            if not resumed:
                session_id = (await orchestrator.create_swap(await self._request(orchestrator)))["sessionId"]
                self.say(
                    f"{session_id}: secret and receipt are in {self.folder}; take it up again with --resume {session_id}"
                )
                await orchestrator.lock_by_self(session_id, {self.terms.source.name: wallet})
            ended = await orchestrator.resume(session_id, on_update=tell)
        self._tell_end(ended, None if resumed else before)
        return ended

    async def _request(self, orchestrator: Any) -> "CreateSession":
        """The session's body, at the price that the service quotes now."""
        terms = self.terms
        asked: dict[str, Any] = {
            "sourceChain": terms.source.name,
            "destinationChain": terms.destination.name,
            "sourceToken": terms.token.id,
            "destinationToken": terms.wanted.id,
        }
        quote = await orchestrator.quote({**asked, "amount": str(terms.amount), "slippageTolerance": SLIPPAGE_BPS})
        got = quote["quote"]["destinationAmount"]
        self.say(f"{_units(terms.amount, terms.token)} for {_units(int(got), terms.wanted)}")
        body: Any = {
            **asked,
            "sourceAmount": str(terms.amount),
            "destinationAmount": got,
            "quoteId": quote["quoteId"],
            "maker": self._account_on(terms.source),
            "taker": self._account_on(terms.destination),
            "slippageTolerance": SLIPPAGE_BPS,
        }
        return body  # type: ignore[no-any-return]

    def _account_on(self, config: ChainConfig) -> str:
        if config.family == "near":
            if not self.keys.near_account:
                raise NotReady("SMOKE_NEAR_ACCOUNT is missing: whose account on NEAR gives or gets")
            return self.keys.near_account
        from eth_account import Account

        if not self.keys.evm_key:
            raise NotReady("SMOKE_EVM_KEY is missing: the private key of the account that gives or gets")
        return str(Account.from_key(self.keys.evm_key).address)

    @asynccontextmanager
    async def _wallet(self, config: ChainConfig) -> AsyncIterator[Any]:
        account = self._account_on(config)
        if config.family == "evm":
            from onebalancer import AsyncKeyWallet

            yield AsyncKeyWallet(self.keys.evm_key, config.rpc_urls[0])
            return
        if not self.keys.near_key:
            raise NotReady("SMOKE_NEAR_KEY is missing: a full-access key of SMOKE_NEAR_ACCOUNT, as ed25519:…")
        from py_near.account import Account

        wallet = Account(account, self.keys.near_key, rpc_addr=config.rpc_urls[0])
        await wallet.startup()
        try:
            yield wallet
        finally:
            await wallet.shutdown()

    def _held(self) -> int:
        """What the taker has of the destination token."""
        config, token = self.terms.destination, self.terms.wanted.id
        node, account = client(config.name), self._account_on(config)
        return int(node.balance(account) if token == config.native_token else node.token_balance(token, account))

    def _tell_end(self, ended: "SessionAnswer", before: int | None) -> None:
        """Every transaction with its explorer, and what arrived, where the balance before is known. Raises `NotReady` when
        it is less than was promised."""
        links = {config.name: config.explorer_tx for config in (self.terms.source, self.terms.destination)}
        for sent in ended["transactions"]:
            self.say(f"  {sent['step']:<18} {links[sent['chain']] or sent['chain'] + ' '}{sent['hash']}")
        promised = int(ended["destinationAmount"])
        self.say(f"  {ended['status']}; {_units(promised, self.terms.wanted)} promised")
        if before is None or ended["status"] != "completed":
            return
        arrived = self._held() - before
        self.say(f"  {_units(arrived, self.terms.wanted)} arrived")
        if arrived < promised:
            raise NotReady("less arrived than was promised, unless something was spent meanwhile")


def _trusted(config: ChainConfig) -> "Chain":
    from onebalancer import EvmChain, NearChain

    if config.family == "near":
        return NearChain(config.network_id, config.rpc_urls, config.htlc)
    return EvmChain(int(config.network_id), config.rpc_urls, config.factory)


def _units(amount: int, token: Token) -> str:
    whole, part = divmod(abs(amount), 10**token.decimals)
    digits = f".{part:0{token.decimals}d}".rstrip("0").rstrip(".") if token.decimals else ""
    return f"{'-' if amount < 0 else ''}{whole}{digits} {token.symbol}"
