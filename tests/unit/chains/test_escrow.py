from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.escrow import Immutables, escrow_address, proxy_address
from chains.errors import CodecError
from tests.unit.chains.facts import case_id, flip, group, immutables

TYPES = ["bytes32", "bytes32", "uint256", "uint256", "uint256", "uint256", "uint256", "uint256"]
EXAMPLE = Immutables.from_json(group("immutables_hash_v1")[0]["input"])
FACTORY, IMPLEMENTATION = "0x" + "ab" * 20, "0x" + "cd" * 20


@pytest.mark.parametrize("case", group("immutables_hash_v1"), ids=case_id)
def test_hash_is_as_published(case: dict[str, Any]) -> None:
    assert Immutables.from_json(case["input"]).hash().hex() == case["expected"][2:]


@pytest.mark.parametrize("case", [c for c in group("escrow_address") if "immutablesHash" in c["input"]], ids=case_id)
def test_address_is_as_published(case: dict[str, Any]) -> None:
    given_ = case["input"]
    salt = bytes.fromhex(given_["immutablesHash"][2:])
    assert proxy_address(given_["factory"], given_["implementation"], salt) == case["expected"]


@given(immutables)
def test_words_are_those_of_the_abi(terms: Immutables) -> None:
    values = [
        terms.order_hash,
        terms.hashlock,
        int(terms.maker, 16),
        int(terms.taker, 16),
        int(terms.token, 16),
        terms.amount,
        terms.safety_deposit,
        terms.timelocks.pack(),
    ]
    assert terms.words() == encode(TYPES, values)


@given(immutables)
def test_words_and_json_round_trip(terms: Immutables) -> None:
    assert Immutables.from_words(terms.words()) == terms
    assert Immutables.from_json(terms.to_json()) == terms


@given(immutables, st.integers(0, 255), st.integers(1, 255))
def test_one_changed_byte_never_means_the_same_terms(terms: Immutables, at: int, mask: int) -> None:
    changed = flip(terms.words(), at, mask)
    assert escrow_address(FACTORY, IMPLEMENTATION, terms) != proxy_address(FACTORY, IMPLEMENTATION, keccak(changed))
    try:
        assert Immutables.from_words(changed) != terms
    except CodecError:
        assert at // 32 in (2, 3, 4)  # dirty high bytes of an address word


def test_addresses_are_kept_in_lower_case() -> None:
    mixed = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
    terms = Immutables.from_json({**EXAMPLE.to_json(), "token": mixed})
    assert terms.token == mixed.lower()
    assert escrow_address(FACTORY.upper().replace("0X", "0x"), IMPLEMENTATION, terms) == escrow_address(
        FACTORY, IMPLEMENTATION, terms
    )


def test_creation_time_changes_the_address() -> None:
    stamped = EXAMPLE.deployed(1_700_000_000)
    assert stamped.timelocks.deployed_at == 1_700_000_000
    assert escrow_address(FACTORY, IMPLEMENTATION, stamped) != escrow_address(
        FACTORY, IMPLEMENTATION, EXAMPLE.deployed(1_700_000_001)
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hashlock", "0x" + "00" * 31),
        ("orderHash", "00" * 32),
        ("maker", "0x" + "00" * 19),
        ("amount", 1.5),
        ("amount", "1e18"),
        ("amount", "-1"),
        ("amount", True),
        ("safetyDeposit", None),
        ("timelocks", str(2**256)),
    ],
)
def test_malformed_terms_are_refused(field: str, value: object) -> None:
    with pytest.raises(CodecError):
        Immutables.from_json({**EXAMPLE.to_json(), field: value}).words()


@pytest.mark.parametrize("field", EXAMPLE.to_json())
def test_missing_terms_are_named(field: str) -> None:
    value = EXAMPLE.to_json()
    del value[field]
    with pytest.raises(CodecError, match=field):
        Immutables.from_json(value)
