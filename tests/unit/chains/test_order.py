import json
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings

from chains.codec.order import Order, OrderDomain
from chains.codec.signature import recover
from chains.errors import CodecError
from chains.signers.local_evm import LocalEvmSigner
from tests.unit.chains.facts import case_id, group, orders

KEY = "0x" + "11" * 32
DOMAIN = OrderDomain(chain_id=8453, contract="0x" + "1d" * 20)


@pytest.mark.parametrize("case", group("eip712_order_hash"), ids=case_id)
def test_hash_is_that_of_a_real_order(case: dict[str, Any]) -> None:
    given_ = case["input"]
    domain = OrderDomain(
        int(given_["chainId"]), given_["verifyingContract"], given_["domainName"], given_["domainVersion"]
    )
    assert Order.from_json(given_["order"]).hash(domain).hex() == case["expected"][2:]


@given(orders)
def test_words_and_json_round_trip(order: Order) -> None:
    assert Order.from_words(order.words()) == order
    assert Order.from_json(json.loads(json.dumps(order.to_json()))) == order


@settings(max_examples=25)
@given(orders)
def test_a_wallet_signs_what_we_hash(order: Order) -> None:
    """eth-account reads the typed data as a wallet does; the signer recovered from our hash is he."""
    typed = json.loads(json.dumps(order.typed_data(DOMAIN)))
    message = encode_typed_data(full_message=typed)
    assert message.header == DOMAIN.separator()
    signature = LocalEvmSigner(KEY).sign_typed_data(typed)
    assert recover(order.hash(DOMAIN), signature) == Account.from_key(KEY).address.lower()


def test_the_domain_is_part_of_the_hash() -> None:
    order = Order.from_json(group("eip712_order_hash")[0]["input"]["order"])
    hashes = {
        order.hash(domain)
        for domain in (
            DOMAIN,
            OrderDomain(1, DOMAIN.contract),
            OrderDomain(8453, "0x" + "1e" * 20),
            OrderDomain(8453, DOMAIN.contract, version="6"),
            OrderDomain(8453, DOMAIN.contract, name="1inch Aggregation Router"),
        )
    }
    assert len(hashes) == 5


@pytest.mark.parametrize("value", [1.0, "1.0", "", None, "-5", "0x", "1_000", "٣"])
def test_numbers_are_never_guessed(value: object) -> None:
    good = Order.from_json(group("eip712_order_hash")[0]["input"]["order"]).to_json()
    with pytest.raises(CodecError):
        Order.from_json({**good, "makingAmount": value})
    del good["makingAmount"]
    with pytest.raises(CodecError, match="makingAmount"):
        Order.from_json(good)
