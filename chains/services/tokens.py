"""Whether a token that is not in the chains file exists on its chain: for a clear answer to whoever asks for it.

Strangers decide what is looked up, so it is bounded on every side: only ids of the chain's own shape, only from our configured
nodes, by clients of their own (a failing look-up never opens the circuit of the ones that money rests on), a second for
each answer, few at once, and remembered.
"""

import threading
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import structlog
from django.core.cache import cache

from chains.clients.provider import NO_RULES
from chains.codec.address import is_evm_address
from chains.codec.near_account import is_near_account
from chains.config import ChainConfig
from chains.errors import ChainError, CodecError, RpcRejected, Unexplained

log = structlog.get_logger(__name__)
ANSWER_SECONDS = 1.0
PROVIDERS = 2
AT_ONCE = 2
MAX_SYMBOL = 32
MAX_DECIMALS = 255
REMEMBER = {"found": 86_400, "absent": 60, "unclear": 5}  # seconds
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class TokenFacts:
    """What the chain says: `found` with its symbol and decimals, `absent`, or `unclear` where no node answered in time."""

    state: Literal["found", "absent", "unclear"]
    symbol: str = ""
    decimals: int = 0


ABSENT, UNCLEAR = TokenFacts("absent"), TokenFacts("unclear")


def token_look_up(config: ChainConfig, token_id: str) -> TokenFacts:
    """The token's facts, remembered or asked for. Never raises, and takes four seconds at most."""
    is_id = is_evm_address(token_id) if config.family == "evm" else is_near_account(token_id)
    if not is_id or not config.rpc_urls:
        return ABSENT if not is_id else UNCLEAR
    key = f"token:{config.name}:{token_id.lower()}"
    known = _recall(key)
    if known is not None:
        return known
    if not _turns.acquire(blocking=False):
        return UNCLEAR  # others are looking: nobody waits for strangers' tokens
    try:
        found = _ask(config, token_id)
    finally:
        _turns.release()
    _remember(key, found)
    return found


def _ask(config: ChainConfig, token_id: str) -> TokenFacts:
    node = _node(config.family, config.rpc_urls[:PROVIDERS])
    try:
        symbol, decimals = _evm(node, token_id) if config.family == "evm" else _near(node, token_id)
    except Unexplained as error:
        return _unclear(config, error)
    except (RpcRejected, CodecError, KeyError, TypeError, ValueError):
        return ABSENT  # no contract, or none that says what a token says
    except ChainError as error:
        return _unclear(config, error)
    if not 0 <= decimals <= MAX_DECIMALS:
        return ABSENT
    return TokenFacts("found", _printable(symbol), decimals)


def _unclear(config: ChainConfig, error: ChainError) -> TokenFacts:
    log.info("token.unclear", chain=config.name, error=str(error)[:200])
    return UNCLEAR


def _evm(node: Any, token_id: str) -> tuple[str, int]:
    return node.erc20_symbol(token_id), int(node.erc20_decimals(token_id))


def _near(node: Any, token_id: str) -> tuple[str, int]:
    metadata = node.view(token_id, "ft_metadata")
    return str(metadata["symbol"]), int(metadata["decimals"])


def _printable(symbol: str) -> str:
    """A contract may call itself anything."""
    return "".join(char for char in symbol[:MAX_SYMBOL] if char.isprintable()) or "?"


@lru_cache(maxsize=16)
def _node(family: str, urls: tuple[str, ...]) -> Any:
    if family == "evm":
        from chains.clients.evm import EvmClient

        return EvmClient(urls, ANSWER_SECONDS, NO_RULES)
    from chains.clients.near import NearClient

    return NearClient(urls, ANSWER_SECONDS, NO_RULES)


def _recall(key: str) -> TokenFacts | None:
    try:
        kept = cache.get(key)
    except Exception:
        return None  # without Redis each look-up is made anew, and `AT_ONCE` still bounds them
    return TokenFacts(**kept) if kept else None


def _remember(key: str, found: TokenFacts) -> None:
    try:
        cache.set(key, asdict(found), REMEMBER[found.state])
    except Exception as error:
        log.info("token.not_remembered", error=str(error)[:200])
