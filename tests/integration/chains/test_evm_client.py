"""The EVM client and signer on a real anvil: blocks, tokens, sending."""

import threading

import pytest

from chains import errors
from chains.clients.base import ChainClient
from chains.clients.evm import EvmClient
from chains.codec import calldata
from chains.codec.abi import decode_uint
from chains.codec.escrow import escrow_address
from chains.codec.evm import EVENT_TOPICS
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.chains.evm_desk import MAKER, OWNER, mined, send, signed, terms


def test_blocks(anvil: Anvil, client: EvmClient) -> None:
    typed: ChainClient = client
    head = typed.head()
    assert client.block(head.height) == client.block(head.hash) == head
    assert client.chain_id() == anvil.chain_id
    anvil.mine(3)
    newer = client.head()
    assert newer.height == head.height + 3
    assert client.block(head.height + 1).parent_hash == head.hash
    assert client.final_head().height == newer.height - 2
    for missing in (newer.height + 100, "0x" + "ab" * 32):
        with pytest.raises(errors.UnknownBlock):
            client.block(missing)


def test_logs_are_pinned_to_a_block_that_exists(client: EvmClient) -> None:
    assert client.logs_at(client.head().hash, EVENT_TOPICS) == []
    with pytest.raises(errors.UnknownBlock):
        client.logs_at("0x" + "ab" * 32, EVENT_TOPICS)


@pytest.mark.usefixtures("fresh")
def test_tokens_and_code(client: EvmClient, suite: EvmDeployment) -> None:
    token = suite.tokens["USDC"]
    send(client, OWNER, token, calldata.erc20_mint(MAKER.address, 7))
    send(client, MAKER, token, calldata.erc20_approve(suite.factory, 5))
    assert client.erc20_balance(token, MAKER.address) == client.token_balance(token, MAKER.address) == 7
    assert client.erc20_allowance(token, MAKER.address, suite.factory) == 5
    assert (client.erc20_decimals(token), client.erc20_symbol(token)) == (6, "USDC")
    before = client.head().height
    send(client, MAKER, token, calldata.erc20_transfer(OWNER.address, 3))
    assert client.erc20_balance(token, MAKER.address) == 4
    assert client.erc20_balance(token, MAKER.address, before) == 7
    assert client.has_code(token)
    assert not client.has_code(MAKER.address)
    with pytest.raises(errors.CodecError):
        client.erc20_balance(MAKER.address, OWNER.address)


def test_the_factory_says_what_it_is(client: EvmClient, suite: EvmDeployment) -> None:
    def read(data: bytes) -> bytes:
        return client.call(suite.factory, data)

    assert "0x" + read(calldata.factory_src_implementation())[-20:].hex() == suite.escrow_src_implementation.lower()
    assert "0x" + read(calldata.factory_dst_implementation())[-20:].hex() == suite.escrow_dst_implementation.lower()
    assert decode_uint(read(calldata.factory_hash_function())) == 0
    assert decode_uint(read(calldata.factory_rescue_delay())) == suite.rescue_delay
    stamped = terms(suite).deployed(1_800_000_000)
    told = "0x" + read(calldata.factory_address_of_escrow_src(stamped))[-20:].hex()
    assert told == escrow_address(suite.factory, suite.escrow_src_implementation, stamped)
    told = "0x" + read(calldata.factory_address_of_escrow_dst(stamped))[-20:].hex()
    assert told == escrow_address(suite.factory, suite.escrow_dst_implementation, stamped)


@pytest.mark.usefixtures("fresh")
def test_what_the_pool_refuses_has_a_name(anvil: Anvil, client: EvmClient) -> None:
    raw, tx_hash = signed(client, MAKER, OWNER.address, value=1)
    assert client.transaction(tx_hash) is None
    client.send_raw(raw)
    receipt = mined(client, tx_hash)
    assert receipt.fee == receipt.gas_used * receipt.effective_gas_price > 0
    assert client.transaction(tx_hash)["blockHash"] == receipt.block_hash
    with pytest.raises(errors.NonceTooLow):
        client.send_raw(raw)
    anvil.pause_mining()
    try:
        nonce = client.nonce(MAKER.address)
        waiting, waiting_hash = signed(client, MAKER, OWNER.address, value=2)
        client.send_raw(waiting)
        assert client.receipt(waiting_hash) is None
        assert client.transaction(waiting_hash)["blockHash"] is None
        assert (client.nonce(MAKER.address), client.nonce(MAKER.address, "pending")) == (nonce, nonce + 1)
        refusals = [
            (waiting, errors.AlreadyKnown),
            (signed(client, MAKER, OWNER.address, value=3, nonce=nonce)[0], errors.ReplacementUnderpriced),
            (signed(client, MAKER, OWNER.address, maxFeePerGas=1, maxPriorityFeePerGas=1)[0], errors.FeeTooLow),
            (signed(client, MAKER, OWNER.address, value=10**30)[0], errors.InsufficientFunds),
        ]
        for refused, kind in refusals:
            with pytest.raises(kind):
                client.send_raw(refused)
    finally:
        anvil.resume_mining()


@pytest.mark.usefixtures("fresh")
def test_a_reverted_transaction_has_status_0(anvil: Anvil, client: EvmClient, suite: EvmDeployment) -> None:
    """Failure mode 8: it is in a block, it paid, and it did not succeed."""
    raw, tx_hash = signed(client, MAKER, suite.resolver, calldata.resolver_deploy_dst(terms(suite), 0))
    client.send_raw(raw)
    assert mined(client, tx_hash).status == 0


def test_many_threads_share_a_client(client: EvmClient) -> None:
    heights, problems = [], []

    def read() -> None:
        try:
            heights.extend(client.head().height for _ in range(20))
        except errors.ChainError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(heights) == 160
    assert len(set(heights)) == 1
