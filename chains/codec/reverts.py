"""The names behind revert data: the custom errors of the contracts we call, and Solidity's two built-in ones."""

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from chains.codec.abi import hex0x, selector

_ERRORS = (
    "InvalidCaller()",
    "InvalidImmutables()",
    "InvalidSecret()",
    "InvalidTime()",
    "ReentrantCall()",
    "InsufficientEscrowBalance()",
    "InvalidAmount()",
    "InvalidCreationTime()",
    "InvalidHashlock()",
    "InvalidMaker()",
    "InvalidRescueDelay()",
    "InvalidTimelocks()",
    "OnlyLimitOrderProtocol()",
    "PartialFillsUnsupported()",
    "InvalidTaker()",
    "LengthMismatch()",
    "NotAContract(address)",
    "OnlyOwner()",
    "OnlyOperator()",
    "OnlyPendingOwner()",
    "InvalidWhitelist()",
    "SettlementFlagsUnsupported()",
    "ResolverCanNotFillOrder()",
    "InvalidAuction()",
    "InvalidPartialFill()",
    "InvalidSecretsAmount()",
    "InvalidProof()",
    "AccessDenied()",
    "NativeTokenSendingFailure()",
    "SafeTransferFailed()",
    "SafeTransferFromFailed()",
    "ForceApproveFailed()",
    # Limit Order Protocol v4
    "InvalidatedOrder()",
    "TakingAmountExceeded()",
    "PrivateOrder()",
    "BadSignature()",
    "OrderExpired()",
    "WrongSeriesNonce()",
    "SwapWithZeroAmount()",
    "PartialFillNotAllowed()",
    "OrderIsNotSuitableForMassInvalidation()",
    "EpochManagerAndBitInvalidatorsAreIncompatible()",
    "ReentrancyDetected()",
    "PredicateIsNotTrue()",
    "TakingAmountTooHigh()",
    "MakingAmountTooLow()",
    "TransferFromMakerToTakerFailed()",
    "TransferFromTakerToMakerFailed()",
    "MismatchArraysLengths()",
    "InvalidPermit2Transfer()",
    "BitInvalidatedOrder()",
    "RemainingInvalidatedOrder()",
    "MissingOrderExtension()",
    "UnexpectedOrderExtension()",
    "InvalidExtensionHash()",
    # ERC-6093
    "ERC20InsufficientBalance(address,uint256,uint256)",
    "ERC20InsufficientAllowance(address,uint256,uint256)",
    "ERC20InvalidReceiver(address)",
)
_NAMES = {selector(signature): signature.split("(")[0] for signature in _ERRORS}
_TEXT = selector("Error(string)")
_PANIC = selector("Panic(uint256)")


def revert_reason(data: bytes) -> str:
    """What the revert data says: an error's name, a text, `Panic 0x11`, the unknown selector in hex, or "" for no
    data."""
    head, rest = data[:4], data[4:]
    try:
        if head == _TEXT:
            return str(abi_decode(["string"], rest)[0])
        if head == _PANIC:
            return f"Panic {abi_decode(['uint256'], rest)[0]:#04x}"
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return hex0x(head)
    return _NAMES.get(head) or (hex0x(head) if head else "")
