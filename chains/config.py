"""The configured chains, typed, and one client and signer set for each, shared by the process."""

import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from django.conf import settings

from chains.clients.base import ChainClient
from chains.clients.provider import Rules
from chains.clients.quorum import Quorum
from chains.codec.order import PACKAGE_DOMAIN, ROUTER, ROUTER_DOMAIN, OrderDomain

GENESIS_HASHES = {
    ("evm", "1"): "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    ("evm", "8453"): "0xf712aa9241cc24369b143cf6dce85f0902a9731e70d66818a3a5845b296c73dd",
    ("near", "mainnet"): "EPnLgE7iEq9s7yTkos96M3cWymH5avBAPm3qx3NXqR8H",
}
"""The hash of block 0 by family and network id, where a chain's own `genesis_hash` does not say it."""


_made: dict[str, tuple[dict[str, Any], "ChainConfig"]] = {}
TOKEN_CAPS = ("max_per_transaction", "max_per_day", "max_fast", "min_swap", "max_swap")


class UnknownChain(KeyError):
    """A name that is not configured."""


@dataclass(frozen=True)
class Token:
    """`id` is the contract's address or account; the native coin is the zero address (EVM) or "near".

    The caps are base units that one key may pay out in one transaction, and in any 24 hours; None is no cap. `max_fast` is
    the most that a lock may hold which is believed after so many `confirmations` instead of at finality: 0 is never.
    A swap takes or gives `min_swap` to `max_swap` of it.
    """

    symbol: str
    id: str
    decimals: int
    max_per_transaction: int | None = None
    max_per_day: int | None = None
    max_fast: int = 0
    min_swap: int = 1
    max_swap: int | None = None


@dataclass(frozen=True)
class ChainConfig:
    """One table of chains.toml with its environment; see there for the meaning of the figures (seconds)."""

    name: str
    family: Literal["evm", "near"]
    network_id: str
    rpc_urls: tuple[str, ...]
    finality: str | int
    block_seconds: float
    finality_seconds: int
    inclusion_seconds: int
    watcher_lag_seconds: int
    poll_ms: int
    tokens: tuple[Token, ...]
    explorer_tx: str = ""
    explorer_address: str = ""
    explorer_block: str = ""
    safety_deposit: int = 0
    resend_seconds: float = 15.0
    stuck_seconds: float = 60.0
    max_fee_wei: int = 500 * 10**9
    confirmations: dict[str, int] = field(default_factory=dict)
    factory: str = ""
    resolver: str = ""
    limit_order_protocol: str = ""
    true_token: str = ""
    order_domain_name: str = ""
    order_domain_version: str = ""
    access_token: str = ""
    native_symbol: str = ""
    htlc: str = ""
    account: str = ""
    private_keys: tuple[str, ...] = field(default=(), repr=False)
    genesis_hash: str = ""
    quorum: int | None = None
    rpc_timeout_seconds: float = 10.0
    breaker_failures: int = 5
    breaker_seconds: float = 10.0

    @property
    def contract(self) -> str:
        """The contract whose locks we watch."""
        return self.factory if self.family == "evm" else self.htlc

    @property
    def us(self) -> str:
        """Who pays and is paid in our name: the Resolver, or our NEAR account."""
        return self.resolver if self.family == "evm" else self.account

    @property
    def order_domain(self) -> OrderDomain:
        """What makers sign their orders under here: as configured; else by the address, which is the same for 1inch's own
        contract on most chains."""
        if self.order_domain_name:
            name, version = self.order_domain_name, self.order_domain_version
        else:
            name, version = ROUTER_DOMAIN if self.limit_order_protocol == ROUTER else PACKAGE_DOMAIN
        return OrderDomain(int(self.network_id), self.limit_order_protocol, name, version)

    @property
    def stale_after_seconds(self) -> float:
        """How old the newest block may be before that is alarming."""
        return self.watcher_lag_seconds + max(10.0, 5 * self.block_seconds)

    @property
    def native_token(self) -> str:
        return "0x" + "0" * 40 if self.family == "evm" else "near"

    @property
    def native_coin(self) -> tuple[str, int]:
        """Symbol and decimals of the coin that gas is paid in: as configured; else ETH or NEAR."""
        decimals = 18 if self.family == "evm" else 24
        token = self.token(self.native_token)
        if token is not None:
            return token.symbol, token.decimals
        return self.native_symbol or ("ETH" if self.family == "evm" else "NEAR"), decimals

    @property
    def is_usable(self) -> bool:
        """Whether it has an endpoint, a contract and an identity of ours."""
        return bool(self.rpc_urls and self.contract and self.us)

    @property
    def providers_needed(self) -> int:
        """How many providers must agree before money moves: as configured; else more than half of them."""
        return len(self.rpc_urls) // 2 + 1 if self.quorum is None else self.quorum

    @property
    def rules(self) -> Rules:
        """How its providers are dealt with."""
        genesis = self.genesis_hash or GENESIS_HASHES.get((self.family, self.network_id), "")
        return Rules(self.network_id, genesis, self.breaker_failures, self.breaker_seconds)

    def token(self, token_id: str) -> Token | None:
        wanted = token_id.lower() if self.family == "evm" else token_id
        return next((token for token in self.tokens if token.id == wanted), None)


