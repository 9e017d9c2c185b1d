"""The auction, its fees and its presets give the published numbers of the protocol, to the unit."""

from typing import Any

import pytest

from chains.codec.auction import Auction
from pricing.auction import (
    BUMP_BASE,
    Curve,
    bump_between,
    bumped,
    gas_bump_estimate,
    taking_by_sdk,
    taking_for,
)
from pricing.fees import Fees, Rates, Surplus, settle
from tests.unit.chains.facts import case_id, group


def each(name: str) -> Any:
    return pytest.mark.parametrize("case", group(name), ids=case_id)


def auction_of(told: dict[str, Any]) -> Auction:
    return Auction(
        start_time=int(told["startTime"]),
        duration=int(told["duration"]),
        initial_bump=int(told["initialRateBump"]),
        points=tuple((int(point["coefficient"]), int(point["delay"])) for point in told["points"]),
        gas_bump_estimate=int(told.get("gasBumpEstimate") or 0),
        gas_price_estimate=int(told.get("gasPriceEstimate") or 0),
    )


def bump_of(given: dict[str, Any]) -> int:
    """The rate bump of a case's auction at its time and base fee, none where it has no auction."""
    if "auction" not in given:
        return 0
    return Curve(auction_of(given["auction"])).rate_bump(int(given["time"]), int(given.get("baseFee") or 0))


@each("auction")
def test_the_bump_and_what_it_makes_of_an_amount(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    assert bump_of(given) == int(expected["rateBump"])
    assert bumped(int(given["takingAmount"]), bump_of(given)) == int(expected["takingAmount"])


@pytest.mark.parametrize("case", group("auction_gas_bump") + group("auction_onchain"), ids=case_id)
def test_the_taking_amount(case: dict[str, Any]) -> None:
    given = case["input"]
    curve, taking = Curve(auction_of(given["auction"])), int(given["takingAmount"])
    base_fee = int(given.get("baseFee") or 0)
    assert curve.taking_amount(taking, int(given["time"]), base_fee) == int(case["expected"])


@each("order_taking_amount")
def test_the_taking_amount_of_a_part(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    part = int(given["makingAmount"]), int(given["orderMakingAmount"]), int(given["orderTakingAmount"])
    assert taking_by_sdk(*part, bump_of(given)) == int(expected["takingAmount"])
    if "takingAmountContractV1" in expected:
        assert taking_for(*part, bump_of(given)) == int(expected["takingAmountContractV1"])


def rates_of(given: dict[str, Any]) -> Rates:
    fees = Fees(
        resolver_e5=given["resolverFeeE5"],
        integrator_e5=given["integratorFeeE5"],
        integrator_share=given["integratorSharePct"],
        whitelist_discount=given["whitelistDiscountPct"],
    )
    return fees.for_taker(whitelisted=given["takerWhitelisted"])


@each("fees")
def test_fees(case: dict[str, Any]) -> None:
    given, rates = case["input"], rates_of(case["input"])
    taking = int(given["takingAmount"])
    settled = settle(taking, bump_of(given), rates)
    found = {
        "takingAmountWithFee": rates.with_fee(bumped(taking, bump_of(given))),
        "resolverFee": settled.fees.resolver,
        "integratorFee": settled.fees.integrator,
        "protocolFee": settled.fees.protocol,
        "userAmount": settled.maker,
    }
    assert {name: str(found[name]) for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", [case for case in group("fees") if "makingAmountData" in case["input"]], ids=case_id)
def test_the_auction_in_the_getters_of_v2_is_ours_with_a_count(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["input"]["makingAmountData"][2:])
    auction = auction_of(case["input"]["auction"])
    head, points = auction.encode()[:17], auction.encode()[17:]
    assert data.startswith(head + bytes([len(auction.points)]) + points)


@each("surplus")
def test_surplus(case: dict[str, Any]) -> None:
    given, rates = case["input"], rates_of(case["input"])
    surplus = Surplus(int(given["estimatedTakerAmount"]), given["surplusFeePct"])
    parts = {"making": int(given["makingAmount"]), "order_making": int(given["orderMakingAmount"])}
    settled = settle(int(given["takingAmount"]), bump_of(given), rates, surplus=surplus, **parts)
    unshared = settle(int(given["takingAmount"]), bump_of(given), rates)
    found = {
        "userAmount": settled.maker,
        "surplusFee": settled.surplus_fee,
        "userAmountWithoutMinusWithSurplusFee": unshared.maker - settled.maker,
    }
    assert {name: str(found[name]) for name in case["expected"]} == case["expected"]


@each("preset_identities")
def test_a_presets_identities(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    start, end, cost = (
        int(given.get(name, 0)) for name in ("auctionStartAmount", "auctionEndAmount", "costInDstToken")
    )
    found = {
        "initialRateBump": bump_between(start, end),
        "gasBumpEstimate": gas_bump_estimate(cost, end),
        "startAmount": str(start - cost),
    }
    assert {name: found[name] for name in expected} == expected


PRESETS = [
    pytest.param(preset, id=f"{case['name']}: {name}")
    for case in group("quoter_response_fusion_plus")
    for name, preset in case["expected"]["presets"].items()
]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_recorded_quote_hangs_together(preset: dict[str, Any]) -> None:
    """Its curve starts at its start amount, passes its points, and ends at its end amount."""
    start, end, cost = (int(preset[name]) for name in ("auctionStartAmount", "auctionEndAmount", "costInDstToken"))
    told = {"startTime": 0, "duration": preset["auctionDuration"], **preset, **preset["gasCost"]}
    auction = auction_of(told)
    curve = Curve(auction)
    assert bump_between(start, end) == auction.initial_bump == curve.auction_bump(0)
    assert end * (BUMP_BASE + auction.initial_bump) // BUMP_BASE == start
    assert gas_bump_estimate(cost, end) == auction.gas_bump_estimate
    assert start - cost == int(preset["startAmount"])
    time = 0
    for height, delay in auction.points:
        time += delay
        assert time >= auction.duration or curve.auction_bump(time) == height
    assert curve.taking_amount(end, auction.ends_at) == end
