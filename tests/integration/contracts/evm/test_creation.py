"""What the factory demands of a lock, however it is made."""

from typing import Any

import pytest

from devnet.evm.contracts import refused
from devnet.evm.deploy import RESCUE_DELAY, deploy_contract
from devnet.evm.terms import Stages
from devnet.evm.world import AMOUNT, DEPLOYER, DEPOSIT, MAKER, NEVER, STRANGER, TAKER, World

SOURCE_DISORDER = [
    Stages(src_withdrawal=120),
    Stages(src_public_withdrawal=240),
    Stages(src_cancellation=300),
    Stages(src_public_cancellation=239),
    Stages(src_public_cancellation=RESCUE_DELAY),
    Stages(0, 0, 0, 0),
]
DESTINATION_DISORDER = [
    Stages(dst_withdrawal=100),
    Stages(dst_public_withdrawal=180),
    Stages(dst_cancellation=99),
    Stages(dst_cancellation=RESCUE_DELAY),
    Stages(dst_withdrawal=0, dst_public_withdrawal=0, dst_cancellation=0),
]


def create(world: World, side: str, value: int | None = None, **changes: Any) -> dict[str, Any]:
    terms = world.terms(**changes)
    owner = terms.maker if side == "src" else TAKER.address
    world.fund(owner, terms, world.token)
    sent = terms.native_value if value is None else value
    if side == "src":
        return world.factory.send("createSrcEscrow", terms.words, sender=owner, value=sent)
    return world.factory.send("createDstEscrow", terms.words, NEVER, sender=owner, value=sent)


@pytest.mark.parametrize("stages", SOURCE_DISORDER)
def test_source_stages_must_follow_each_other_and_end_before_rescue(world: World, stages: Stages) -> None:
    with refused("InvalidTimelocks"):
        create(world, "src", stages=stages)


@pytest.mark.parametrize("stages", DESTINATION_DISORDER)
def test_destination_stages_must_follow_each_other_and_end_before_rescue(world: World, stages: Stages) -> None:
    with refused("InvalidTimelocks"):
        create(world, "dst", stages=stages)


def test_each_side_judges_its_own_stages_only(world: World) -> None:
    create(world, "src", stages=DESTINATION_DISORDER[0])
    create(world, "dst", stages=SOURCE_DISORDER[0])


@pytest.mark.parametrize("side", ["src", "dst"])
def test_the_last_second_before_rescue_is_still_a_stage(world: World, side: str) -> None:
    create(world, side, stages=Stages(src_public_cancellation=RESCUE_DELAY - 1, dst_cancellation=RESCUE_DELAY - 1))


@pytest.mark.parametrize("side", ["src", "dst"])
def test_no_hashlock_and_no_amount(world: World, side: str) -> None:
    with refused("InvalidHashlock"):
        create(world, side, hashlock=bytes(32))
    with refused("InvalidAmount"):
        create(world, side, amount=0)


@pytest.mark.parametrize("difference", [-1, 1])
@pytest.mark.parametrize("side", ["src", "dst"])
def test_native_value_is_the_deposit_to_the_wei(world: World, side: str, difference: int) -> None:
    with refused("InsufficientEscrowBalance"):
        create(world, side, value=DEPOSIT + difference)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_without_a_deposit(world: World, side: str) -> None:
    create(world, side, safety_deposit=0)


@pytest.mark.parametrize("sender", [TAKER.address, STRANGER.address])
def test_only_the_maker_makes_his_own_source_lock(world: World, sender: str) -> None:
    terms = world.terms()
    world.fund(MAKER.address, terms, world.token)
    with refused("InvalidMaker"):
        world.factory.send("createSrcEscrow", terms.words, sender=sender, value=DEPOSIT)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_the_time_of_creation_is_the_blocks_whatever_was_asked(world: World, side: str) -> None:
    terms = world.terms().created(12345)
    lock = world.lock_source(terms) if side == "src" else world.lock_destination(terms)
    assert lock.terms.created_at == world.time_of(lock.receipt) != 12345
    assert world.held(lock.escrow.address) == AMOUNT
    assert world.native(lock.escrow.address) == DEPOSIT


