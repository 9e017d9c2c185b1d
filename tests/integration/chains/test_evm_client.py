"""The EVM client, codecs and signer on a real anvil with our contracts and the unmodified order protocol."""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chains import errors
from chains.clients.base import ChainClient
from chains.clients.evm import EvmClient, Receipt
from chains.codec import calldata
from chains.codec.abi import decode_uint, hex0x
from chains.codec.address import ZERO_ADDRESS
from chains.codec.escrow import Immutables, escrow_address
from chains.codec.evm import EVENT_TOPICS, decode_log
from chains.codec.extension import Extension, salt_for
from chains.codec.order import Order, OrderDomain
from chains.codec.settlement import (
    ExtraDataArgs,
    PostInteraction,
    Whitelist,
    near_custom_data,
    near_dst_token,
    parse_order,
)
from chains.codec.signature import compact, recover
from chains.codec.timelocks import Stage, Timelocks
from chains.codec.traits import MakerTraits, fill_arguments, sender_half
from chains.events import EventKind, ObservedEvent
from chains.signers.local_evm import LocalEvmSigner
from devnet.evm.accounts import dev_account
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment, TokenSpec, deploy_suite

OWNER, MAKER = LocalEvmSigner(dev_account(0).key), LocalEvmSigner(dev_account(1).key)
SECRET = bytes(range(32))
STAGES = Timelocks(10, 120, 240, 300, 10, 100, 180)
DEPOSIT, AMOUNT = 10**15, 25 * 10**6


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


@pytest.fixture(scope="module")
def suite(anvil: Anvil) -> EvmDeployment:
    return deploy_suite(
        anvil, dev_account(0).key, operators=(OWNER.address,), tokens=(TokenSpec("USDC", 6, "USD Coin"),)
    )


@pytest.fixture(scope="module")
def client(anvil: Anvil) -> Iterator[EvmClient]:
    made = EvmClient(anvil.url)
    yield made
    made.close()


@pytest.fixture
def fresh(anvil: Anvil, suite: EvmDeployment) -> Iterator[None]:
    snapshot = anvil.snapshot()
    yield
    anvil.revert(snapshot)


