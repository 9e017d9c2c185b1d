from dataclasses import replace
from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.extension import Extension, salt_for
from chains.codec.order import Order
from chains.codec.settlement import (
    ExtraDataArgs,
    PostInteraction,
    Whitelist,
    near_custom_data,
    near_destination,
    near_dst_token,
    parse_order,
)
from chains.codec.traits import MakerTraits
from chains.errors import CodecError
from tests.unit.chains.facts import addresses, bytes32, case_id, flip, group, timelocks, uint256

deposits = st.integers(0, 2**128 - 1)
extra_data = st.builds(ExtraDataArgs, bytes32, uint256, addresses, deposits, deposits, timelocks)
whitelists = st.builds(
    Whitelist,
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 2**80 - 1), st.integers(0, 2**16 - 1)), max_size=31).map(tuple),
)
interactions = st.builds(PostInteraction, addresses, extra_data, st.none() | whitelists)


@given(interactions)
def test_post_interactions_round_trip(interaction: PostInteraction) -> None:
    assert PostInteraction.decode(interaction.encode()) == interaction
    assert len(interaction.args.encode()) == 160


@given(extra_data, st.integers(0, 159), st.integers(1, 255))
def test_one_changed_byte_never_means_the_same_terms(args: ExtraDataArgs, at: int, mask: int) -> None:
    try:
        assert ExtraDataArgs.decode(flip(args.encode(), at, mask)) != args
    except CodecError:
        assert 64 <= at < 76  # dirty high bytes of dstToken


def test_settlement_fees_are_refused_and_not_ignored() -> None:
    args = ExtraDataArgs(bytes(32), 1, "0x" + "00" * 20, 0, 0, parse_example()[2].args.timelocks).encode()
    listed = bytes(4) + bytes([1])
    with pytest.raises(CodecError, match="fee"):
        PostInteraction.decode(bytes(20) + listed + args)
    with pytest.raises(CodecError, match="2 resolvers"):
        PostInteraction.decode(bytes(20) + bytes(4) + bytes(12) + bytes([2 << 3]) + args)


@pytest.mark.parametrize(
    "whitelist",
    [Whitelist(2**32), Whitelist(0, ((2**80, 0),)), Whitelist(0, ((0, 2**16),)), Whitelist(0, ((0, 0),) * 32)],
)
def test_whitelists_stay_in_their_place(whitelist: Whitelist) -> None:
    with pytest.raises(CodecError):
        whitelist.encode()


def parse_example(**changes: Any) -> tuple[MakerTraits, Extension, PostInteraction]:
    from chains.codec.timelocks import Timelocks

    args = ExtraDataArgs(
        hashlock=keccak(b"s"),
        dst_chain_id=397,
        dst_token=near_dst_token("usdt.near"),
        src_safety_deposit=10,
        dst_safety_deposit=0,
        timelocks=Timelocks(1, 2, 3, 4, 5, 6, 7),
    )
    extension = Extension(
        post_interaction=PostInteraction("0x" + "fa" * 20, args).encode(),
        custom_data=near_custom_data("alice.near", "usdt.near"),
    ).encode()
    order = Order(
        salt=salt_for(extension, 77),
        maker="0x" + "01" * 20,
        receiver="0x" + "00" * 20,
        maker_asset="0x" + "02" * 20,
        taker_asset="0x" + "03" * 20,
        making_amount=100,
        taking_amount=99,
        maker_traits=MakerTraits(has_extension=True, post_interaction=True, no_partial_fills=True, nonce=5).pack(),
    )
    return parse_order(replace(order, **changes), extension)


def test_an_order_for_near_says_whom_and_what() -> None:
    traits, extension, interaction = parse_example()
    assert traits.is_single_fill
    assert traits.nonce == 5
    receiver, token = near_destination(extension.custom_data)
    assert (receiver, token) == ("alice.near", "usdt.near")
    assert interaction.args.dst_token == near_dst_token(token) == "0x" + keccak(b"usdt.near")[12:].hex()
    assert interaction.whitelist is None


def test_what_the_maker_did_not_sign_is_refused() -> None:
    with pytest.raises(CodecError, match="does not commit"):
        parse_example(salt=1)
    for traits in (MakerTraits(has_extension=True), MakerTraits(post_interaction=True)):
        with pytest.raises(CodecError, match="flags"):
            parse_example(maker_traits=traits.pack())


@given(st.text(), st.text())
def test_near_destinations_round_trip(receiver: str, token: str) -> None:
    assert near_destination(near_custom_data(receiver, token)) == (receiver, token)
    with pytest.raises(CodecError, match="left over"):
        near_destination(near_custom_data(receiver, token) + b"\0")


@pytest.mark.parametrize("case", group("whitelist"), ids=case_id)
def test_published_whitelists(case: dict[str, Any]) -> None:
    told, expected = case["input"], case["expected"]
    asked = [(item["address"], int(item["allowFrom"])) for item in told["items"]]
    whitelist = Whitelist.ordered(int(told["resolvingStart"]), asked)
    entries = tuple((int(one["addressHalf"], 16), one["delay"]) for one in expected["whitelist"])
    assert whitelist == Whitelist(int(told["resolvingStart"]), entries)
    for question in expected["canExecute"]:
        assert whitelist.allows(question["address"], question["time"]) is question["allowed"]


def test_a_resolver_waits_for_those_before_him_and_nobody_listed_is_everybody() -> None:
    first, second = "0x" + "1" * 40, "0x" + "2" * 40
    whitelist = Whitelist.ordered(1000, [(second, 1010), (first, 1005)])
    assert [whitelist.allows(second, at) for at in (1009, 1010)] == [False, True]
    assert [whitelist.allows(first, at) for at in (1004, 1005)] == [False, True]
    assert not whitelist.allows("0x" + "3" * 40, 2000)
    assert Whitelist(1000).allows(first, 0)