def chain_config(name: str) -> ChainConfig:
    """The chain's configuration. Raises `UnknownChain`."""
    try:
        return _typed(name, settings.CHAINS[name])
    except KeyError:
        raise UnknownChain(name) from None


def chain_configs() -> list[ChainConfig]:
    """Every configured chain, in the order of the file."""
    return [_typed(name, values) for name, values in settings.CHAINS.items()]


def _typed(name: str, values: dict[str, Any]) -> ChainConfig:
    """The table as it stands now. One request asks a dozen times: what was made of the same values is given again."""
    made_of, made = _made.get(name, (None, None))
    if made is None or made_of != values:
        made_of, made = copy.deepcopy(values), _make(name, values)
        _made[name] = made_of, made
    return made


def _make(name: str, values: dict[str, Any]) -> ChainConfig:
    fields = dict(values)
    is_evm = fields["family"] == "evm"
    tokens = tuple(_token(token, is_evm) for token in fields.pop("tokens", ()))
    fields["rpc_urls"] = tuple(fields["rpc_urls"])
    fields["private_keys"] = tuple(fields["private_keys"])
    return ChainConfig(name=name, tokens=tokens, **fields)


def _token(values: dict[str, Any], is_evm: bool) -> Token:
    caps = {key: int(values[key]) for key in TOKEN_CAPS if values.get(key) is not None}
    token_id = values["id"].lower() if is_evm else values["id"]
    return Token(values["symbol"], token_id, int(values["decimals"]), **caps)


@cache
def client(name: str) -> Any:
    """The process's client of a chain: an `EvmClient` or a `NearClient`, its connections pooled."""
    config = chain_config(name)
    if config.family == "evm":
        from chains.clients.evm import EvmClient

        return EvmClient(config.rpc_urls, config.rpc_timeout_seconds, config.rules)
    from chains.clients.near import NearClient

    return NearClient(config.rpc_urls, config.rpc_timeout_seconds, config.rules)


@cache
def quorum(name: str) -> Quorum[Any]:
    """The process's way to ask so many providers of a chain as money needs; they are those of `client`."""
    return Quorum(client(name), chain_config(name).providers_needed, name)


def base_client(name: str) -> ChainClient:
    """The part of a client that both families have."""
    typed: ChainClient = client(name)
    return typed


@cache
def signers(name: str) -> tuple[Any, ...]:
    """Our signers on a chain, one for each configured private key."""
    config = chain_config(name)
    if config.family == "evm":
        from chains.signers.local_evm import LocalEvmSigner

        return tuple(LocalEvmSigner(key) for key in config.private_keys)
    from chains.signers.local_near import LocalNearSigner

    return tuple(LocalNearSigner(config.account, key) for key in config.private_keys)


def forget_clients() -> None:
    """Drop cached clients and signers: after a change of settings, and in tests."""
    quorum.cache_clear()
    client.cache_clear()
    signers.cache_clear()
