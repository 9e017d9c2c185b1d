"""The later generation of escrows: the published hashes, addresses, fees and events."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.escrow import Immutables, proxy_address
from chains.codec.escrow_v2 import SRC_ESCROW_CREATED_V2, FeeParameters, decode_source_created_v2, hash_v2
from chains.errors import CodecError
from tests.unit.chains.facts import addresses, case_id, flip, group, uint256

EVENTS = group("src_escrow_created_v2_data")


def raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])


@pytest.mark.parametrize("case", group("immutables_hash_v2"), ids=case_id)
def test_published_hashes(case: dict[str, Any]) -> None:
    told = case["input"]
    assert hash_v2(Immutables.from_json(told), raw(told["parameters"])).hex() == case["expected"][2:]


@pytest.mark.parametrize(
    "case",
    [case for case in group("escrow_address") if "parameters" in case["input"].get("immutables", {})],
    ids=case_id,
)
def test_published_addresses(case: dict[str, Any]) -> None:
    told = case["input"]["immutables"]
    salt = hash_v2(Immutables.from_json(told), raw(told["parameters"]))
    assert proxy_address(case["input"]["factory"], case["input"]["implementation"], salt) == case["expected"]


@pytest.mark.parametrize("case", group("immutable_fees"), ids=case_id)
def test_published_fees(case: dict[str, Any]) -> None:
    fees = FeeParameters.decode(raw(case["input"]["parameters"]))
    assert case["expected"] == {
        "resolverFeeAmount": str(fees.resolver_fee),
        "integratorFeeAmount": str(fees.integrator_fee),
        "resolverFeeRecipient": fees.resolver_recipient,
        "integratorFeeRecipient": fees.integrator_recipient,
    }
    assert fees.encode() == raw(case["input"]["parameters"])


@given(st.builds(FeeParameters, uint256, uint256, addresses, addresses))
def test_fees_round_trip(fees: FeeParameters) -> None:
    assert FeeParameters.decode(fees.encode()) == fees


def test_the_topic() -> None:
    assert {case["expected"] for case in group("event_topics") if case["name"] == "SrcEscrowCreated v2"} == {
        SRC_ESCROW_CREATED_V2
    }


@pytest.mark.parametrize("case", EVENTS, ids=case_id)
def test_published_events(case: dict[str, Any]) -> None:
    event = decode_source_created_v2(raw(case["input"]["data"]))
    terms = event.immutables.to_json()
    found = {
        **terms,
        "timelocks": f"{int(terms['timelocks']):#066x}",
        "dstMaker": event.destination_maker,
        "dstAmount": str(event.destination_amount),
        "dstToken": event.destination_token,
        "dstChainId": event.destination_chain_id,
        "resolverFee": str(event.fees.resolver_fee),
        "integratorFee": str(event.fees.integrator_fee),
    }
    for expected in (case["expected"], case.get("decoded", {})):
        assert {name: found[name] for name in expected} == expected
    assert event.parameters == b""


@given(st.sampled_from(EVENTS), st.integers(0, 23 * 32 - 1), st.integers(1, 255), st.integers(0, 23 * 32))
def test_a_damaged_event_is_refused_or_read_but_never_breaks(
    case: dict[str, Any], at: int, mask: int, size: int
) -> None:
    data = raw(case["input"]["data"])
    for damaged in (flip(data, at, mask), data[:size]):
        try:
            decode_source_created_v2(damaged)
        except CodecError:
            continue
        assert damaged != data[:size] or size == len(data)
