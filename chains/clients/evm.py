"""An EVM chain through JSON-RPC."""

from collections.abc import Mapping, Sequence
from typing import Any

from chains.clients.evm_errors import rejection
from chains.clients.evm_types import (
    HASH_SIZE,
    FeeHistory,
    Receipt,
    block_ref,
    fee_history_of,
    log_entry,
    receipt_of,
    sized,
)
from chains.clients.provider import NO_RULES, Check, Provider, Rules
from chains.clients.rpc import Rpc, as_urls, providers_of
from chains.clients.web3_endpoint import Web3Endpoint
from chains.codec import calldata
from chains.codec.abi import decode_text, decode_uint, hex0x, unhex, unhex_int
from chains.codec.keccak import keccak
from chains.errors import NodeMisbehaving, RpcRejected, UnknownBlock, UnknownTransaction
from chains.events import BlockRef

__all__ = ["EvmClient", "FeeHistory", "Receipt"]

Log = dict[str, Any]
BlockTag = int | str
"""A height, `latest`, `safe`, `finalized`, `earliest`, `pending`, or a height in hex."""

_HASH_CHARACTERS = 2 + 2 * HASH_SIZE
_NO_SUCH_METHOD = -32601


class EvmClient:
    """One chain behind one or several URLs; see `ChainClient` for what every method raises.

    `timeout` in seconds for each request. Amounts in wei or base units; addresses and hashes 0x hex.
    """

    def __init__(self, url: str | Sequence[str], timeout: float = 10.0, rules: Rules = NO_RULES) -> None:
        endpoints = [Web3Endpoint(one, timeout) for one in as_urls(url)]
        self._rpc = Rpc(providers_of(endpoints, rejection, _checks(rules), rules))

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Whom it asks."""
        return self._rpc.providers

    def each_provider(self) -> list["EvmClient"]:
        """A client for each provider alone, to ask several the same question; their connections are shared."""
        return [self] if len(self.providers) == 1 else [self._alone(provider) for provider in self.providers]

    @classmethod
    def _alone(cls, provider: Provider) -> "EvmClient":
        made = cls.__new__(cls)
        made._rpc = Rpc([provider])
        return made

    def close(self) -> None:
        """Close the connections."""
        self._rpc.close()

    # The chain

    def chain_id(self) -> int:
        """EIP-155 chain id."""
        return self._rpc.call("eth_chainId", [], unhex_int)

    def head(self) -> BlockRef:
        """The newest block."""
        return self.block("latest")

    def final_head(self) -> BlockRef:
        """The newest block that the node calls `finalized`."""
        return self.block("finalized")

    def block(self, block_id: BlockTag) -> BlockRef:
        """A block by height, tag or hash. Raises `UnknownBlock`."""
        by_hash = isinstance(block_id, str) and len(block_id) == _HASH_CHARACTERS
        method = "eth_getBlockByHash" if by_hash else "eth_getBlockByNumber"
        wanted = str(block_id).lower() if by_hash else _tag(block_id)

        def read(answer: Any) -> BlockRef:
            if answer is None:
                raise UnknownBlock(f"there is no block {block_id}")
            found = block_ref(answer)
            if by_hash and found.hash != wanted:
                raise NodeMisbehaving(f"asked for block {wanted}, got {found.hash}")
            if wanted.startswith("0x") and not by_hash and found.height != int(wanted, 16):
                raise NodeMisbehaving(f"asked for block {int(wanted, 16)}, got {found.height}")
            return found

        return self._rpc.call(method, [wanted, False], read)

    def logs_at(self, block_hash: str, topics: Sequence[str]) -> list[Log]:
        """The raw logs of one block, pinned by its hash, whose topic0 is one of `topics`, by index.

        Raises `UnknownBlock` when the node has no such block (any more).
        """
        wanted = block_hash.lower()

        def read(answer: Any) -> list[Log]:
            logs = _logs(answer)
            if any(entry["blockHash"] != wanted for entry in logs):
                raise NodeMisbehaving(f"logs of another block than {wanted}")
            return logs

        return self._rpc.call("eth_getLogs", [{"blockHash": wanted, "topics": [list(topics)]}], read)

    def logs_between(self, first: int, last: int, topics: Sequence[str]) -> list[Log]:
        """The raw logs of blocks `first` to `last`, both included, by height and index.

        Raises `RangeTooWide` when the node wants a narrower question.
        """

        def read(answer: Any) -> list[Log]:
            logs = _logs(answer)
            if any(not first <= int(entry["blockNumber"], 16) <= last for entry in logs):
                raise NodeMisbehaving(f"logs from outside blocks {first} to {last}")
            return logs

        query = {"fromBlock": hex(first), "toBlock": hex(last), "topics": [list(topics)]}
        return self._rpc.call("eth_getLogs", [query], read)

    # Accounts and contracts

    def code(self, address: str, block: BlockTag = "latest") -> bytes:
        """The contract's code; empty where there is none."""
        return self._rpc.call("eth_getCode", [address, _tag(block)], unhex)

    def has_code(self, address: str, block: BlockTag = "latest") -> bool:
        """Whether a contract is there."""
        return bool(self.code(address, block))

    def call(self, to: str, data: bytes, block: BlockTag = "latest", *, sender: str | None = None) -> bytes:
        """A view call's raw answer. Raises `CallReverted`."""
        request = {"to": to, "data": hex0x(data)} | ({"from": sender} if sender else {})
        return self._rpc.call("eth_call", [request, _tag(block)], unhex)

    def balance(self, account: str, block: BlockTag = "latest") -> int:
        """The account's coins, in wei."""
        return self._rpc.call("eth_getBalance", [account, _tag(block)], unhex_int)

    def nonce(self, address: str, block: BlockTag = "latest") -> int:
        """How many transactions the account has sent, as of a block or of the pool (`pending`): its next nonce."""
        return self._rpc.call("eth_getTransactionCount", [address, _tag(block)], unhex_int)

    def token_balance(self, token: str, account: str) -> int:
        """The account's balance of an ERC-20 token."""
        return self.erc20_balance(token, account)

    def erc20_balance(self, token: str, account: str, block: BlockTag = "latest") -> int:
        """Base units."""
        return decode_uint(self.call(token, calldata.erc20_balance_of(account), block))

    def erc20_allowance(self, token: str, owner: str, spender: str, block: BlockTag = "latest") -> int:
        """Base units that `spender` may take from `owner`."""
        return decode_uint(self.call(token, calldata.erc20_allowance(owner, spender), block))

    def erc20_decimals(self, token: str) -> int:
        """How many decimal places the token's unit has."""
        return decode_uint(self.call(token, calldata.erc20_decimals()))

    def erc20_symbol(self, token: str) -> str:
        """The token's symbol."""
        return decode_text(self.call(token, calldata.erc20_symbol()))

    # Transactions

    def fees(self) -> tuple[int, int]:
        """`(base fee of the next block, priority fee that the node suggests)` in wei per gas."""
        base_fee, paid = self._rpc.call("eth_feeHistory", ["0x1", "latest", [50]], _fee_history)
        try:
            return base_fee, self._rpc.call("eth_maxPriorityFeePerGas", [], unhex_int)
        except RpcRejected as refused:
            if refused.code != _NO_SUCH_METHOD:
                raise
            return base_fee, paid

    def fee_history(self, blocks: int, percentiles: Sequence[int]) -> FeeHistory:
        """What the newest `blocks` blocks were paid; `percentiles` of their tips, weighed by gas."""
        return self._rpc.call("eth_feeHistory", [hex(blocks), "latest", list(percentiles)], fee_history_of)

    def estimate_gas(self, transaction: Mapping[str, Any]) -> int:
        """Gas that the call would use now. `transaction` as JSON-RPC wants it. Raises `CallReverted`,
        `InsufficientFunds`."""
        return self._rpc.call("eth_estimateGas", [dict(transaction)], unhex_int)

    def send_raw(self, raw: bytes) -> str:
        """Hand signed bytes to one node; returns their hash. They go out once: whether they are sent again is the caller's
        decision.

        Raises `AlreadyKnown`, `NonceTooLow`, `ReplacementUnderpriced`, `FeeTooLow`, `InsufficientFunds`. After a
        `TransportError` they may be out all the same.
        """
        expected = hex0x(keccak(raw))

        def read(answer: Any) -> str:
            if str(answer).lower() != expected:
                raise NodeMisbehaving(f"sent transaction {expected}, the node says {str(answer)[:80]}")
            return expected

        return self._rpc.call("eth_sendRawTransaction", [hex0x(raw)], read, once=True)

    def transaction(self, tx_hash: str) -> dict[str, Any] | None:
        """The transaction as the node shows it, its `blockHash` null while it waits; None when no node has seen it."""

        def read(answer: Any) -> dict[str, Any]:
            if sized(_known(answer, tx_hash)["hash"], HASH_SIZE, "a transaction's hash") != tx_hash.lower():
                raise NodeMisbehaving(f"asked for transaction {tx_hash}, got {answer['hash']}")
            return dict(answer)

        try:
            return self._rpc.call("eth_getTransactionByHash", [tx_hash], read)
        except UnknownTransaction:
            return None

    def receipt(self, tx_hash: str) -> Receipt | None:
        """What became of a transaction; None while it is in no block that any node knows: one that lags is no proof."""

        def read(answer: Any) -> Receipt:
            found = receipt_of(_known(answer, tx_hash))
            if found.tx_hash != tx_hash.lower():
                raise NodeMisbehaving(f"asked for receipt {tx_hash}, got {found.tx_hash}")
            return found

        try:
            return self._rpc.call("eth_getTransactionReceipt", [tx_hash], read)
        except UnknownTransaction:
            return None


