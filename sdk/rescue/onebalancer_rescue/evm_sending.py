"""Signing and sending on EVM chains (EIP-1559), and seeing that the money arrived."""

import time
from collections.abc import Callable

from eth_account import Account

from onebalancer_rescue import evm_codec as codec
from onebalancer_rescue.errors import BadInput, ChainTrouble
from onebalancer_rescue.evm_codec import Immutables
from onebalancer_rescue.evm_node import EvmNode, Json

POLL_SECONDS = 1.0
TYPE = 2


class EvmKey:
    """A private key. It is never shown, also not in errors."""

    def __init__(self, text: str) -> None:
        try:
            self._account = Account.from_key(text)
        except Exception:  # eth_keys raises many kinds, some with the key in their text
            raise BadInput("the key file must hold 32 bytes in hex, with or without 0x") from None

    @property
    def address(self) -> str:
        """In EIP-55 case."""
        return str(self._account.address)

    def sign(self, transaction: Json) -> tuple[bytes, str]:
        """The signed bytes and their hash."""
        signed = self._account.sign_transaction(transaction)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    def __repr__(self) -> str:
        return f"EvmKey({self.address})"


def send(node: EvmNode, key: EvmKey, chain_id: int, to: str, data: bytes, gas: int) -> str:
    """Sign and broadcast a call; gives its hash. Raises `BadInput` when the key cannot pay for it."""
    tip = node.tip()
    fee = 2 * node.block("latest")["base_fee"] + tip
    if node.coins(key.address) < gas * fee:
        raise BadInput(
            f"{key.address} cannot pay for gas: it needs {gas * fee} wei at most, and has {node.coins(key.address)}"
        )
    raw, sent = key.sign(
        {
            "type": TYPE,
            "chainId": chain_id,
            "nonce": node.number("eth_getTransactionCount", key.address, "pending"),
            "to": bytes.fromhex(to[2:]),
            "value": 0,
            "data": data,
            "gas": gas,
            "maxFeePerGas": fee,
            "maxPriorityFeePerGas": tip,
        }
    )
    node.send(raw)
    return sent


def confirm(
    node: EvmNode,
    final_block: Callable[[], Json],
    transaction: str,
    escrow: str,
    event: str,
    terms: Immutables,
    payee: str,
    seconds: float,
) -> str:
    """Wait until a settlement is final, and read in its receipt that the payee was paid. Raises `ChainTrouble`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        receipt = node.receipt(transaction)
        if receipt is not None and int(receipt["blockNumber"], 16) <= final_block()["number"]:
            return _settled(receipt, transaction, escrow, event, terms, payee)
        time.sleep(POLL_SECONDS)
    raise ChainTrouble(f"{transaction} is not final after {seconds:.0f} s: run `status` again later")


def _settled(receipt: Json, transaction: str, escrow: str, event: str, terms: Immutables, payee: str) -> str:
    if int(receipt["status"], 16) != 1:
        raise ChainTrouble(f"{transaction} reverted: somebody may have been first; run `status`")
    logs = receipt["logs"]
    if not any(log["address"].lower() == escrow and log["topics"][0] == event for log in logs):
        raise ChainTrouble(f"{transaction} succeeded, and the escrow says nothing of it: look at it by hand")
    if int(terms.token, 16) == 0:
        return f"final: {terms.amount} wei went to {payee} ({transaction})"
    paid = [codec.TRANSFER, _topic(escrow), _topic(payee)]
    for log in logs:
        if log["address"].lower() == terms.token and [topic.lower() for topic in log["topics"]] == paid:
            return f"final: {int(log['data'], 16)} base units of {terms.token} went to {payee} ({transaction})"
    raise ChainTrouble(f"{transaction} settled the escrow, and no transfer of {terms.token} to {payee} is in it")


def _topic(address: str) -> str:
    return "0x" + codec.address_word(address).hex()
