// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Address} from "../types/Address.sol";
import {Immutables, DstImmutablesComplement} from "../types/Immutables.sol";
import {HashFunction} from "../types/HashFunction.sol";

/// Makes escrows at addresses that commit to their terms.
interface IEscrowFactory {
    error InsufficientEscrowBalance();
    error InvalidAmount();
    error InvalidCreationTime();
    error InvalidExtraData();
    error InvalidHashlock();
    error InvalidMaker();
    error InvalidRescueDelay();
    error InvalidTimelocks();
    error OnlyLimitOrderProtocol();
    error PartialFillsUnsupported();

    event SrcEscrowCreated(Immutables srcImmutables, DstImmutablesComplement dstImmutablesComplement);
    event DstEscrowCreated(address escrow, bytes32 hashlock, Address taker);

    /// The maker's own lock, in place of an order. Takes msg.value == safetyDeposit, plus the amount when the token is
    /// native; an ERC-20 is pulled from the caller, who must be the maker. Returns the escrow.
    function createSrcEscrow(Immutables calldata terms) external payable returns (address escrow);

    /// The taker's lock. Takes msg.value as `createSrcEscrow`; an ERC-20 is pulled from the caller. The escrow's
    /// cancellation must not begin after `srcCancellationTimestamp`, which the caller reads from the source escrow's
    /// event.
    function createDstEscrow(Immutables calldata terms, uint256 srcCancellationTimestamp) external payable;

    /// `terms.timelocks` must carry the time of creation.
    function addressOfEscrowSrc(Immutables calldata terms) external view returns (address);
    function addressOfEscrowDst(Immutables calldata terms) external view returns (address);

    function ESCROW_SRC_IMPLEMENTATION() external view returns (address);
    function ESCROW_DST_IMPLEMENTATION() external view returns (address);
    function LIMIT_ORDER_PROTOCOL() external view returns (address);
    function HASH_FUNCTION() external view returns (HashFunction);
    function RESCUE_DELAY() external view returns (uint256);
}