def _known(answer: Any, tx_hash: str) -> Any:
    if answer is None:
        raise UnknownTransaction(f"the node does not know of {tx_hash}")
    return answer


def _checks(rules: Rules) -> list[Check]:
    """What makes a node one of the configured chain."""
    found = []
    if rules.network_id:
        found.append(Check("chain id", "eth_chainId", [], unhex_int, rules.network_id))
    if rules.genesis_hash:
        first = ["0x0", False]
        found.append(Check("genesis block", "eth_getBlockByNumber", first, _hash_of, rules.genesis_hash.lower()))
    return found


def _hash_of(answer: Any) -> str:
    return block_ref(answer).hash


def _tag(block: BlockTag) -> str:
    return hex(block) if isinstance(block, int) else block


def _logs(answer: Any) -> list[Log]:
    if not isinstance(answer, list):
        raise NodeMisbehaving(f"logs must be a list, not {type(answer).__name__}")
    logs = [log_entry(entry) for entry in answer]
    return sorted(logs, key=lambda entry: (int(entry["blockNumber"], 16), int(entry["logIndex"], 16)))


def _fee_history(answer: Any) -> tuple[int, int]:
    """The next block's base fee, and the median tip of the newest block."""
    history = fee_history_of(answer)
    return history.next_base_fee, history.tips[-1][0] if history.tips else 0
