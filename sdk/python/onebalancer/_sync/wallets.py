# Made from _async/wallets.py by sdk/generate.py: change that file instead.
"""What sends the maker's calls: his own wallets, and nothing of ours ever sees their keys."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from eth_account import Account

from onebalancer._sync.evm import EvmNode
from onebalancer._sync.io import pause
from onebalancer.chains import Chains, EvmChain, chain_of
from onebalancer.differences import Differences
from onebalancer.errors import ChainUnreachable, ConfigurationError, VerificationFailed
from onebalancer.evm_calls import approve_data, check_evm_calls
from onebalancer.models import EvmCall, NearCall, OrderOffer
from onebalancer.near_calls import check_near_calls, to_py_near
from onebalancer.secrets import SwapRecord

RECEIPT_LOOKS = 600
BETWEEN_LOOKS = 0.5


class EvmWallet(Protocol):
    """Sends transactions and signs typed data. `KeyWallet` is one."""

    def send_transaction(self, to: str, data: str, value: int) -> str:
        """Sign and send; gives the hash once it succeeded in a block."""

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """EIP-712: 0x and 65 bytes."""


class NearWallet(Protocol):
    """An `Account` of py-near."""

    def function_call(
        self, contract_id: str, method_name: str, args: dict[Any, Any], gas: int = ..., amount: int = ...
    ) -> Any:
        """Sign and send; returns when it is done."""


Wallets = Mapping[str, EvmWallet | NearWallet]


class KeyWallet:
    """An EVM key in this process. The key is never shown, also not in errors."""

    def __init__(self, private_key: str, rpc: str) -> None:
        self._account = Account.from_key(private_key)
        self._node = EvmNode(rpc)
        self.address: str = self._account.address

    def send_transaction(self, to: str, data: str, value: int) -> str:
        """See `EvmWallet`. Raises `ChainUnreachable`, also for one that was reverted."""
        node = self._node
        call = {"from": self.address, "to": to, "data": data, "value": hex(value)}
        tip = node.number("eth_maxPriorityFeePerGas")
        base = int((node.rpc("eth_getBlockByNumber", ["latest", False]))["baseFeePerGas"], 16)
        signed = self._account.sign_transaction(
            {
                "type": 2,
                "chainId": node.number("eth_chainId"),
                "nonce": node.number("eth_getTransactionCount", self.address, "pending"),
                "to": bytes.fromhex(to[2:]),
                "data": data,
                "value": value,
                "gas": node.number("eth_estimateGas", call) * 5 // 4,
                "maxPriorityFeePerGas": tip,
                "maxFeePerGas": 2 * base + tip,
            }
        )
        sent = str(node.rpc("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()]))
        return self._succeeded(sent)

    def _succeeded(self, sent: str) -> str:
        for _ in range(RECEIPT_LOOKS):
            receipt = self._node.rpc("eth_getTransactionReceipt", [sent])
            if receipt:
                if int(receipt["status"], 16) != 1:
                    raise ChainUnreachable(f"{sent} was reverted")
                return sent
            pause(BETWEEN_LOOKS)
        raise ChainUnreachable(f"{sent} is in no block yet: look for it before you send it again")

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """See `EvmWallet`."""
        return "0x" + bytes(self._account.sign_typed_data(full_message=typed_data).signature).hex()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"


def check_calls(chains: Chains, record: SwapRecord, calls: Sequence[EvmCall | NearCall]) -> dict[str, str]:
    """Check the calls of the maker's own lock; gives the terms of the lock that they make. Raises `VerificationFailed`."""
    name = record.request["sourceChain"].lower()
    chain, told = chain_of(chains, name), Differences(f"calls on {name}")
    for call in calls:
        told.same("chain", call["chain"], name)
    terms: dict[str, str] | None
    if isinstance(chain, EvmChain):
        made = check_evm_calls(told, chain, record, cast(Sequence[EvmCall], calls))
        terms = made.plain() if made else None
    else:
        terms = check_near_calls(told, chain, record, cast(Sequence[NearCall], calls))
    if told.found or terms is None:
        raise VerificationFailed(told.found)
    return terms


def send_calls(wallets: Wallets, calls: Sequence[EvmCall | NearCall]) -> None:
    """Send calls, one after the other, each once the one before is done."""
    for call in calls:
        if "receiverId" in call:
            near = cast(NearCall, call)
            near_wallet(wallets, near["chain"]).function_call(**to_py_near(near))
        else:
            evm_wallet(wallets, call["chain"]).send_transaction(call["to"], call["data"], int(call["value"]))


def approve(wallets: Wallets, chain: str, offer: OrderOffer) -> None:
    """The allowance that an order needs."""
    asked = offer["approve"]
    data = approve_data(asked["spender"], int(asked["amount"]))
    evm_wallet(wallets, chain).send_transaction(asked["token"], data, 0)


def evm_wallet(wallets: Wallets, chain: str) -> EvmWallet:
    """Raises `ConfigurationError`."""
    return cast(EvmWallet, _wallet(wallets, chain, "send_transaction"))


def near_wallet(wallets: Wallets, chain: str) -> NearWallet:
    """Raises `ConfigurationError`."""
    return cast(NearWallet, _wallet(wallets, chain, "function_call"))


def _wallet(wallets: Wallets, chain: str, method: str) -> object:
    wallet = wallets.get(chain.lower())
    if not hasattr(wallet, method):
        raise ConfigurationError(f"wallets[{chain!r}] is missing, or has no {method}")
    return wallet
