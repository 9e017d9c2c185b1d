"""What the EVM tests share: who signs, the terms they agree on, sending and reading events."""

import hashlib
import time
from dataclasses import replace
from typing import Any

from chains.clients.evm import EvmClient, Receipt
from chains.codec import calldata
from chains.codec.escrow import Immutables
from chains.codec.evm import EVENT_TOPICS, decode_log
from chains.codec.timelocks import Timelocks
from chains.events import ObservedEvent
from chains.signers.local_evm import LocalEvmSigner
from devnet.evm.accounts import dev_account
from devnet.evm.deploy import EvmDeployment

OWNER, MAKER = LocalEvmSigner(dev_account(0).key), LocalEvmSigner(dev_account(1).key)
SECRET = bytes(range(32))
STAGES = Timelocks(10, 120, 240, 300, 10, 100, 180)
DEPOSIT, AMOUNT = 10**15, 25 * 10**6


def signed(
    client: EvmClient, signer: LocalEvmSigner, to: str, data: bytes = b"", value: int = 0, **changes: Any
) -> tuple[bytes, str]:
    base_fee, priority = client.fees()
    fields = {
        "chainId": client.chain_id(),
        "nonce": client.nonce(signer.address, "pending"),
        "to": to,
        "value": value,
        "data": data,
        "gas": 1_500_000,
        "maxFeePerGas": 2 * base_fee + priority,
        "maxPriorityFeePerGas": priority,
    }
    return signer.sign_transaction({**fields, **changes})


def send(client: EvmClient, signer: LocalEvmSigner, to: str, data: bytes = b"", value: int = 0) -> Receipt:
    raw, tx_hash = signed(client, signer, to, data, value)
    assert client.send_raw(raw) == tx_hash
    receipt = mined(client, tx_hash)
    assert receipt.status == 1
    return receipt


def mined(client: EvmClient, tx_hash: str) -> Receipt:
    """The receipt, which anvil has a moment after it took the transaction."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        receipt = client.receipt(tx_hash)
        if receipt is not None:
            return receipt
        time.sleep(0.002)
    raise AssertionError(f"{tx_hash} was not mined")


def terms(suite: EvmDeployment, **changes: Any) -> Immutables:
    stated = Immutables(
        order_hash=b"\x01" * 32,
        hashlock=hashlib.sha256(SECRET).digest(),
        maker=MAKER.address,
        taker=suite.resolver,
        token=suite.tokens["USDC"],
        amount=AMOUNT,
        safety_deposit=DEPOSIT,
        timelocks=STAGES,
    )
    return replace(stated, **changes)


def events_in(client: EvmClient, suite: EvmDeployment, receipt: Receipt) -> list[ObservedEvent]:
    block = client.block(receipt.block_hash)
    logs = client.logs_at(receipt.block_hash, EVENT_TOPICS)
    decoded = [decode_log(log, block.timestamp, suite.factory, suite.escrow_src_implementation) for log in logs]
    return [event for event in decoded if event is not None]


def lock_source(client: EvmClient, suite: EvmDeployment) -> tuple[Receipt, ObservedEvent]:
    send(client, OWNER, suite.tokens["USDC"], calldata.erc20_mint(MAKER.address, AMOUNT))
    send(client, MAKER, suite.tokens["USDC"], calldata.erc20_approve(suite.factory, AMOUNT))
    receipt = send(client, MAKER, suite.factory, calldata.create_src_escrow(terms(suite)), DEPOSIT)
    (event,) = events_in(client, suite, receipt)
    return receipt, event
