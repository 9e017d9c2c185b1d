"""Swaps between chains through a 1Balancer orchestrator, with the secret kept by its maker."""

from onebalancer._async.client import AsyncClient
from onebalancer._async.wallets import AsyncEvmWallet, AsyncKeyWallet, AsyncNearWallet, AsyncWallets
from onebalancer._sync.client import Client
from onebalancer._sync.wallets import EvmWallet, KeyWallet, NearWallet, Wallets, check_calls
from onebalancer.chains import Chain, Chains, EvmChain, NearChain
from onebalancer.errors import (
    ApiError,
    ChainUnreachable,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    Difference,
    Forbidden,
    InvalidRequest,
    NodeRefused,
    NotFound,
    OneBalancerError,
    RateLimited,
    ServiceFault,
    SwapEnded,
    TimedOut,
    Unauthorized,
    VerificationFailed,
)
from onebalancer.evm_order import sign_order
from onebalancer.following import Following
from onebalancer.models import CreateSession, Receipt, SessionAnswer, SessionDocument
from onebalancer.near_calls import to_py_near
from onebalancer.secrets import FileStore, HashFunction, MemoryStore, SwapRecord, SwapStore, hashlock_of, new_secret
from onebalancer.updates import SwapUpdate

__version__ = "0.1.0"
__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncEvmWallet",
    "AsyncKeyWallet",
    "AsyncNearWallet",
    "AsyncWallets",
    "Chain",
    "ChainUnreachable",
    "Chains",
    "Client",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "CreateSession",
    "Difference",
    "EvmChain",
    "EvmWallet",
    "FileStore",
    "Following",
    "Forbidden",
    "HashFunction",
    "InvalidRequest",
    "KeyWallet",
    "MemoryStore",
    "NearChain",
    "NearWallet",
    "NodeRefused",
    "NotFound",
    "OneBalancerError",
    "RateLimited",
    "Receipt",
    "ServiceFault",
    "SessionAnswer",
    "SessionDocument",
    "SwapEnded",
    "SwapRecord",
    "SwapStore",
    "SwapUpdate",
    "TimedOut",
    "Unauthorized",
    "VerificationFailed",
    "Wallets",
    "check_calls",
    "hashlock_of",
    "new_secret",
    "sign_order",
    "to_py_near",
]
