from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.traits import MakerTraits, TakerTraits, fill_arguments, sender_half
from chains.errors import CodecError
from tests.unit.chains.facts import case_id, group

BITS = {254: "allow_multiple_fills", 251: "post_interaction", 249: "has_extension"}
makers = st.builds(
    MakerTraits,
    *[st.integers(0, 2**bits - 1) for bits in (80, 40, 40, 40)],
    *[st.booleans()] * 8,
)
takers = st.builds(
    TakerTraits,
    st.integers(0, 2**185 - 1),
    st.integers(0, 2**24 - 1),
    st.integers(0, 2**24 - 1),
    *[st.booleans()] * 5,
)


@pytest.mark.parametrize("case", group("maker_traits"), ids=case_id)
def test_maker_traits_are_as_published(case: dict[str, Any]) -> None:
    given_ = case["input"]
    traits = MakerTraits(
        allowed_sender=int(given_["allowedSender"], 16),
        expiration=int(given_["expiration"]),
        nonce=int(given_["nonceOrEpoch"]),
        series=int(given_["series"]),
        **{BITS[bit]: True for bit in given_["bits"]},
    )
    assert traits.pack() == int(case["expected"], 16)


@given(makers)
def test_maker_traits_round_trip(traits: MakerTraits) -> None:
    assert MakerTraits.unpack(traits.pack()) == traits


@given(takers)
def test_taker_traits_round_trip(traits: TakerTraits) -> None:
    assert TakerTraits.unpack(traits.pack()) == traits


@pytest.mark.parametrize(
    ("name", "bit"),
    [
        ("no_partial_fills", 255),
        ("allow_multiple_fills", 254),
        ("pre_interaction", 252),
        ("post_interaction", 251),
        ("check_epoch", 250),
        ("has_extension", 249),
        ("permit2", 248),
        ("unwrap_weth", 247),
    ],
)
def test_each_maker_flag_has_its_bit(name: str, bit: int) -> None:
    assert MakerTraits(**{name: True}).pack() == 1 << bit


@pytest.mark.parametrize("bit", [200, 246, 253])
def test_bits_without_a_meaning_are_refused(bit: int) -> None:
    with pytest.raises(CodecError, match="mean nothing"):
        MakerTraits.unpack(1 << bit)


@pytest.mark.parametrize("name", ["allowed_sender", "expiration", "nonce", "series"])
def test_numbers_stay_in_their_place(name: str) -> None:
    with pytest.raises(CodecError, match=name):
        MakerTraits(**{name: 1 << 80}).pack()


def test_the_allowed_sender_is_half_an_address() -> None:
    resolver = "0x" + "ab" * 10 + "cd" * 10
    assert sender_half(resolver) == int("cd" * 10, 16)
    traits = MakerTraits(allowed_sender=sender_half(resolver))
    assert traits.allows(resolver)
    assert not traits.allows("0x" + "ab" * 20)
    assert MakerTraits().allows("0x" + "ab" * 20)


def test_only_an_order_of_many_fills_is_no_single_fill() -> None:
    assert MakerTraits().is_single_fill
    assert MakerTraits(no_partial_fills=True, allow_multiple_fills=True).is_single_fill
    assert not MakerTraits(allow_multiple_fills=True).is_single_fill


def test_fill_arguments_put_the_target_first() -> None:
    traits, args = fill_arguments(b"ext", interaction=b"in", target="0x" + "0a" * 20, threshold=9)
    assert args == b"\x0a" * 20 + b"extin"
    assert TakerTraits.unpack(traits) == TakerTraits(
        threshold=9, interaction_length=2, extension_length=3, making_amount=True, has_target=True
    )
    traits, args = fill_arguments(b"ext")
    assert (traits, args) == (1 << 255 | 3 << 224, b"ext")
