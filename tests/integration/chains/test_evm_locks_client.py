"""Locks and a signed order on a real anvil, with our contracts and the unmodified order protocol."""

import hashlib

import pytest

from chains import errors
from chains.clients.evm import EvmClient
from chains.codec import calldata
from chains.codec.abi import hex0x
from chains.codec.address import ZERO_ADDRESS
from chains.codec.escrow import Immutables, escrow_address
from chains.codec.evm import EVENT_TOPICS
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
from chains.codec.timelocks import Stage
from chains.codec.traits import MakerTraits, fill_arguments, sender_half
from chains.events import EventKind
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.chains.evm_desk import (
    AMOUNT,
    DEPOSIT,
    MAKER,
    OWNER,
    SECRET,
    STAGES,
    events_in,
    lock_source,
    send,
    terms,
)


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
