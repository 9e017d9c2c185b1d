"""The configured chains, typed, and one client and signer set for each, shared by the process."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from django.conf import settings

from chains.clients.base import ChainClient


class UnknownChain(KeyError):
    """A name that is not configured."""


@dataclass(frozen=True)
class Token:
    """`id` is the contract's address or account; the native coin is the zero address (EVM) or "near".

    The caps are base units that one key may pay out in one transaction, and in any 24 hours; None is no cap.
    """

    symbol: str
    id: str
    decimals: int
    max_per_transaction: int | None = None
    max_per_day: int | None = None


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
    safety_deposit: int = 0
    resend_seconds: float = 15.0
    stuck_seconds: float = 60.0
    max_fee_wei: int = 500 * 10**9
    confirmations: dict[str, int] = field(default_factory=dict)
    factory: str = ""
    resolver: str = ""
    limit_order_protocol: str = ""
    true_token: str = ""
    htlc: str = ""
    account: str = ""
    private_keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def contract(self) -> str:
        """The contract whose locks we watch."""
        return self.factory if self.family == "evm" else self.htlc

    @property
    def us(self) -> str:
        """Who pays and is paid in our name: the Resolver, or our NEAR account."""
        return self.resolver if self.family == "evm" else self.account

    @property
    def stale_after_seconds(self) -> float:
        """How old the newest block may be before that is alarming."""
        return self.watcher_lag_seconds + max(10.0, 5 * self.block_seconds)

    @property
    def native_token(self) -> str:
        return "0x" + "0" * 40 if self.family == "evm" else "near"

    @property
    def is_usable(self) -> bool:
        """Whether it has an endpoint, a contract and an identity of ours."""
        return bool(self.rpc_urls and self.contract and self.us)

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
    fields = dict(values)
    is_evm = fields["family"] == "evm"
    tokens = tuple(_token(token, is_evm) for token in fields.pop("tokens", ()))
    fields["rpc_urls"] = tuple(fields["rpc_urls"])
    fields["private_keys"] = tuple(fields["private_keys"])
    return ChainConfig(name=name, tokens=tokens, **fields)


def _token(values: dict[str, Any], is_evm: bool) -> Token:
    caps = {key: int(values[key]) for key in ("max_per_transaction", "max_per_day") if values.get(key) is not None}
    token_id = values["id"].lower() if is_evm else values["id"]
    return Token(values["symbol"], token_id, int(values["decimals"]), **caps)


@cache
def client(name: str) -> Any:
    """The process's client of a chain: an `EvmClient` or a `NearClient`, its connections pooled."""
    config = chain_config(name)
    if config.family == "evm":
        from chains.clients.evm import EvmClient

        return EvmClient(list(config.rpc_urls))
    from chains.clients.near import NearClient

    return NearClient(list(config.rpc_urls))


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
    client.cache_clear()
    signers.cache_clear()