def test_the_source_event_carries_the_terms_and_no_agreement(world: World) -> None:
    lock = world.lock_source()
    (event,) = world.factory.events(lock.receipt, "SrcEscrowCreated")
    assert event.arguments["srcImmutables"] == lock.terms.words
    assert event.arguments["dstImmutablesComplement"] == (0, 0, 0, 0, 0)


def test_the_source_call_returns_the_escrow(world: World) -> None:
    terms = world.terms()
    world.fund(MAKER.address, terms, world.token)
    now = world.anvil.time + 5
    returned = world.factory.call("createSrcEscrow", terms.words, sender=MAKER.address, value=DEPOSIT, at=now)
    deployment = world.deployment
    wanted = terms.created(now).escrow(deployment.factory, deployment.escrow_src_implementation)
    assert returned == wanted.lower()


def test_the_destination_event_names_the_escrow(world: World) -> None:
    lock = world.lock_destination()
    (event,) = world.factory.events(lock.receipt, "DstEscrowCreated")
    assert event.arguments == {
        "escrow": lock.escrow.address.lower(),
        "hashlock": lock.terms.hashlock,
        "taker": int(TAKER.address, 16),
    }


def test_a_destination_that_outlives_the_source_is_refused_to_the_second(world: World) -> None:
    terms = world.terms()
    world.fund(TAKER.address, terms, world.token)
    now = world.anvil.time + 5
    limit = now + terms.stages.dst_cancellation
    with refused("InvalidCreationTime"):
        world.factory.send("createDstEscrow", terms.words, limit - 1, sender=TAKER.address, value=DEPOSIT, at=now)
    world.factory.send("createDstEscrow", terms.words, limit + 1, sender=TAKER.address, value=DEPOSIT, at=now + 1)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_the_same_terms_twice_in_one_second(world: World, side: str) -> None:
    terms = world.terms()
    lock = world.lock_source(terms) if side == "src" else world.lock_destination(terms)
    function, rest = ("createSrcEscrow", ()) if side == "src" else ("createDstEscrow", (NEVER,))
    owner = MAKER.address if side == "src" else TAKER.address
    world.fund(owner, terms, world.token)
    at = lock.terms.created_at
    with refused("EscrowExists"):
        world.factory.call(function, terms.words, *rest, sender=owner, value=DEPOSIT, at=at)
    world.factory.call(function, terms.words, *rest, sender=owner, value=DEPOSIT, at=at + 1)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_too_little_allowance_or_balance(world: World, side: str) -> None:
    terms = world.terms()
    owner = MAKER.address if side == "src" else TAKER.address
    function, rest = ("createSrcEscrow", ()) if side == "src" else ("createDstEscrow", (NEVER,))
    with refused("SafeTransferFromFailed"):
        world.factory.send(function, terms.words, *rest, sender=owner, value=DEPOSIT)
    world.token.send("approve", world.factory.address, AMOUNT, sender=owner)
    world.token.send("mint", owner, AMOUNT - 1, sender=owner)
    with refused("SafeTransferFromFailed"):
        world.factory.send(function, terms.words, *rest, sender=owner, value=DEPOSIT)


@pytest.mark.parametrize("sender", [MAKER.address, TAKER.address])
def test_only_the_protocol_calls_the_interactions(world: World, sender: str) -> None:
    order = (0,) * 8
    arguments = (order, b"", bytes(32), TAKER.address, 1, 1, 1, bytes(160))
    for function in ("postInteraction", "takerInteraction"):
        with refused("OnlyLimitOrderProtocol"):
            world.factory.call(function, *arguments, sender=sender)


def test_the_protocol_is_told_what_it_brings_wrong(world: World) -> None:
    order = (0,) * 8
    protocol = world.protocol.address
    short = (order, b"", bytes(32), TAKER.address, 0, 1, 1, bytes(159))
    with refused("InvalidExtraData"):
        world.factory.call("postInteraction", *short, sender=protocol)
    several = (order, b"", bytes(32), TAKER.address, 1, 1, 1, bytes(160))
    with refused("PartialFillsUnsupported"):
        world.factory.call("takerInteraction", *several, sender=protocol)


def test_a_factory_needs_a_rescue_delay(world: World) -> None:
    from devnet.evm.deploy import DeployError

    with pytest.raises(DeployError):
        deploy_contract(world.anvil, DEPLOYER.key, "EscrowFactory", world.protocol.address, 0, 0)
