"""Every call against eth-abi's encoding and the selectors that 1inch publishes."""

from collections.abc import Sequence

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chains.codec import calldata
from chains.codec.escrow import Immutables
from chains.codec.order import Order
from chains.errors import CodecError
from tests.unit.chains.facts import addresses, bytes32, immutables, orders, uint256

TERMS = "(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint256)"
ORDER = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"


def terms_tuple(terms: Immutables) -> tuple[object, ...]:
    numbers = [int(terms.maker, 16), int(terms.taker, 16), int(terms.token, 16), terms.amount, terms.safety_deposit]
    return (terms.order_hash, terms.hashlock, *numbers, terms.timelocks.pack())


def order_tuple(order: Order) -> tuple[int, ...]:
    people = [int(part, 16) for part in (order.maker, order.receiver, order.maker_asset, order.taker_asset)]
    return (order.salt, *people, order.making_amount, order.taking_amount, order.maker_traits)


def expected(name: str, types: list[str], values: Sequence[object]) -> bytes:
    signature = f"{name}({','.join(types)})"
    return keccak(signature.encode())[:4] + encode(types, values)


@given(immutables, uint256)
def test_factory_calls(terms: Immutables, when: int) -> None:
    stated = terms_tuple(terms)
    assert calldata.create_src_escrow(terms) == expected("createSrcEscrow", [TERMS], [stated])
    assert calldata.create_dst_escrow(terms, when) == expected("createDstEscrow", [TERMS, "uint256"], [stated, when])
    assert calldata.factory_address_of_escrow_src(terms) == expected("addressOfEscrowSrc", [TERMS], [stated])
    assert calldata.factory_address_of_escrow_dst(terms) == expected("addressOfEscrowDst", [TERMS], [stated])


@settings(max_examples=40)
@given(
    terms=immutables,
    order=orders,
    signature=st.tuples(bytes32, bytes32),
    numbers=st.tuples(uint256, uint256),
    args=st.binary(max_size=200),
)
def test_deploy_src(
    terms: Immutables, order: Order, signature: tuple[bytes, bytes], numbers: tuple[int, int], args: bytes
) -> None:
    (r, vs), (amount, traits) = signature, numbers
    types = [TERMS, ORDER, "bytes32", "bytes32", "uint256", "uint256", "bytes"]
    values = [terms_tuple(terms), order_tuple(order), r, vs, amount, traits, args]
    made = calldata.resolver_deploy_src(terms, order, r=r, vs=vs, amount=amount, taker_traits=traits, args=args)
    assert made == expected("deploySrc", types, values)


@given(immutables, addresses, bytes32, uint256)
def test_resolver_calls(terms: Immutables, escrow: str, secret: bytes, when: int) -> None:
    stated = terms_tuple(terms)
    assert calldata.resolver_deploy_dst(terms, when) == expected("deployDst", [TERMS, "uint256"], [stated, when])
    assert calldata.resolver_withdraw(escrow, secret, terms) == expected(
        "withdraw", ["address", "bytes32", TERMS], [escrow, secret, stated]
    )
    assert calldata.resolver_cancel(escrow, terms) == expected("cancel", ["address", TERMS], [escrow, stated])


@given(immutables, bytes32, addresses, uint256)
def test_escrow_calls(terms: Immutables, secret: bytes, token: str, amount: int) -> None:
    stated = terms_tuple(terms)
    assert calldata.escrow_withdraw(secret, terms) == expected("withdraw", ["bytes32", TERMS], [secret, stated])
    assert calldata.escrow_public_withdraw(secret, terms) == expected(
        "publicWithdraw", ["bytes32", TERMS], [secret, stated]
    )
    assert calldata.escrow_cancel(terms) == expected("cancel", [TERMS], [stated])
    assert calldata.escrow_public_cancel(terms) == expected("publicCancel", [TERMS], [stated])
    assert calldata.escrow_rescue_funds(token, amount, terms) == expected(
        "rescueFunds", ["address", "uint256", TERMS], [token, amount, stated]
    )


@given(addresses, addresses, uint256)
def test_erc20_calls(one: str, other: str, amount: int) -> None:
    assert calldata.erc20_approve(one, amount) == expected("approve", ["address", "uint256"], [one, amount])
    assert calldata.erc20_transfer(one, amount) == expected("transfer", ["address", "uint256"], [one, amount])
    assert calldata.erc20_mint(one, amount) == expected("mint", ["address", "uint256"], [one, amount])
    assert calldata.erc20_balance_of(one) == expected("balanceOf", ["address"], [one])
    assert calldata.erc20_allowance(one, other) == expected("allowance", ["address", "address"], [one, other])


@given(st.lists(st.tuples(addresses, st.binary(max_size=70)), max_size=4))
def test_arbitrary_calls(calls: list[tuple[str, bytes]]) -> None:
    targets, arguments = [one for one, _ in calls], [data for _, data in calls]
    assert calldata.resolver_arbitrary_calls(targets, arguments) == expected(
        "arbitraryCalls", ["address[]", "bytes[]"], [targets, arguments]
    )


@given(immutables, orders)
def test_selectors_are_those_that_1inch_publishes(terms: Immutables, order: Order) -> None:
    secret = bytes(32)
    made = {
        "dea024e4": calldata.create_dst_escrow(terms, 0),
        "fb6bd47e": calldata.factory_address_of_escrow_src(terms),
        "be58e91c": calldata.factory_address_of_escrow_dst(terms),
        "7040f173": calldata.factory_src_implementation(),
        "ba551177": calldata.factory_dst_implementation(),
        "23305703": calldata.escrow_withdraw(secret, terms),
        "0af97558": calldata.escrow_public_withdraw(secret, terms),
        "90d3252f": calldata.escrow_cancel(terms),
        "daff233e": calldata.escrow_public_cancel(terms),
        "4649088b": calldata.escrow_rescue_funds("0x" + "00" * 20, 0, terms),
        "ca218276": calldata.resolver_deploy_src(terms, order, r=secret, vs=secret, amount=0, taker_traits=0, args=b""),
        "318b0562": calldata.resolver_deploy_dst(terms, 0),
        "1f3177ba": calldata.resolver_arbitrary_calls([], []),
        "802b2ef1": calldata.protocol_hash_order(order),
    }
    assert {selector: call[:4].hex() for selector, call in made.items()} == {selector: selector for selector in made}


@pytest.mark.parametrize("size", [0, 31, 33])
def test_hash_fn_preimage_length_mismatch_is_refused(size: int) -> None:
    """Failure mode 26: a secret of any other length than 32 bytes never becomes a call."""
    from tests.unit.chains.test_escrow import EXAMPLE

    for call in (calldata.escrow_withdraw, calldata.escrow_public_withdraw):
        with pytest.raises(CodecError, match="exactly 32 bytes"):
            call(bytes(size), EXAMPLE)
    with pytest.raises(CodecError, match="exactly 32 bytes"):
        calldata.resolver_withdraw("0x" + "00" * 20, bytes(size), EXAMPLE)
