"""The contracts agree with the published numbers of the protocol (tests/vectors/fusion.json)."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.evm.anvil import Anvil
from devnet.evm.contracts import Reverted, refused
from devnet.evm.orders import Auction, Whitelist
from devnet.evm.terms import NATIVE, Stages, Terms, proxy_address
from devnet.evm.world import World

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "fusion.json").read_text())["groups"]
GENESIS = 1_600_000_000
ETHER = 10**18


@pytest.fixture(scope="module")
def old_world() -> Iterator[World]:
    """A chain whose clock can still be set to the vectors' times."""
    with Anvil(genesis_time=GENESIS) as anvil:
        yield World(anvil, "keccak256")


def cases(*groups: str) -> list[Any]:
    return [pytest.param(case, id=f"{group}: {case['name']}") for group in groups for case in VECTORS[group]]


def auction_of(case: dict[str, Any]) -> Auction:
    fields = case["input"]["auction"]
    return Auction(
        start=int(fields["startTime"]),
        duration=int(fields["duration"]),
        initial_bump=int(fields["initialRateBump"]),
        points=tuple((int(point["coefficient"]), int(point["delay"])) for point in fields["points"]),
        gas_bump_estimate=int(fields.get("gasBumpEstimate", 0)),
        gas_price_estimate=int(fields.get("gasPriceEstimate", 0)),
    )


def order_words(making: int, taking: int) -> tuple[int, ...]:
    return (0, 0, 0, 0, 0, making, taking, 0)


def price(world: World, case: dict[str, Any], function: str, order: tuple[int, int], amount: int) -> int:
    """What the factory says for a case; `order` is its making and taking amount."""
    given = case["input"]
    return int(
        world.factory.call(
            function,
            order_words(*order),
            b"",
            bytes(32),
            NATIVE,
            amount,
            0,
            auction_of(case).pack(),
            at=int(given["time"]),
            base_fee=int(given.get("baseFee") or 0),
        )
    )


@pytest.mark.parametrize("case", cases("auction", "auction_gas_bump", "auction_onchain"))
def test_taking_amount_of_the_auction(old_world: World, case: dict[str, Any]) -> None:
    expected = case["expected"]
    wanted = int(expected["takingAmount"] if isinstance(expected, dict) else expected)
    taking = int(case["input"]["takingAmount"])
    assert price(old_world, case, "getTakingAmount", (ETHER, taking), ETHER) == wanted


@pytest.mark.parametrize("case", cases("auction", "auction_gas_bump", "auction_onchain"))
def test_making_amount_is_the_inverse_rounded_down(old_world: World, case: dict[str, Any]) -> None:
    taking = int(case["input"]["takingAmount"])
    given = price(old_world, case, "getTakingAmount", (ETHER, taking), ETHER)
    got = price(old_world, case, "getMakingAmount", (ETHER, taking), given)
    assert got <= ETHER
    assert ETHER - got <= ETHER // taking + 1


@pytest.mark.parametrize(
    "case", [case for case in cases("order_taking_amount") if "takingAmountContractV1" in case.values[0]["expected"]]
)
def test_taking_amount_of_a_part(old_world: World, case: dict[str, Any]) -> None:
    given = case["input"]
    making, taking = int(given["orderMakingAmount"]), int(given["orderTakingAmount"])
    wanted = int(case["expected"]["takingAmountContractV1"])
    assert price(old_world, case, "getTakingAmount", (making, taking), int(given["makingAmount"])) == wanted


