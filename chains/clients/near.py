"""NEAR through JSON-RPC (nearcore's RPC, docs.near.org)."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

import base58

from chains.clients.httpx_endpoint import HttpxEndpoint
from chains.clients.near_errors import rejection
from chains.clients.near_types import (
    UNKNOWN,
    AccessKey,
    NearAccount,
    Outcome,
    StorageBalance,
    access_key_of,
    account_of,
    block_ref,
    outcome_of,
)
from chains.clients.provider import NO_RULES, Check, Provider, Rules
from chains.clients.rpc import Rpc, as_urls, providers_of
from chains.codec.abi import integer
from chains.errors import CodecError, ContractPanic, NodeMisbehaving, UnknownAccessKey, UnknownTransaction
from chains.events import BlockRef

__all__ = ["AccessKey", "NearAccount", "NearClient", "Outcome", "StorageBalance"]

T = TypeVar("T")
BlockId = int | str
_SIGNATURE_SIZE = 1 + 64


class NearClient:
    """One network behind one or several URLs; see `ChainClient` for what every method raises.

    `timeout` in seconds for each request. `finality` is "optimistic", "near-final" or "final"; with `block` (height or
    hash) the state after that block is read instead. Amounts in yoctoNEAR or base units; hashes in base58.
    """

    def __init__(self, url: str | Sequence[str], timeout: float = 10.0, rules: Rules = NO_RULES) -> None:
        endpoints = [HttpxEndpoint(one, timeout) for one in as_urls(url)]
        self._rpc = Rpc(providers_of(endpoints, rejection, _checks(rules), rules))

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Whom it asks."""
        return self._rpc.providers

    def each_provider(self) -> list["NearClient"]:
        """A client for each provider alone, to ask several the same question; their connections are shared."""
        return [self] if len(self.providers) == 1 else [self._alone(provider) for provider in self.providers]

    @classmethod
    def _alone(cls, provider: Provider) -> "NearClient":
        made = cls.__new__(cls)
        made._rpc = Rpc([provider])
        return made

    def close(self) -> None:
        """Close the connections."""
        self._rpc.close()

    # The chain

    def network_id(self) -> str:
        """The chain's name: mainnet, testnet, or another."""
        return self._rpc.call("status", [], lambda answer: str(answer["chain_id"]))

    def earliest_height(self) -> int:
        """The height at which the node's history begins; what was before is pruned."""
        return self._rpc.call("status", [], lambda answer: integer(answer["sync_info"]["earliest_block_height"]))

    def head(self, finality: str = "optimistic") -> BlockRef:
        """The newest block of a finality."""
        return self._rpc.call("block", {"finality": finality}, block_ref)

    def final_head(self) -> BlockRef:
        """The newest final block."""
        return self.head("final")

    def block(self, block_id: BlockId) -> BlockRef:
        """A block by height or hash. Raises `UnknownBlock`, also for a height that was skipped."""

        def read(answer: Any) -> BlockRef:
            found = block_ref(answer)
            if block_id not in (found.height, found.hash):
                raise NodeMisbehaving(f"asked for block {block_id}, got {found.height} {found.hash}")
            return found

        return self._rpc.call("block", {"block_id": block_id}, read)

    def changes(self, block_hash: str, account_ids: Sequence[str], key_prefix: bytes = b"") -> list[dict[str, Any]]:
        """The changes of contract state that a block made, in the node's order. Raises `UnknownBlock`."""
        params = {
            "changes_type": "data_changes",
            "account_ids": list(account_ids),
            "key_prefix_base64": base64.b64encode(key_prefix).decode(),
            "block_id": block_hash,
        }

        def read(answer: Any) -> list[dict[str, Any]]:
            if answer["block_hash"] != block_hash:
                raise NodeMisbehaving(f"asked for the changes of {block_hash}, got those of {answer['block_hash']}")
            if not isinstance(answer["changes"], list):
                raise NodeMisbehaving("changes must be a list")
            return answer["changes"]

        return self._rpc.call("EXPERIMENTAL_changes", params, read)

    def touches_state(self, block_hash: str, account_id: str) -> bool:
        """Whether the block changed that contract's state. Raises `UnknownBlock`."""

        def read(answer: Any) -> bool:
            if answer["block_hash"] != block_hash:
                raise NodeMisbehaving(f"asked what {block_hash} touched, got {answer['block_hash']}")
            touched = {(change["account_id"], change["type"]) for change in answer["changes"]}
            return (account_id, "data_touched") in touched

        return self._rpc.call("EXPERIMENTAL_changes_in_block", {"block_id": block_hash}, read)

    def gas_price(self, block_id: BlockId | None = None) -> int:
        """yoctoNEAR for one gas, as of a block or the newest."""
        return self._rpc.call("gas_price", [block_id], lambda answer: integer(answer["gas_price"]))

    # Accounts and contracts

    def view(
        self,
        contract: str,
        method: str,
        args: Mapping[str, Any] | bytes | None = None,
        *,
        finality: str = "final",
        block: BlockId | None = None,
    ) -> Any:
        """What a view function returns, from JSON; None for nothing. `args` as an object or as ready JSON.

        Raises `ContractPanic`, `UnknownAccount`, and `CodecError` when the contract's answer is not JSON.
        """
        encoded = args if isinstance(args, bytes) else json.dumps(args or {}, separators=(",", ":")).encode()
        request = {
            "request_type": "call_function",
            "account_id": contract,
            "method_name": method,
            "args_base64": base64.b64encode(encoded).decode(),
        }

        def read(answer: Any) -> bytes | str:
            failed = answer.get("error")
            return str(failed) if failed is not None else bytes(answer["result"])

        answered = self._query(request, read, finality, block)
        if isinstance(answered, str):
            raise ContractPanic(f"{contract}.{method}: {answered[:500]}", code="CONTRACT_EXECUTION_ERROR")
        try:
            return json.loads(answered) if answered else None
        except (ValueError, RecursionError):
            raise CodecError(f"{contract}.{method} did not answer in JSON: {answered[:80]!r}") from None

    def account(self, account_id: str, *, finality: str = "final", block: BlockId | None = None) -> NearAccount:
        """Balance and storage. Raises `UnknownAccount`."""
        return self._query({"request_type": "view_account", "account_id": account_id}, account_of, finality, block)

    def access_key(
        self, account_id: str, public_key: str, *, finality: str = "optimistic", block: BlockId | None = None
    ) -> AccessKey:
        """An access key's nonce and permission. Raises `UnknownAccessKey`, `UnknownAccount`."""
        request = {"request_type": "view_access_key", "account_id": account_id, "public_key": public_key}

        def read(answer: Any) -> AccessKey | None:
            return None if answer.get("error") else access_key_of(answer)  # so nearcore says that there is none

        found = self._query(request, read, finality, block)
        if found is None:
            raise UnknownAccessKey(f"{account_id} has no access key {public_key}", code="UNKNOWN_ACCESS_KEY")
        return found

    def balance(self, account: str) -> int:
        """The account's whole balance in yoctoNEAR, that which its storage holds back included."""
        return self.account(account).amount

    def token_balance(self, token: str, account: str) -> int:
        """NEP-141 `ft_balance_of`."""
        return integer(self.view(token, "ft_balance_of", {"account_id": account}))

    def storage_balance(self, contract: str, account: str) -> StorageBalance | None:
        """NEP-145 `storage_balance_of`; None for an account that is not registered."""
        found = self.view(contract, "storage_balance_of", {"account_id": account})
        if found is None:
            return None
        try:
            return StorageBalance(integer(found["total"]), integer(found["available"]))
        except (KeyError, TypeError):
            raise CodecError(f"{contract} answered storage_balance_of with {str(found)[:120]}") from None

    def _query(self, request: dict[str, Any], read: Callable[[Any], T], finality: str, block: BlockId | None) -> T:
        at = {"finality": finality} if block is None else {"block_id": block}
        return self._rpc.call("query", request | at, read)

    # Transactions

    def send(self, signed: bytes, wait_until: str = "NONE") -> str:
        """Hand a signed transaction to one node; returns its hash. It goes out once: whether it is sent again is the
        caller's decision.

        nearcore does not check what it is not asked to wait for: that `NONE` returned says nothing, only a block does.
        With "INCLUDED" and later stages it may raise `InvalidNonce`, `TxExpired`, `InsufficientFunds`,
        `InvalidTransaction`.
        """
        params = {"signed_tx_base64": base64.b64encode(signed).decode(), "wait_until": wait_until}
        self._rpc.call("send_tx", params, lambda answer: answer["final_execution_status"], once=True)
        return transaction_hash(signed)

    def outcome(self, tx_hash: str, signer: str) -> Outcome:
        """How far a transaction has come, without waiting. An unknown one has the status `unknown`, and is no error."""
        params = {"tx_hash": tx_hash, "sender_account_id": signer, "wait_until": "NONE"}

        def read(answer: Any) -> Outcome:
            try:
                return outcome_of(answer)
            except binascii.Error:
                raise NodeMisbehaving(f"the result of {tx_hash} is not base64") from None

        try:
            return self._rpc.call("tx", params, read)
        except UnknownTransaction:
            return UNKNOWN


def _checks(rules: Rules) -> list[Check]:
    """What makes a node one of the configured network."""
    found = []
    if rules.network_id:
        found.append(Check("network", "status", [], lambda answer: answer["chain_id"], rules.network_id))
    if rules.genesis_hash:
        found.append(Check("genesis block", "status", [], lambda answer: answer["genesis_hash"], rules.genesis_hash))
    return found


def transaction_hash(signed: bytes) -> str:
    """The base58 hash of a transaction signed with an ed25519 key: sha256 of all but the signature."""
    digest = sha256(signed[:-_SIGNATURE_SIZE]).digest()
    return bytes(base58.b58encode(digest)).decode()
