"""The contracts show the selectors, topics and errors of 1inch cross-chain-swap 1.0.0, and its proxies."""

import pytest
from eth_utils.crypto import keccak

from devnet.evm.artifacts import artifact, error_names, type_of
from devnet.evm.lop import limit_order_protocol
from devnet.evm.world import TAKER, World

SELECTORS = {
    "EscrowFactory": {
        "createDstEscrow": "dea024e4",
        "addressOfEscrowSrc": "fb6bd47e",
        "addressOfEscrowDst": "be58e91c",
        "ESCROW_SRC_IMPLEMENTATION": "7040f173",
        "ESCROW_DST_IMPLEMENTATION": "ba551177",
        "postInteraction": "462ebde2",
        "takerInteraction": "adf38ba1",
    },
    "EscrowSrc": {
        "withdraw": "23305703",
        "withdrawTo": "6c10c0c8",
        "publicWithdraw": "0af97558",
        "cancel": "90d3252f",
        "publicCancel": "daff233e",
        "rescueFunds": "4649088b",
    },
    "EscrowDst": {
        "withdraw": "23305703",
        "publicWithdraw": "0af97558",
        "cancel": "90d3252f",
        "rescueFunds": "4649088b",
    },
    "Resolver": {"deploySrc": "ca218276", "deployDst": "318b0562", "arbitraryCalls": "1f3177ba"},
}
TOPICS = {
    ("EscrowFactory", "SrcEscrowCreated"): "0e534c62f0afd2fa0f0fa71198e8aa2d549f24daf2bb47de0d5486c7ce9288ca",
    ("EscrowFactory", "DstEscrowCreated"): "c30e111dcc74fddc2c3a4d98ffb97adec4485c0a687946bf5b22c2a99c7ff96d",
    ("EscrowSrc", "EscrowWithdrawal"): "e346f5c97a360db5188bfa5d3ec5f0583abde420c6ba4d08b6cfe61addc17105",
    ("EscrowDst", "EscrowCancelled"): "6e3be9294e58d10b9c8053cfd5e09871b67e442fe394d6b0870d336b9df984a9",
    ("EscrowSrc", "FundsRescued"): "c4474c2790e13695f6d2b6f1d8e164290b55370f87a542fd7711abe0a1bf40ac",
}
ERRORS = {
    "InvalidCaller": "48f5c3ed",
    "InvalidImmutables": "a269484a",
    "InvalidSecret": "abab6bd7",
    "InvalidTime": "6f7eac26",
    "NativeTokenSendingFailure": "8a0332d5",
    "InsufficientEscrowBalance": "34f5151d",
    "InvalidCreationTime": "f4840e96",
    "ResolverCanNotFillOrder": "f25114a6",
    "OnlyLimitOrderProtocol": "d25aa106",
    "SafeTransferFailed": "fb7f5079",
    "SafeTransferFromFailed": "f4059071",
}


@pytest.mark.parametrize(
    ("contract", "function", "selector"),
    [(contract, function, selector) for contract, found in SELECTORS.items() for function, selector in found.items()],
)
def test_selectors(contract: str, function: str, selector: str) -> None:
    found = {signature.split("(")[0]: value for signature, value in artifact(contract).selectors.items()}
    assert found[function] == "0x" + selector


@pytest.mark.parametrize(("contract", "event"), TOPICS)
def test_topics_and_that_no_parameter_is_indexed(contract: str, event: str) -> None:
    entry = next(item for item in artifact(contract).abi if item["type"] == "event" and item["name"] == event)
    signature = f"{event}({','.join(type_of(field) for field in entry['inputs'])})"
    assert keccak(text=signature).hex() == TOPICS[contract, event]
    assert not any(field["indexed"] for field in entry["inputs"])


@pytest.mark.parametrize(("name", "selector"), ERRORS.items())
def test_errors(name: str, selector: str) -> None:
    assert error_names()["0x" + selector] == name


def test_the_price_functions_are_those_the_protocol_calls() -> None:
    protocol_sees = {"getTakingAmount", "getMakingAmount", "postInteraction"}
    order = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)"
    ours = artifact("EscrowFactory").selectors
    assert {
        signature.split("(")[0] for signature in ours if signature.startswith(tuple(protocol_sees))
    } == protocol_sees
    assert f"getTakingAmount({order},bytes,bytes32,address,uint256,uint256,bytes)" in ours
    assert f"getMakingAmount({order},bytes,bytes32,address,uint256,uint256,bytes)" in ours


def test_every_signature_of_the_resolver_names_the_protocols_own_order() -> None:
    fill = next(signature for signature in limit_order_protocol().selectors if signature.startswith("fillOrderArgs("))
    assert limit_order_protocol().selectors[fill] == "0xf497df75"


def test_an_escrow_is_a_minimal_proxy_of_its_implementation(world: World) -> None:
    lock = world.lock_source()
    code = world.anvil.rpc.call("eth_getCode", lock.escrow.address, "latest")
    implementation = world.deployment.escrow_src_implementation[2:].lower()
    assert code == f"0x363d3d373d3d3d363d73{implementation}5af43d82803e903d91602b57fd5bf3"


@pytest.mark.parametrize(("fixture", "number"), [("sha256_world", 0), ("keccak256_world", 1)])
def test_factory_and_escrows_tell_what_they_were_deployed_with(
    request: pytest.FixtureRequest, fixture: str, number: int
) -> None:
    world: World = request.getfixturevalue(fixture)
    escrow = world.lock_source().escrow
    for contract in (world.factory, escrow, world.lock_destination().escrow):
        assert contract.call("HASH_FUNCTION") == number
        assert contract.call("RESCUE_DELAY") == world.deployment.rescue_delay
    assert escrow.call("FACTORY") == world.factory.address.lower()
    assert world.factory.call("LIMIT_ORDER_PROTOCOL") == world.protocol.address.lower()


def test_the_resolver_tells_its_owner_and_operators(world: World) -> None:
    assert world.resolver.call("owner") == world.deployment.resolver_owner.lower()
    assert world.resolver.call("isOperator", TAKER.address) is False