def python_price(auction: Auction, making: int, order: tuple[int, int], at: int, base_fee: int) -> int:
    """The formula of the published description, in exact integers."""
    left, bump, finish = auction.start, auction.initial_bump, auction.start + auction.duration
    if at > left and at >= finish:
        bump = 0
    elif at > left:
        corners = [*auction.points, (0, None)]
        for height, delay in corners:
            right = finish if delay is None else left + delay
            if at <= right:
                bump = ((at - left) * height + (right - at) * bump) // (right - left)
                break
            left, bump = right, height
    price = auction.gas_price_estimate
    gas = auction.gas_bump_estimate * base_fee // price // 1_000_000 if price else 0
    rate = 10_000_000 + max(0, bump - gas)
    return -(-order[1] * making * rate // (order[0] * 10_000_000))


def test_random_auctions_against_the_formula(old_world: World) -> None:
    dice = random.Random(7)
    for _ in range(150):
        points = tuple((dice.randrange(2**24), dice.choice([0, 1, 30, 200])) for _ in range(dice.randrange(5)))
        auction = Auction(
            start=GENESIS,
            duration=dice.choice([0, 1, 180, 600]),
            initial_bump=dice.randrange(2**24),
            points=points,
            gas_bump_estimate=dice.choice([0, 10_000, 2**24 - 1]),
            gas_price_estimate=dice.choice([0, 1000, 2**32 - 1]),
        )
        order = (dice.randrange(1, 10**30), dice.randrange(1, 10**30))
        making = dice.randrange(1, order[0] + 1)
        corners = [sum(delay for _, delay in points[: index + 1]) for index in range(len(points))]
        at = GENESIS + dice.choice([dice.randrange(-2, 610), *corners, auction.duration])
        base_fee = dice.randrange(10**11)
        arguments = (order_words(*order), b"", bytes(32), NATIVE, making, 0, auction.pack())
        found = old_world.factory.call("getTakingAmount", *arguments, at=at, base_fee=base_fee)
        assert found == python_price(auction, making, order, at, base_fee), auction


@pytest.mark.parametrize("packed", [b"", bytes(16), bytes(18), bytes(21)])
def test_an_auction_of_the_wrong_length(old_world: World, packed: bytes) -> None:
    with refused("InvalidAuction"):
        old_world.factory.call("getTakingAmount", order_words(1, 1), b"", bytes(32), NATIVE, 1, 0, packed)


@pytest.mark.parametrize("case", cases("timelocks"))
def test_timelocks_as_the_factory_stamps_them(old_world: World, case: dict[str, Any]) -> None:
    given = case["input"]
    stages = Stages(
        given["srcWithdrawal"],
        given["srcPublicWithdrawal"],
        given["srcCancellation"],
        given["srcPublicCancellation"],
        given["dstWithdrawal"],
        given["dstPublicWithdrawal"],
        given["dstCancellation"],
    )
    assert stages.pack(given["deployedAt"]) == int(case["expected"], 16)
    terms = old_world.terms(stages=stages)
    old_world.fund(terms.maker, terms, old_world.token)
    receipt = old_world.factory.send(
        "createSrcEscrow", terms.words, sender=terms.maker, value=terms.native_value, at=given["deployedAt"]
    )
    (event,) = old_world.factory.events(receipt, "SrcEscrowCreated")
    assert event.arguments["srcImmutables"][7] == int(case["expected"], 16)


@pytest.mark.parametrize("case", cases("immutables_hash_v1"))
def test_immutables_hash_is_the_salt(old_world: World, case: dict[str, Any]) -> None:
    given = case["input"]
    names = ("orderHash", "hashlock", "maker", "taker", "token", "amount", "safetyDeposit", "timelocks")
    raw = [given[name] for name in names]
    words = (
        bytes.fromhex(raw[0][2:]),
        bytes.fromhex(raw[1][2:]),
        *(int(address, 16) for address in raw[2:5]),
        *(int(number) for number in raw[5:]),
    )
    salt = bytes.fromhex(case["expected"][2:])
    deployment = old_world.deployment
    for side, implementation in (
        ("Src", deployment.escrow_src_implementation),
        ("Dst", deployment.escrow_dst_implementation),
    ):
        found = old_world.factory.call(f"addressOfEscrow{side}", words)
        assert found == proxy_address(deployment.factory, implementation, salt).lower()


@pytest.mark.parametrize(
    "case", [case for case in cases("escrow_address") if "immutablesHash" in case.values[0]["input"]]
)
def test_address_rule(case: dict[str, Any]) -> None:
    given = case["input"]
    salt = bytes.fromhex(given["immutablesHash"][2:])
    assert proxy_address(given["factory"], given["implementation"], salt).lower() == case["expected"]


def test_the_address_rule_is_the_chains(old_world: World) -> None:
    terms: Terms = old_world.terms().created(1_700_000_000)
    wanted = terms.escrow(old_world.deployment.factory, old_world.deployment.escrow_dst_implementation)
    assert old_world.factory.call("addressOfEscrowDst", terms.words) == wanted.lower()


@pytest.mark.parametrize("case", [case for case in cases("hashlock") if "secret" in case.values[0]["input"]])
def test_hashlock_opens_a_keccak_escrow(old_world: World, case: dict[str, Any]) -> None:
    terms = old_world.terms(hashlock=bytes.fromhex(case["expected"]["hashlock"][2:]))
    lock = old_world.lock_source(terms)
    secret = bytes.fromhex(case["input"]["secret"][2:])
    at = lock.terms.created_at + terms.stages.src_withdrawal
    lock.escrow.send("withdraw", secret, lock.terms.words, sender=terms.taker, at=at)


@pytest.mark.parametrize("case", cases("whitelist"))
def test_whitelist(case: dict[str, Any], old_world: World) -> None:
    """By `postInteraction` as the protocol: a refused resolver is refused before anything else can fail."""
    entries = tuple(
        ("0x" + entry["addressHalf"].rjust(40, "0"), entry["delay"]) for entry in case["expected"]["whitelist"]
    )
    packed = Whitelist(int(case["input"]["resolvingStart"]), entries).pack()
    order, extra = order_words(1, 1), packed + old_world.order().extension[-160:]
    protocol = old_world.protocol.address
    for question in case["expected"]["canExecute"]:
        arguments = (order, b"", bytes(32), question["address"], 1, 1, 1, extra)
        with pytest.raises(Reverted) as refused:
            old_world.factory.call("postInteraction", *arguments, sender=protocol, at=question["time"])
        assert (refused.value.name == "ResolverCanNotFillOrder") is not question["allowed"]
