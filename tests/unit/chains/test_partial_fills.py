"""Orders in parts: the published hashlocks, proofs and indices, and their laws."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.keccak import keccak
from chains.codec.partial_fills import (
    hashlock_of_leaves,
    leaf,
    leaves_of,
    parts_of_hashlock,
    proof,
    proves,
    secret_index,
)
from chains.errors import CodecError
from tests.unit.chains.facts import bytes32, case_id, group

secrets = st.lists(bytes32, min_size=2, max_size=40, unique=True)


@pytest.mark.parametrize("case", group("hashlock"), ids=case_id)
def test_published_hashlocks_and_proofs(case: dict[str, Any]) -> None:
    told, expected = case["input"], case["expected"]
    if "secret" in told:
        assert "0x" + keccak(bytes.fromhex(told["secret"][2:])).hex() == expected["hashlock"]
        return
    leaves = leaves_of([bytes.fromhex(one[2:]) for one in told["secrets"]])
    found = {"hashlock": "0x" + hashlock_of_leaves(leaves).hex()}
    if "idx" in told:
        found["proof"] = ["0x" + one.hex() for one in proof(leaves, told["idx"])]
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("case", group("multiple_fill_idx"), ids=case_id)
def test_published_indices(case: dict[str, Any]) -> None:
    told = case["input"]
    making, remaining, order = (int(told[name]) for name in ("fillAmount", "remaining", "orderMakingAmount"))
    found = secret_index(making=making, remaining=remaining, order_making=order, parts=told["partsCount"])
    assert found == case["expected"]


@given(secrets, st.data())
def test_every_leaf_is_proved_and_no_other(given_secrets: list[bytes], data: st.DataObject) -> None:
    leaves = leaves_of(given_secrets)
    hashlock, index = hashlock_of_leaves(leaves), data.draw(st.integers(0, len(leaves) - 1))
    siblings = proof(leaves, index)
    assert parts_of_hashlock(hashlock) == len(leaves) - 1
    assert proves(hashlock, leaves[index], siblings)
    assert not proves(hashlock, leaf(index + 1, keccak(given_secrets[index])), siblings)
    assert not proves(hashlock, leaves[index], [keccak(b""), *siblings[1:]])


@given(st.integers(1, 500), st.integers(0, 2**128), st.lists(st.integers(1, 2**128), max_size=6))
def test_fills_take_later_and_later_secrets(parts: int, more: int, cuts: list[int]) -> None:
    order, last = parts + more, -1
    ends = sorted({cut for cut in cuts if cut < order} | {order})
    for begin, end in pairwise([0, *ends]):
        index = secret_index(making=end - begin, remaining=order - begin, order_making=order, parts=parts)
        assert last <= index <= parts
        assert (index == parts) == (end == order)
        last = index


@pytest.mark.parametrize("leaves", [[], [bytes(32)], [bytes(32), bytes(31)]])
def test_what_makes_no_tree(leaves: list[bytes]) -> None:
    with pytest.raises(CodecError):
        hashlock_of_leaves(leaves)


@pytest.mark.parametrize("index", [-1, 2])
def test_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(CodecError, match="no leaf"):
        proof([bytes(32), b"\1" * 32], index)


@pytest.mark.parametrize(
    ("making", "remaining", "order", "parts"), [(0, 1, 1, 1), (2, 1, 2, 1), (1, 3, 2, 1), (1, 1, 1, 0)]
)
def test_what_is_no_fill(making: int, remaining: int, order: int, parts: int) -> None:
    with pytest.raises(CodecError, match="cannot be filled"):
        secret_index(making=making, remaining=remaining, order_making=order, parts=parts)
