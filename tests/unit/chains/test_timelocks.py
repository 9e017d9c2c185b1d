from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.timelocks import Stage, Timelocks
from chains.errors import CodecError
from tests.unit.chains.facts import case_id, group, timelocks, uint256

NAMES = {
    "srcWithdrawal": "src_withdrawal",
    "srcPublicWithdrawal": "src_public_withdrawal",
    "srcCancellation": "src_cancellation",
    "srcPublicCancellation": "src_public_cancellation",
    "dstWithdrawal": "dst_withdrawal",
    "dstPublicWithdrawal": "dst_public_withdrawal",
    "dstCancellation": "dst_cancellation",
    "deployedAt": "deployed_at",
}


@pytest.mark.parametrize("case", group("timelocks"), ids=case_id)
def test_packs_as_published(case: dict[str, Any]) -> None:
    locks = Timelocks(**{NAMES[name]: int(value) for name, value in case["input"].items()})
    assert locks.pack() == int(case["expected"], 16)
    assert Timelocks.unpack(int(case["expected"], 16)) == locks


@given(timelocks)
def test_unpacks_what_it_packed(locks: Timelocks) -> None:
    assert Timelocks.unpack(locks.pack()) == locks


@given(uint256, st.integers(0, 255))
def test_every_bit_of_the_word_counts(word: int, bit: int) -> None:
    assert Timelocks.unpack(word) != Timelocks.unpack(word ^ 1 << bit)


def test_stages_are_absolute_only_after_creation() -> None:
    locks = Timelocks(1, 2, 3, 4, 5, 6, 7)
    assert [locks.deployed(1000).at(stage) for stage in Stage] == [1001, 1002, 1003, 1004, 1005, 1006, 1007]
    with pytest.raises(CodecError, match="before the escrow is created"):
        locks.at(Stage.DST_CANCELLATION)


@pytest.mark.parametrize("value", [-1, 2**32])
def test_a_stage_has_32_bits(value: int) -> None:
    with pytest.raises(CodecError, match="32 bits"):
        Timelocks(0, 0, value, 0, 0, 0, 0)


@pytest.mark.parametrize("value", [-1, 2**256])
def test_a_word_has_256_bits(value: int) -> None:
    with pytest.raises(CodecError):
        Timelocks.unpack(value)