def signed(
    client: EvmClient, signer: LocalEvmSigner, to: str, data: bytes = b"", value: object = 0, **changes: Any
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


def send(client: EvmClient, signer: LocalEvmSigner, to: str, data: bytes = b"", value: object = 0) -> Receipt:
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


# Reading


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


# Locks


@pytest.mark.usefixtures("fresh")
def test_a_makers_own_lock_is_recognised_and_claimed(anvil: Anvil, client: EvmClient, suite: EvmDeployment) -> None:
    receipt, event = lock_source(client, suite)
    created_at = client.block(receipt.block_hash).timestamp
    stamped = terms(suite).deployed(created_at)
    assert event.kind == EventKind.LOCK_CREATED
    assert event.payload["side"] == "source"
    assert Immutables.from_json(event.payload["immutables"]) == stamped
    assert event.lock_id == escrow_address(suite.factory, suite.escrow_src_implementation, stamped)
    assert event.tx_hash == receipt.tx_hash
    assert client.erc20_balance(suite.tokens["USDC"], event.lock_id) == AMOUNT
    assert client.balance(event.lock_id) == DEPOSIT

    claim = calldata.resolver_withdraw(event.lock_id, SECRET, stamped)
    request = {"from": OWNER.address, "to": suite.resolver, "data": hex0x(claim)}
    with pytest.raises(errors.CallReverted) as early:
        client.estimate_gas(request)
    assert early.value.reason == "InvalidTime"
    anvil.set_time(stamped.timelocks.at(Stage.SRC_WITHDRAWAL))
    with pytest.raises(errors.CallReverted) as wrong:
        client.call(suite.resolver, calldata.resolver_withdraw(event.lock_id, bytes(32), stamped), sender=OWNER.address)
    assert wrong.value.reason == "InvalidSecret"
    assert client.estimate_gas(request) > 21_000

    claimed = send(client, OWNER, suite.resolver, claim)
    (settled,) = events_in(client, suite, claimed)
    assert (settled.kind, settled.lock_id) == (EventKind.LOCK_CLAIMED, event.lock_id)
    assert settled.payload == {"secret": hex0x(SECRET)}
    assert client.erc20_balance(suite.tokens["USDC"], suite.resolver) == AMOUNT


@pytest.mark.usefixtures("fresh")
def test_a_destination_lock_is_recognised_and_cancelled(anvil: Anvil, client: EvmClient, suite: EvmDeployment) -> None:
    send(client, OWNER, suite.tokens["USDC"], calldata.erc20_mint(suite.resolver, AMOUNT))
    wanted = terms(suite)
    until = anvil.time + 1000
    receipt = send(client, OWNER, suite.resolver, calldata.resolver_deploy_dst(wanted, until), DEPOSIT)
    (event,) = events_in(client, suite, receipt)
    stamped = wanted.deployed(client.block(receipt.block_hash).timestamp)
    assert event.lock_id == escrow_address(suite.factory, suite.escrow_dst_implementation, stamped)
    assert event.payload["side"] == "destination"
    assert event.payload["taker"] == suite.resolver.lower()
    assert event.payload["hashlock"] == hex0x(wanted.hashlock)
    anvil.set_time(stamped.timelocks.at(Stage.DST_CANCELLATION))
    cancelled = send(client, OWNER, suite.resolver, calldata.resolver_cancel(event.lock_id, stamped))
    (settled,) = events_in(client, suite, cancelled)
    assert (settled.kind, settled.lock_id) == (EventKind.LOCK_REFUNDED, event.lock_id)
    assert client.erc20_balance(suite.tokens["USDC"], suite.resolver) == AMOUNT


@pytest.mark.usefixtures("fresh")
def test_anyone_can_finish_and_ranges_tell_the_same_as_blocks(
    anvil: Anvil, client: EvmClient, suite: EvmDeployment
) -> None:
    first = client.head().height
    _, event = lock_source(client, suite)
    stamped = Immutables.from_json(event.payload["immutables"])
    anvil.set_time(stamped.timelocks.at(Stage.SRC_PUBLIC_CANCELLATION))
    send(client, MAKER, event.lock_id, calldata.escrow_public_cancel(stamped))
    last = client.head().height
    by_block = [
        log for height in range(first, last + 1) for log in client.logs_at(client.block(height).hash, EVENT_TOPICS)
    ]
    assert client.logs_between(first, last, EVENT_TOPICS) == by_block
    assert len(by_block) == 2
    assert client.logs_between(first, last, [EVENT_TOPICS[2]]) == []


@pytest.mark.usefixtures("fresh")
def test_a_reorg_takes_the_block_away(anvil: Anvil, client: EvmClient, suite: EvmDeployment) -> None:
    receipt, _ = lock_source(client, suite)
    anvil.reorg(1)
    assert client.receipt(receipt.tx_hash) is None
    assert client.block(receipt.block_height).hash != receipt.block_hash
    with pytest.raises(errors.UnknownBlock):
        client.logs_at(receipt.block_hash, EVENT_TOPICS)


# Orders


def near_order(suite: EvmDeployment, now: int) -> tuple[Order, bytes]:
    args = ExtraDataArgs(
        hashlock=hashlib.sha256(SECRET).digest(),
        dst_chain_id=397,
        dst_token=near_dst_token("usdt.near"),
        src_safety_deposit=DEPOSIT,
        dst_safety_deposit=0,
        timelocks=STAGES,
    )
    whitelist = Whitelist(now - 1, ((sender_half(suite.resolver), 0),))
    extension = Extension(
        post_interaction=PostInteraction(suite.factory, args, whitelist).encode(),
        custom_data=near_custom_data("alice.near", "usdt.near"),
    ).encode()
    traits = MakerTraits(
        allowed_sender=sender_half(suite.resolver),
        expiration=now + 600,
        nonce=7,
        no_partial_fills=True,
        post_interaction=True,
        has_extension=True,
    )
    order = Order(
        salt=salt_for(extension, 12345),
        maker=MAKER.address,
        receiver=ZERO_ADDRESS,
        maker_asset=suite.tokens["USDC"],
        taker_asset=suite.always_paid,
        making_amount=AMOUNT,
        taking_amount=AMOUNT - 1,
        maker_traits=traits.pack(),
    )
    return order, extension


@pytest.mark.usefixtures("fresh")
def test_a_signed_order_is_filled_by_the_unmodified_protocol(
    anvil: Anvil, client: EvmClient, suite: EvmDeployment
) -> None:
    order, extension = near_order(suite, anvil.time)
    domain = OrderDomain(anvil.chain_id, suite.limit_order_protocol)
    order_hash = order.hash(domain)
    assert client.call(suite.limit_order_protocol, calldata.protocol_hash_order(order)) == order_hash
    signature = MAKER.sign_typed_data(order.typed_data(domain))
    assert recover(order_hash, signature) == MAKER.address.lower()
    _, _, interaction = parse_order(order, extension)
    assert interaction.args.dst_token == near_dst_token("usdt.near")

    send(client, OWNER, suite.tokens["USDC"], calldata.erc20_mint(MAKER.address, AMOUNT))
    send(client, MAKER, suite.tokens["USDC"], calldata.erc20_approve(suite.limit_order_protocol, AMOUNT))
    wanted = terms(suite, order_hash=order_hash)
    r, vs = compact(signature)
    traits, arguments = fill_arguments(extension)
    fill = calldata.resolver_deploy_src(wanted, order, r=r, vs=vs, amount=AMOUNT, taker_traits=traits, args=arguments)
    receipt = send(client, OWNER, suite.resolver, fill, DEPOSIT)
    (event,) = events_in(client, suite, receipt)
    stamped = wanted.deployed(client.block(receipt.block_hash).timestamp)
    assert Immutables.from_json(event.payload["immutables"]) == stamped
    assert event.lock_id == escrow_address(suite.factory, suite.escrow_src_implementation, stamped)
    assert event.payload["complement"] == {
        "maker": MAKER.address.lower(),
        "amount": str(AMOUNT - 1),
        "token": near_dst_token("usdt.near"),
        "safetyDeposit": "0",
        "chainId": "397",
    }
    anvil.advance_time(5)
    request = {"from": OWNER.address, "to": suite.resolver, "data": hex0x(fill), "value": hex(DEPOSIT)}
    with pytest.raises(errors.CallReverted) as again:
        client.estimate_gas(request)
    assert again.value.reason == "BitInvalidatedOrder"


# Sending


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


# Nodes that fail


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def broken() -> Iterator[HTTPServer]:
    """A node that answers every request with what its `reply` says: status and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status, body = self.server.reply
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.reply = (200, b"{}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "reply",
    [
        (429, b"slow down"),
        (503, b""),
        (500, b'{"error":{"code":1,"message":"x"}}'),
        (200, b"<html>"),
        (200, b"[]"),
        (404, b"{}"),
    ],
)
def test_rpc_error_as_evidence_never(
    broken: HTTPServer, client: EvmClient, anvil: Anvil, reply: tuple[int, bytes]
) -> None:
    """Failure mode 10: trouble on the way is no answer, and the next node is asked."""
    broken.reply = reply
    url = f"http://127.0.0.1:{broken.server_address[1]}/v3/CANARYKEY"
    with pytest.raises(errors.TransportError) as caught:
        EvmClient(url).head()
    assert "CANARYKEY" not in str(caught.value)
    assert EvmClient([url, anvil.url]).head() == client.head()


def test_a_refusal_with_an_http_error_is_still_a_refusal(broken: HTTPServer) -> None:
    broken.reply = (400, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"nonce too low"}}')
    with pytest.raises(errors.NonceTooLow):
        EvmClient(f"http://127.0.0.1:{broken.server_address[1]}").send_raw(b"\x02")


def test_a_node_out_of_reach(anvil: Anvil, client: EvmClient) -> None:
    dead = f"http://127.0.0.1:{free_port()}/CANARYKEY"
    with pytest.raises(errors.TransportError) as caught:
        EvmClient(dead).head()
    assert "CANARYKEY" not in str(caught.value)
    pair = EvmClient([dead, anvil.url])
    assert pair.head() == client.head()
    assert len(pair.each_provider()) == 2


def test_a_node_that_does_not_answer_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(errors.TransportError, match="timed out"):
            EvmClient(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).head()


@pytest.mark.parametrize(
    "body",
    [
        b'{"result":{"number":"0x5","hash":"0x12","parentHash":"0x12","timestamp":"0x1"}}',
        b'{"result":"latest"}',
        b'{"result":{}}',
    ],
)
def test_a_node_that_answers_what_cannot_be(broken: HTTPServer, body: bytes) -> None:
    broken.reply = (200, body)
    with pytest.raises(errors.NodeMisbehaving):
        EvmClient(f"http://127.0.0.1:{broken.server_address[1]}").head()


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
