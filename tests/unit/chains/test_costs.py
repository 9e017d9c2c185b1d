"""What transactions cost. The receipts have the fields that op-geth and nearcore write; the sums are done by hand."""

from typing import Any

import pytest

from chains.clients.evm_types import receipt_of
from chains.codec.fees import evm_cost, near_cost
from chains.errors import CodecError

# 186,123 gas at 1,020,000,007 wei: 186123 * 1020000007 = 189,845,461,302,861 wei.
GAS = 189_845_461_302_861
L2 = {"gasUsed": "0x2d70b", "effectiveGasPrice": "0x3ccbf707"}
REST: dict[str, Any] = {
    "transactionHash": "0x" + "7a" * 32,
    "status": "0x1",
    "blockNumber": "0x10",
    "blockHash": "0x" + "0b" * 32,
    "contractAddress": None,
    "logs": [],
}

# Bedrock: l1Fee = l1GasUsed * l1GasPrice * l1FeeScalar = 3044 * 23,457,908,216 * 0.684 = 48,841,616,864,900.
BEDROCK = {
    **L2,
    "l1Fee": "0x2c6bd3393684",
    "l1GasUsed": "0xbe4",
    "l1GasPrice": "0x5763327b8",
    "l1FeeScalar": "0.684",
}
# Ecotone: 3044 * (16 * 8,123,456,789 * 1368 + 1 * 810,949) / 16,000,000 = 33,827,633,927. The scalars say what the node
# reckoned with; the fee is what it charged.
ECOTONE = {
    **L2,
    "l1Fee": "0x7e048bb07",
    "l1GasUsed": "0xbe4",
    "l1GasPrice": "0x1e432b215",
    "l1BaseFeeScalar": "0x558",
    "l1BlobBaseFee": "0x1",
    "l1BlobBaseFeeScalar": "0xc5fc5",
    "blobGasUsed": "0x0",
}
# Isthmus: 186123 * 439 / 10^6 + 10^11 = 81.7 (rounded down) + 100,000,000,000 = 100,000,000,081.
ISTHMUS = {**ECOTONE, "operatorFeeScalar": "0x1b7", "operatorFeeConstant": "0x174876e800"}
# Jovian: 186123 * 439 * 100 + 10^11 = 8,170,799,700 + 100,000,000,000 = 108,170,799,700.
JOVIAN = {**ISTHMUS, "daFootprintGasScalar": "0x190"}


@pytest.mark.parametrize(
    ("receipt", "data", "operator"),
    [
        (L2, None, None),
        (BEDROCK, 48_841_616_864_900, None),
        (ECOTONE, 33_827_633_927, None),
        (ISTHMUS, 33_827_633_927, 100_000_000_081),
        (JOVIAN, 33_827_633_927, 108_170_799_700),
        ({**ISTHMUS, "operatorFeeConstant": None}, 33_827_633_927, 81),
    ],
    ids=["no OP chain", "Bedrock", "Ecotone", "Isthmus", "Jovian", "Isthmus without a constant"],
)
def test_what_an_evm_transaction_cost(receipt: dict[str, Any], data: int | None, operator: int | None) -> None:
    cost = evm_cost(receipt)
    assert (cost.gas, cost.data, cost.operator) == (GAS, data, operator)
    assert cost.total == GAS + (data or 0) + (operator or 0)
    assert receipt_of({**receipt, **REST}).fee == cost.total


def test_blobs_are_not_ours() -> None:
    assert evm_cost({**ECOTONE, "blobGasUsed": "0x20000", "blobGasPrice": "0x3b9aca00"}).total == GAS + 33_827_633_927


def outcome(gas: int, burnt: str, status: object, *receipts: str) -> dict[str, Any]:
    return {"gas_burnt": gas, "tokens_burnt": burnt, "status": status, "logs": [], "receipt_ids": list(receipts)}


VALUE = {"SuccessValue": ""}
FAILURE = {"Failure": {"ActionError": {"index": 0, "kind": {"FunctionCallError": {"ExecutionError": "panicked"}}}}}


def tree(token: object, htlc: object) -> dict[str, Any]:
    """`ft_transfer_call` as nearcore tells of it: the transaction makes the token's receipt, that one the HTLC's and the
    callback, and each the refund of its gas, which costs nothing.

    Burnt: 308,066,207,802 + 4,123,456,789,012 + 7,654,321,098,765 + 2,345,678,901,234 gas at 10^8 yoctoNEAR each.
    """
    return {
        "transaction_outcome": {"id": "tx", "outcome": outcome(308_066_207_802, "30806620780200000000", {}, "r1")},
        "receipts_outcome": [
            {"id": "r1", "outcome": outcome(4_123_456_789_012, "412345678901200000000", token, "r2", "r3", "g1")},
            {"id": "r2", "outcome": outcome(7_654_321_098_765, "765432109876500000000", htlc, "g2")},
            {"id": "g2", "outcome": outcome(223_182_562_500, "0", VALUE)},
            {"id": "r3", "outcome": outcome(2_345_678_901_234, "234567890123400000000", VALUE, "g3")},
            {"id": "g3", "outcome": outcome(223_182_562_500, "0", VALUE)},
            {"id": "g1", "outcome": outcome(223_182_562_500, "0", VALUE)},
        ],
    }


def test_what_a_near_transaction_cost() -> None:
    """308066207802 + 4123456789012 + 7654321098765 + 2345678901234 = 14,431,522,996,813, times 10^8."""
    cost = near_cost(tree(VALUE, VALUE))
    assert cost.burnt == 14_431_522_996_813 * 10**8
    assert cost.gas == 14_431_522_996_813 + 3 * 223_182_562_500


@pytest.mark.parametrize(
    ("token", "htlc", "taken"),
    [(VALUE, VALUE, True), (VALUE, FAILURE, True), (FAILURE, FAILURE, False)],
    ids=["all went well", "the HTLC failed: the token keeps its yocto", "the token failed: it comes back"],
)
def test_a_deposit_is_no_fee(token: object, htlc: object, taken: bool) -> None:
    assert near_cost(tree(token, htlc)).deposit_taken is taken


@pytest.mark.parametrize("burnt", [1.5, "1.5", True, -1, None, "１２"])
def test_float_precision_in_costs(burnt: object) -> None:
    """Failure mode 31."""
    answer = tree(VALUE, VALUE)
    answer["receipts_outcome"][0]["outcome"]["tokens_burnt"] = burnt
    with pytest.raises(CodecError):
        near_cost(answer)
